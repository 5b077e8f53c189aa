// npm run evaluate -- --clones FOLDER [--limit N] [--only NAME]…
// npm run evaluate -- --clones FOLDER --readings [--only NAME]…
//
// Plays the newest first-parent commits of public programs, as if each were a pull request, and prints what would have been
// told: the figures and the list of docs/evaluation.md. FOLDER has clones as OWNER/NAME, or bare as OWNER+NAME/repo.
// The build must be up to date.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { cloneIn, PROGRAMS } from './programs.mjs';
import { readAgain } from './readings.mjs';

const { values } = parseArgs({
  options: {
    clones: { type: 'string' },
    limit: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    readings: { type: 'boolean', default: false },
  },
});
if (!values.clones) {
  process.stderr.write('evaluate: say where the clones are: npm run evaluate -- --clones FOLDER\n');
  process.exit(2);
}
if (values.readings) {
  await readAgain(values.clones, values.only);
  process.exit(0);
}
const program = fileURLToPath(new URL('../dist/app/cli.js', import.meta.url));
const total = { commits: 0, blocked: 0 };
for (const { repository, commit, limit } of PROGRAMS) {
  if (values.only.length > 0 && !values.only.includes(repository)) continue;
  const clone = cloneIn(values.clones, repository);
  if (!clone) {
    process.stdout.write(`${repository}: no clone, left out\n`);
    continue;
  }
  const played = await play(clone, commit, Number(values.limit ?? limit));
  total.commits += played.commits;
  total.blocked += played.blocked;
  process.stdout.write(
    `${repository} ${commit.slice(0, 10)}: ${played.commits} commits, ${played.blocked} with something that blocks, ${played.failed} not analysed, ${played.partial} in part\n${played.told.join('')}`,
  );
}
const share = total.commits === 0 ? 0 : (100 * total.blocked) / total.commits;
process.stdout.write(`all: ${total.commits} commits, ${total.blocked} that block (${share.toFixed(1)} %)\n`);

/** @returns {Promise<{ commits: number, blocked: number, failed: number, partial: number, told: string[] }>} */
function play(clone, to, limit) {
  return new Promise((resolve, reject) => {
    const args = [program, 'replay', '--repo', clone, '--to', to, '--limit', String(limit)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const played = { commits: 0, blocked: 0, failed: 0, partial: 0, told: [] };
    child.on('error', reject);
    createInterface({ input: child.stdout })
      .on('line', (line) => {
        const report = JSON.parse(line);
        const told = report.findings.filter((f) => f.status === 'new' && f.level !== 'note');
        played.commits++;
        if (told.some((f) => f.blocking)) played.blocked++;
        if (report.status === 'failed') played.failed++;
        if (report.status === 'partial') played.partial++;
        for (const f of told)
          played.told.push(
            `  ${report.sha.slice(0, 10)} ${f.blocking ? 'blocks' : f.level} ${f.rule} ${f.missing} ${f.entryPoint ?? f.file}\n    ${f.message}\n`,
          );
      })
      .on('close', () => resolve(played));
  });
}
