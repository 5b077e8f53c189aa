import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyse } from '../../analysis/analyse.js';
import { missingProtection } from '../../analysis/divergences/missing-protection.js';
import { unthrottledCredentials } from '../../analysis/divergences/unthrottled-credentials.js';
import type { EntryPoint, Model } from '../../analysis/model/model.js';
import type { Planned } from '../../analysis/precedents/planned.js';
import { requiredProtections } from '../../analysis/required.js';
import { treeOf } from './memory-tree.js';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
/** Applications in which something is missing, as their answers say. */
const CASES = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(path.join(FIXTURES, name)).map((each) => path.join(FIXTURES, name, each)),
  )
  .filter(
    (folder) =>
      !existsSync(path.join(folder, 'base')) &&
      /^! missing-protection/m.test(readFileSync(path.join(folder, 'expected.txt'), 'utf8')),
  );

function modelOf(folder: string): Promise<Model> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'expected.txt')
    .map((entry) => path.join(entry.parentPath, entry.name));
  return analyse(
    treeOf(
      Object.fromEntries(
        files.map((file) => [path.relative(folder, file).split(path.sep).join('/'), readFileSync(file)]),
      ),
    ),
  );
}

/** What somebody would say of an entry point before it is written: what sets it off, where, and what it is for. */
const planOf = (e: EntryPoint): Planned => ({
  trigger: e.trigger,
  program: e.program,
  file: e.registration.file,
  effects: e.effects
    .filter((x) => !x.check && !(x.nested && x.class === 'read'))
    .map(({ operation, target }) => ({ operation, target })),
  replaces: e.id,
  public: e.public,
});

test('what the rules find missing is what is asked for before it is written', async () => {
  const unasked: string[] = [];
  let findings = 0;
  for (const folder of CASES) {
    const model = await modelOf(folder);
    const byId = new Map(model.entryPoints.map((e) => [e.id, e]));
    for (const finding of [...missingProtection(model), ...unthrottledCredentials(model)]) {
      findings++;
      const { required } = requiredProtections(planOf(byId.get(finding.entryPoint!)!), model);
      const asked = required.find((r) => (r.protection as string) === finding.missing);
      if (!asked || asked.having.length === 0 || !asked.idiom)
        unasked.push(`${path.relative(FIXTURES, folder)}: ${finding.message}`);
    }
  }
  expect(unasked).toEqual([]);
  expect(findings).toBeGreaterThan(150);
});
