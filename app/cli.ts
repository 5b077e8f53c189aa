#!/usr/bin/env node
import { fail, runCommandLine } from './cli/command-line.js';

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error, false);
  process.exit();
});

await runCommandLine(process.argv.slice(2));
