import { analyse } from '../../analysis/analyse.js';
import { judge } from '../../analysis/judge.js';
import { policyTexts, withPolicy } from '../../analysis/policy-file/of-tree.js';
import type { TreeSource } from '../../analysis/source.js';
import { treeOf } from './memory-tree.js';

const SERVER = `
import express from 'express';
import { boarded } from '@quay/gate';
import { PrismaClient } from '@prisma/client';
const db = new PrismaClient();
const app = express();
app.put('/berths/:id', boarded, async (req, res) =>
  res.json(await db.berth.update({ where: { id: req.params.id }, data: req.body })));
app.listen(1);
`;
const POLICY = `guards:\n  - module: '@quay/gate'\n    export: boarded\n    enforces: authentication\n`;
const FILE = '.github/postern.yml';
const protectionsIn = async (tree: TreeSource) => (await analyse(tree)).entryPoints.map((e) => e.protections);

test('what the base declares holds for the change, which cannot take it away', async () => {
  const base = treeOf({ 'server.ts': SERVER, [FILE]: POLICY });
  const head = await withPolicy(treeOf({ 'server.ts': SERVER }), await policyTexts(base));
  expect(await protectionsIn(head)).toEqual([['authentication']]);
  expect(judge(await analyse(base), await analyse(head)).findings).toEqual([]);
});

test('what only the change declares does not hold', async () => {
  const base = treeOf({ 'server.ts': SERVER });
  const head = await withPolicy(treeOf({ 'server.ts': SERVER, [FILE]: POLICY }), await policyTexts(base));
  expect(await protectionsIn(head)).toEqual([[]]);
});

test('a tree with the same policy is left as it is; another policy is another tree', async () => {
  const base = await policyTexts(treeOf({ [FILE]: POLICY }));
  const head = treeOf({ 'server.ts': SERVER, [FILE]: POLICY });
  expect(await withPolicy(head, base)).toBe(head);
  const under = await withPolicy(head, { ...base, defaults: { file: 'all.yml', text: '' } });
  expect(under.id).not.toBe(head.id);
});

test('guards are declared by an organisation, too', async () => {
  const defaults = { file: 'acme/.github/postern.yml', text: POLICY };
  const tree = treeOf({ 'server.ts': SERVER });
  const texts = await policyTexts(tree, { defaults, unread: [] });
  expect(await protectionsIn(await withPolicy(tree, texts))).toEqual([['authentication']]);
});

test('a policy that the object database lacks, or that cannot be parsed, is a gap', async () => {
  for (const text of [null, '['.repeat(20_000)]) {
    const { gaps } = await analyse(treeOf({ 'server.ts': SERVER, [FILE]: text }));
    expect(gaps.map(({ file, line }) => `${file}:${line}`)).toContain(`${FILE}:1`);
  }
});

test('a file of another name is told, rather than taken for no policy', async () => {
  const { own, unread } = await policyTexts(treeOf({ '.github/postern.yaml': POLICY }));
  expect([own, unread.map(({ file, reason }) => `${file} ${reason}`)]).toEqual([
    null,
    ['.github/postern.yaml this file is not read: call it .github/postern.yml'],
  ]);
});
