import { spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../../app/cli/command-line.js';

/** The built program; `npm test` builds it first. */
export const PROGRAM =
  process.env['POSTERN_CLI'] ?? fileURLToPath(new URL('../../dist/app/cli.js', import.meta.url));

export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

interface Surroundings {
  cwd?: string;
  env?: Record<string, string>;
}

/** The built program, in a process: for what is about processes, and a try of each command that takes a while to start. */
export function program(
  args: string[],
  options: Surroundings & { stopReading?: boolean } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: options.cwd,
      env: { ...process.env, NODE_OPTIONS: '', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const run: Run = { status: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (run.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (run.stderr += text));
    if (options.stopReading) child.stdout.destroy();
    child.on('error', reject);
    child.on('close', (status) => resolve({ ...run, status }));
  });
}

let last: Promise<unknown> = Promise.resolve();

/** The command line, here: arguments in, outputs and status out, without the second that a process takes to start. */
export const postern = (args: string[], surroundings: Surroundings = {}): Promise<Run> =>
  here(() => runCommandLine(args), surroundings);

/** What some work says on the outputs, and the status that it leaves. */
export function here(work: () => Promise<void>, surroundings: Surroundings = {}): Promise<Run> {
  // One at a time: the outputs and the folder are those of the process.
  const run = last.then(() => runHere(work, surroundings));
  last = run.catch(() => {});
  return run;
}

async function runHere(
  work: () => Promise<void>,
  { cwd = process.cwd(), env = {} }: Surroundings,
): Promise<Run> {
  const run: Run = { status: null, stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      decodeStrings: false,
      write: (text, _encoding, done) => {
        run[name] += String(text);
        done();
      },
    });
  const before = { cwd: process.cwd(), env: { ...process.env } };
  // Each test file has a `process` of its own, so that what the runner says goes elsewhere.
  const put: Record<string, unknown> = {
    stdout: into('stdout'),
    stderr: into('stderr'),
    exitCode: undefined,
  };
  const kept = Object.keys(put).map(
    (name) => [name, Object.getOwnPropertyDescriptor(process, name)] as const,
  );
  for (const [name, value] of Object.entries(put))
    Object.defineProperty(process, name, { value, writable: true, configurable: true, enumerable: true });
  Object.assign(process.env, env);
  process.chdir(cwd);
  try {
    await work();
    return { ...run, status: Number(process.exitCode ?? 0) };
  } finally {
    process.chdir(before.cwd);
    for (const name of Object.keys(env)) {
      if (name in before.env) process.env[name] = before.env[name];
      else delete process.env[name];
    }
    for (const [name, descriptor] of kept)
      if (descriptor) Object.defineProperty(process, name, descriptor);
      else Reflect.deleteProperty(process, name);
  }
}
