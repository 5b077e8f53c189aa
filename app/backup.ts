/** Copies the App's database while the App runs: `node dist/app/backup.js FILE`. */
import { existsSync } from 'node:fs';
import { backUp } from '../store/database.js';
import { databaseFile, readSurroundings } from './github/configuration.js';

function main([to, ...more]: string[]): void {
  if (to === undefined || more.length > 0)
    throw new Error('say where to write the copy: node dist/app/backup.js FILE');
  if (existsSync(to)) throw new Error(`${to} is there already: name a file that is not`);
  // It holds what is known of private repositories.
  process.umask(0o077);
  const file = databaseFile(readSurroundings(process.env).dataDir);
  if (!existsSync(file)) throw new Error(`there is no ${file}: set DATA_DIR as for the App`);
  backUp(file, to);
  process.stdout.write(`${file} is copied to ${to}\n`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`postern: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
