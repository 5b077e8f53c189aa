import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyse } from '../../analysis/analyse.js';
import { missingProtection } from '../../analysis/divergences/missing-protection.js';
import { unthrottledCredentials } from '../../analysis/divergences/unthrottled-credentials.js';
import type { EntryPoint, Model } from '../../analysis/model/model.js';
import { byProducts, type ByProducts } from '../../analysis/precedents/by-products.js';
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
const planOf = (e: EntryPoint, isByProduct: ByProducts): Planned => ({
  trigger: e.trigger,
  program: e.program,
  file: e.registration.file,
  effects: e.effects
    .filter((x) => !x.check && !(x.nested && x.class === 'read') && !isByProduct(e, x))
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
    const isByProduct = byProducts(model.entryPoints);
    for (const finding of [...missingProtection(model), ...unthrottledCredentials(model)]) {
      findings++;
      // A plan names records and what is done to them: not by which route it is reached beside others,
      if (finding.entryPoint === null) continue;
      // … nor at which line a process is started, or a file changed,
      if (/ (?:starts? processes|changes? files) at /.test(finding.message)) continue;
      // … nor that a form brings the link that was mailed.
      if (byId.get(finding.entryPoint)!.effects.some((x) => x.byLink)) continue;
      const { required } = requiredProtections(planOf(byId.get(finding.entryPoint)!, isByProduct), model);
      const asked = required.find((r) => (r.protection as string) === finding.missing);
      if (!asked || asked.having.length === 0 || !asked.idiom)
        unasked.push(`${path.relative(FIXTURES, folder)}: ${finding.message}`);
    }
  }
  expect(unasked).toEqual([]);
  expect(findings).toBeGreaterThan(150);
});

const SERVER = `import express from 'express';
import jwt from 'jsonwebtoken';
import rateLimit from 'express-rate-limit';
import { prisma } from './database.js';
const app = express();
const slowly = rateLimit({ limit: 5 });
for (const path of ['/sessions', '/codes', '/links'])
  app.post(path, slowly, async (req, res) => {
    const person = await prisma.person.findUnique({ where: { email: req.body.email } });
    if (!person || person.secret !== req.body.secret) return res.status(401).end();
    res.json({ token: jwt.sign({ id: person.id }, process.env.SECRET) });
  });
app.use((req, res, next) => {
  try { req.user = jwt.verify(req.headers.authorization, process.env.SECRET); } catch { return res.status(401).end(); }
  next();
});
app.put('/boats/:id', async (req, res) => res.json(await prisma.boat.update({ where: { id: req.params.id }, data: req.body })));
app.delete('/boats/:id', async (req, res) => res.json(await prisma.boat.delete({ where: { id: req.params.id } })));
app.listen(1);
`;
const small = (): Promise<Model> =>
  analyse(
    treeOf({
      'package.json':
        '{ "name": "quay", "type": "module", "main": "app.js", "dependencies": { "express": "5.0.0" } }',
      'schema.prisma':
        'model Boat {\n  id Int @id\n}\nmodel Person {\n  id Int @id\n  email String\n  secret String\n}\n',
      'database.js':
        "import { PrismaClient } from '@prisma/client';\nexport const prisma = new PrismaClient();\n",
      'app.js': SERVER,
    }),
  );
const planned = (overrides: Partial<Planned>): Planned => ({
  trigger: { kind: 'http', method: 'POST', path: '/boats/:id/name' },
  program: 'quay',
  file: null,
  effects: [],
  replaces: null,
  public: null,
  ...overrides,
});

test('a sign-in is asked for the rate limit of the others, and for nobody who is known', async () => {
  const { required } = requiredProtections(
    planned({ effects: [{ operation: 'token-issue', target: 'token' }] }),
    await small(),
  );
  expect(required).toEqual([
    expect.objectContaining({
      protection: 'rate-limit',
      level: 'error',
      peers: 3,
      why: 'all 3 other entry points that strangers sign in or up with have one.',
    }),
  ]);
  expect(required[0]!.idiom?.guard).toBe('express-rate-limit');
});

test('what is installed once for several is told as that; what is planned changes no model', async () => {
  const model = await small();
  const before = JSON.stringify(model);
  const { required } = requiredProtections(
    planned({ effects: [{ operation: 'update', target: 'Boat' }] }),
    model,
  );
  expect(required).toEqual([
    expect.objectContaining({ protection: 'authentication', level: 'error', confidence: 'high' }),
  ]);
  expect(required[0]!.idiom).toMatchObject({ shared: true, place: { file: 'app.js', line: 13 } });
  expect(JSON.stringify(model)).toBe(before);
});
