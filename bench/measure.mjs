import { spawn } from 'node:child_process';

/**
 * Runs a Node program to its end and measures it from inside, by a module loaded in front of it: processor time of
 * all its threads, and the most memory that it held.
 * @returns {Promise<{ cpuSeconds: number, megabytes: number, status: number | null, stdout: string }>}
 */
export function measure(args, { cwd } = {}) {
  return new Promise((resolve, reject) => {
    const probe = new URL('./probe.mjs', import.meta.url).href;
    const child = spawn(process.execPath, ['--import', probe, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let usage = null;
    let stdout = '';
    let stderr = '';
    child.on('message', (message) => (usage = message));
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (status) => {
      if (!usage || status === 2)
        reject(new Error(`${args.join(' ')} ended with status ${status}: ${stderr.trim()}`));
      else resolve({ ...usage, status, stdout });
    });
  });
}
