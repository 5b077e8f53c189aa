import { analyse } from '../../analysis/analyse.js';
import { judge } from '../../analysis/judge.js';
import { underPolicyOf } from '../../analysis/policy.js';
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
const tree = (files: Record<string, string>) =>
  treeOf(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])));
const protectionsIn = (model: Awaited<ReturnType<typeof analyse>>) =>
  model.entryPoints.map((e) => e.protections);

test('what the base declares holds for the change, which cannot take it away', async () => {
  const base = tree({ 'server.ts': SERVER, '.github/postern.yml': POLICY });
  const head = underPolicyOf(base, tree({ 'server.ts': SERVER }));
  const [before, after] = [await analyse(base), await analyse(head)];
  expect(protectionsIn(after)).toEqual([['authentication']]);
  expect(judge(before, after).findings).toEqual([]);
});

test('what only the change declares does not hold', async () => {
  const base = tree({ 'server.ts': SERVER });
  const head = underPolicyOf(base, tree({ 'server.ts': SERVER, '.github/postern.yml': POLICY }));
  expect(protectionsIn(await analyse(head))).toEqual([[]]);
});

test('a tree with the same declarations is left as it is', () => {
  const base = tree({ '.github/postern.yml': POLICY });
  const head = tree({ 'server.ts': SERVER, '.github/postern.yml': POLICY });
  expect(underPolicyOf(base, head)).toBe(head);
});
