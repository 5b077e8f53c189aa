import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyse } from '../analysis/analyse.js';
import type { Model } from '../analysis/model/model.js';
import { GitRepository } from '../app/git/repository.js';
import { trigger } from './fixtures/render.js';

/**
 * Whole public programs, with every entry point that they have at one commit. A list says which repository and commit
 * it is of; the repositories themselves are no part of this one. `POSTERN_REPOSITORIES` names a folder that holds
 * clones of them as `owner+name`, bare or not; without it there is nothing to compare with. `UPDATE_INVENTORIES=1`
 * writes the lists: read what it changed against the program.
 */
const LISTS = fileURLToPath(new URL('./inventories', import.meta.url));
const REPOSITORIES = process.env['POSTERN_REPOSITORIES'] ?? '';
const UPDATE = process.env['UPDATE_INVENTORIES'] === '1';

interface Inventory {
  file: string;
  repository: string;
  commit: string;
  count: number;
  lines: string[];
}
function read(file: string): Inventory {
  const [head, commit, count, , ...lines] = readFileSync(path.join(LISTS, file), 'utf8')
    .trimEnd()
    .split('\n');
  return {
    file,
    repository: head!.replace('repository: ', ''),
    commit: commit!.replace('commit: ', ''),
    count: Number(count!.replace('entry points: ', '')),
    lines,
  };
}
const INVENTORIES = readdirSync(LISTS)
  .filter((file) => file.endsWith('.txt'))
  .sort()
  .map(read);

function cloneOf(repository: string): string | null {
  const folder = path.join(REPOSITORIES, repository.replace('/', '+'));
  if (!REPOSITORIES || !existsSync(folder)) return null;
  return (
    [folder, path.join(folder, '.git'), ...readdirSync(folder).map((name) => path.join(folder, name))].find(
      (place) => existsSync(path.join(place, 'HEAD')) && existsSync(path.join(place, 'objects')),
    ) ?? null
  );
}
const listed = (model: Model): string[] =>
  model.entryPoints
    .map(
      (e) =>
        `${trigger(e.trigger)}${e.unmounted ? ' (unmounted)' : ''}  ${e.registration.file}:${e.registration.line}`,
    )
    .sort();

test('the lists are of whole programs, each counted', () => {
  expect(INVENTORIES.length).toBeGreaterThanOrEqual(6);
  for (const { commit, count, lines } of INVENTORIES) {
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(lines).toHaveLength(count);
  }
});

if (!REPOSITORIES)
  process.stderr.write('POSTERN_REPOSITORIES is not set: inventories of public programs are not compared.\n');
for (const { file, repository, commit, lines } of INVENTORIES) {
  const clone = cloneOf(repository);
  (clone ? test : test.skip)(
    repository,
    async () => {
      const opened = await GitRepository.open(clone!);
      const got = listed(await analyse(await opened.tree(commit)));
      await opened.close();
      if (UPDATE)
        writeFileSync(
          path.join(LISTS, file),
          `repository: ${repository}\ncommit: ${commit}\nentry points: ${got.length}\n\n${got.join('\n')}\n`,
        );
      else expect(got).toEqual(lines);
    },
    180_000,
  );
}
