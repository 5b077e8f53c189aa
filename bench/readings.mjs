// npm run evaluate -- --clones FOLDER --readings [--only OWNER/NAME]…
//
// What was read by hand of findings in trees of public programs (readings.json: each with its verdict and the reason),
// and whether the build still tells it: the figures and the list of docs/evaluation.md. The build must be up to date.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';
import { cloneIn } from './programs.mjs';

const program = fileURLToPath(new URL('../dist/app/cli.js', import.meta.url));

export async function readAgain(clones, only) {
  const readings = JSON.parse(readFileSync(new URL('readings.json', import.meta.url), 'utf8'));
  const told = new Map();
  const trees = new Map();
  for (const reading of readings) {
    if (only.length > 0 && !only.includes(reading.repository)) continue;
    const tree = `${reading.repository} ${reading.commit}`;
    trees.set(tree, [...(trees.get(tree) ?? []), reading]);
  }
  for (const read of trees.values()) {
    const { repository, commit } = read[0];
    const folder = cloneIn(clones, repository);
    if (!folder) {
      process.stdout.write(`${repository}: no clone, left out\n`);
      continue;
    }
    const { stdout } = await measure([
      program,
      'scan',
      '--repo',
      folder,
      '--rev',
      commit,
      '--format',
      'json',
      '--no-cache',
    ]);
    const { findings } = JSON.parse(stdout);
    for (const reading of read) {
      const still = findings.some((f) => f.level !== 'note' && isOf(f, reading));
      const count = told.get(reading.verdict) ?? { read: 0, still: 0 };
      count.read++;
      if (still) count.still++;
      told.set(reading.verdict, count);
      process.stdout.write(
        `${still ? 'told' : 'not told'}, ${reading.verdict}: ${repository} ${commit.slice(0, 10)} ${reading.missing} ${reading.at}: ${reading.why}\n`,
      );
    }
  }
  for (const [verdict, { read, still }] of told)
    process.stdout.write(`${verdict}: ${read} read, ${still} of them still told\n`);
}

const isOf = (finding, { rule, missing, at }) =>
  finding.rule === rule && finding.missing === missing && (finding.entryPoint ?? finding.file) === at;
