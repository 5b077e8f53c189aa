import { analyse } from '../../analysis/analyse.js';
import { missingProtection } from '../../analysis/divergences/missing-protection.js';
import { treeOf } from './memory-tree.js';

const PROGRAM = `
const express = require('express');
const jwt = require('jsonwebtoken');
const knex = require('knex')({ client: 'pg' });
const app = express();
app.use(express.json());
app.use((req, res, next) => {
  try { req.keeper = jwt.verify(req.headers.authorization, process.env.SECRET); } catch { return res.status(401).end(); }
  next();
});
HIVES
app.listen(8080);
`;
const ROUTES = `
app.put('/hives/:id', async (req, res) => { HOW; res.end(); });
app.put('/hives/:id/place', async (req, res) => { HOW; res.end(); });
app.put('/hives/:id/queen', async (req, res) => { HOW; res.end(); });
app.delete('/hives/:id', async (req, res) => {
  await knex('hives').where({ id: req.params.id }).delete();
  res.end();
});
`;
const remedies = async (functions: string, how: string): Promise<string[]> => {
  const text = PROGRAM.replace('HIVES', () => functions + ROUTES.replaceAll('HOW', () => how));
  const model = await analyse(
    treeOf({
      'package.json':
        '{"name":"apiary","dependencies":{"express":"4.21.2","knex":"3.1.0","jsonwebtoken":"9.0.2"}}',
      'server.js': text,
    }),
  );
  return missingProtection(model).map((f) => f.remedy);
};

test('a function that only asks is what a remedy puts in front', async () => {
  expect(
    await remedies(
      `async function mustKeep(req) {
  const hive = await knex('hives').where({ id: req.params.id }).first();
  if (hive.keeper_id !== req.keeper.id) throw new Error('not yours');
}`,
      `await mustKeep(req); await knex('hives').where({ id: req.params.id }).update({ name: req.body.name })`,
    ),
  ).toEqual([expect.stringMatching(/^Put `mustKeep` in front of it, as server\.js:\d+ does\.$/)]);
});

test('a function that does the work as well is nothing to put in front: its test is shown', async () => {
  expect(
    await remedies(
      `async function rename(req) {
  const hive = await knex('hives').where({ id: req.params.id }).first();
  if (hive.keeper_id !== req.keeper.id) throw new Error('not yours');
  await knex('hives').where({ id: req.params.id }).update({ name: req.body.name });
}`,
      'await rename(req)',
    ),
  ).toEqual(['Make the same check before it, as server.js:13 does.']);
});

test('a guard that stands in front of it is not what it lacks: it asks about another record', async () => {
  const model = await analyse(
    treeOf({
      'package.json':
        '{"name":"apiary","dependencies":{"express":"4.21.2","knex":"3.1.0","jsonwebtoken":"9.0.2"}}',
      'server.js': PROGRAM.replace(
        'HIVES',
        () => `
async function ownYard(req, res, next) {
  const yard = await knex('yards').where({ id: req.params.yard, keeper_id: req.keeper.id }).first();
  if (!yard) return res.status(404).end();
  next();
}
const inYard = (req) => knex('hives').where({ id: req.params.id, yard_id: req.params.yard });
app.put('/yards/:yard/hives/:id', ownYard, async (req, res) => { await inYard(req).update({ name: req.body.name }); res.end(); });
app.put('/yards/:yard/hives/:id/place', ownYard, async (req, res) => { await inYard(req).update({ place: req.body.place }); res.end(); });
app.put('/yards/:yard/hives/:id/queen', ownYard, async (req, res) => { await inYard(req).update({ queen: req.body.queen }); res.end(); });
app.delete('/yards/:yard/hives', ownYard, async (req, res) => {
  await knex('hives').where({ id: req.body.hive }).delete();
  res.end();
});`,
      ),
    }),
  );
  expect(missingProtection(model)).toMatchObject([
    {
      missing: 'ownership',
      remedy:
        '`ownYard` stands in front of it and asks about another record: look up Hive by that one as well.',
    },
  ]);
});

test('who comes back from a payment is not told to sign in: whether they have paid is to be looked at', async () => {
  const model = await analyse(
    treeOf({
      'package.json':
        '{"name":"apiary","dependencies":{"express":"4.21.2","knex":"3.1.0","jsonwebtoken":"9.0.2","stripe":"17.0.0"}}',
      'server.js': PROGRAM.replace(
        'HIVES',
        () => `
const stripe = require('stripe')(process.env.TILL);
app.get('/jars/paid', async (req, res) => {
  const session = await stripe.checkout.sessions.retrieve(req.query.session);
  await knex('jars').insert({ keeper_id: session.client_reference_id });
  res.redirect('/jars');
});
app.post('/jars', (req, res, next) => req.keeper ? next() : res.status(401).end(), async (req, res) => {
  await knex('jars').insert({ keeper_id: req.keeper.id });
  res.end();
});
`,
      ).replace('return res.status(401).end()', 'req.keeper = null'),
    }),
  );
  const [told, ...others] = missingProtection(model);
  expect(others).toEqual([]);
  expect(told).toMatchObject({
    message: expect.stringMatching(/^GET \/jars\/paid creates Jar of a payment and does not look whether/),
    remedy: expect.stringMatching(/does not answer that this was paid\.$/),
    precedents: [],
  });
});
