import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built program; `npm test` builds it first. */
export const PROGRAM =
  process.env['POSTERN_CLI'] ?? fileURLToPath(new URL('../../dist/app/cli.js', import.meta.url));

export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

export function postern(
  args: string[],
  options: { cwd?: string; env?: Record<string, string>; stopReading?: boolean } = {},
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
