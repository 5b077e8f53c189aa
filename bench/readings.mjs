// npm run evaluate -- --clones FOLDER --readings [--only OWNER/NAME]…
//
// What was read by hand of findings in trees of public programs (readings.json: each with its verdict and the reason),
// and whether the build still tells it: the figures and the list of docs/evaluation.md. The build must be up to date.
import { readFileSync } from 'node:fs';
import { scanned } from './trees.mjs';

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
    const answer = await scanned(clones, repository, commit);
    if (!answer) continue;
    for (const reading of read) {
      const there = answer.findings.filter((f) => f.level !== 'note' && isAt(f, reading));
      const still = there.some((f) => f.missing === reading.missing);
      const now = still ? 'told' : there.length > 0 ? 'told that something else is missing' : 'not told';
      const count = told.get(reading.verdict) ?? { read: 0, still: 0, otherwise: 0 };
      count.read++;
      if (still) count.still++;
      else if (there.length > 0) count.otherwise++;
      told.set(reading.verdict, count);
      process.stdout.write(
        `${now}, ${reading.verdict}: ${repository} ${commit.slice(0, 10)} ${reading.missing} ${reading.at}: ${reading.why}\n`,
      );
    }
  }
  for (const [verdict, { read, still, otherwise }] of told)
    process.stdout.write(
      `${verdict}: ${read} read, ${still} of them still told, and of ${otherwise} that something else is missing\n`,
    );
}

const isAt = (finding, { rule, at }) => finding.rule === rule && (finding.entryPoint ?? finding.file) === at;
