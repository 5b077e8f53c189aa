import { fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';
import { cloneIn } from './programs.mjs';

const program = fileURLToPath(new URL('../dist/app/cli.js', import.meta.url));

/**
 * What a scan answers of a program at one commit; null where FOLDER has no clone of it, which is said. The build must be up to date.
 * @returns {Promise<{ entryPoints: object[], findings: object[], gaps: object[] } | null>}
 */
export async function scanned(clones, repository, commit) {
  const folder = cloneIn(clones, repository);
  if (!folder) {
    process.stdout.write(`${repository}: no clone in ${clones}\n`);
    return null;
  }
  const args = ['scan', '--repo', folder, '--rev', commit, '--format', 'json', '--no-cache'];
  return JSON.parse((await measure([program, ...args])).stdout);
}
