import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { analyse } from '../../analysis/analyse.js';
import { GitRepository } from '../../app/git/repository.js';
import { apply, type Mutant } from './mutant.js';
import { neutral } from './neutral.js';
import { Project } from './project.js';
import { removals } from './removals.js';
import { rendered } from './report.js';
import { Scratch } from './scratch.js';
import { ProcessCache, tried, type Trial } from './trial.js';

const USAGE = `npm run mutate -- --repo DIR [--rev REV] [--count 50] [--seed 1] [--only MUTATOR] [--json FILE] [--keep]

Takes one guard away from one entry point, and changes what is no guard, in as many commits as --count says of each
kind; checks each against the revision, and says where the answer is not exactly what was changed.
`;

const { values } = parseArgs({
  options: {
    repo: { type: 'string' },
    rev: { type: 'string', default: 'HEAD' },
    count: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (!values.repo || !Number.isInteger(count) || !Number.isInteger(seed)) {
  process.stderr.write(USAGE);
  process.exit(2);
}
const repository = await GitRepository.open(values.repo);
const commit = await repository.resolve(values.rev);
const scratch = await Scratch.of(repository.gitDirectory, commit);
const mutated = await GitRepository.open(scratch.folder);
const cache = new ProcessCache();
const started = Date.now();
try {
  const source = await repository.tree(commit);
  const base = await analyse(source, { cache });
  const project = await Project.read(source, base);
  const isWanted = (m: Mutant): boolean => !values.only || m.mutator === values.only;
  const { mutants, skipped } = removals(project, seed);
  const chosen = [
    ...mutants.filter(isWanted).slice(0, count),
    ...(await neutral(project, seed, values.only ? count * 5 : count)).filter(isWanted).slice(0, count),
  ];
  const trials: Trial[] = [];
  for (const mutant of chosen) {
    const sha = await scratch.commit(filesOf(mutant, project), `${mutant.mutator}: ${mutant.what}`);
    const trial = await tried(mutant, base, await mutated.tree(sha), cache);
    trials.push(trial);
    if (values.json)
      appendFileSync(
        values.json,
        `${JSON.stringify({ ...trial, sha, mutant: { ...mutant, edits: undefined } })}\n`,
      );
    process.stderr.write(
      `${trials.length}/${chosen.length} ${mutant.mutator} ${trial.verdict} ${sha.slice(0, 12)}\n`,
    );
  }
  process.stdout.write(
    rendered({ repo: values.repo, commit, seed, base, trials, skipped, available: mutants.length }),
  );
  process.stdout.write(`${Math.round((Date.now() - started) / 1000)} s\n`);
  if (values.keep) process.stdout.write(`mutants are in ${scratch.folder}\n`);
} finally {
  await mutated.close();
  await repository.close();
  if (!values.keep) scratch.remove();
}

function filesOf(mutant: Mutant, project: Project): Map<string, string | null> {
  const files = new Map<string, string | null>(apply(mutant, project.texts));
  if (mutant.move) {
    const { from, to } = mutant.move;
    files.set(to, files.get(from) ?? project.texts.get(from)!);
    files.set(from, null);
  }
  return files;
}
