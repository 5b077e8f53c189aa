import { analyse } from '../../analysis/analyse.js';
import { trigger } from '../fixtures/render.js';
import { Economy } from '../../analysis/wiring/economy.js';
import { PathEnd, type Evaluator } from '../../analysis/wiring/evaluator.js';
import {
  builtin,
  literal,
  promise,
  record,
  UNDEFINED,
  unknown,
  type Value,
} from '../../analysis/wiring/value.js';
import { treeOf } from './memory-tree.js';

const evaluator = {
  facts: [],
  recorder: null,
  answered: null,
  abridge: () => undefined,
  learn: () => undefined,
} as unknown as Evaluator;
/** A function that hands on what it is given, called with each of these once half of the steps have gone. */
function calls(given: readonly Value[]): { yielded: Value[]; runs: number } {
  const economy = new Economy(0, 0);
  const callee = { fn: {}, scope: null } as never;
  let runs = 0;
  const yielded = given.map((value) =>
    economy.call(evaluator, callee, [literal('changed'), value], UNDEFINED, true, () => {
      runs++;
      return promise(value);
    }),
  );
  return { yielded, runs };
}
const data = (name: string): Value => record([['name', literal(name)]]);

describe('calls that are answered from others', () => {
  it('hand on what they are given themselves', () => {
    const [first, second] = [data('mast'), data('keel')];
    const { yielded, runs } = calls([first, second]);
    expect(runs).toBe(1);
    expect(yielded.map((y) => y.k === 'promise' && y.value)).toEqual([first, second]);
    expect(yielded[1]!.k === 'promise' && yielded[1].value).toBe(second);
  });
  it('are run where what they are given could do something', () => {
    const active = (name: string): Value => record([['done', builtin(name, () => UNDEFINED)]]);
    expect(calls([active('one'), active('two')]).runs).toBe(2);
  });
  it('take data for data, however deep it is, and in a circle', () => {
    const deep = (name: string): Value => record([['a', record([['b', record([['c', data(name)]])]])]]);
    expect(calls([deep('one'), deep('two')]).runs).toBe(1);
    const circle = record();
    circle.members.set('self', circle);
    expect(calls([circle, data('one')]).runs).toBe(1);
  });
});

it('take a call within itself for what it was given, when they are run once more with the like', () => {
  const economy = new Economy(0, 0);
  const callee = { fn: {}, scope: null } as never;
  const runs: Value[] = [];
  const folded = (rule: Value): Value =>
    economy.call(evaluator, callee, [rule], UNDEFINED, true, () => {
      runs.push(rule);
      return runs.length > 5 ? rule : folded(unknown(['db.rule.part']));
    });
  expect(folded(unknown(['db.rule']))).toEqual(unknown(['db.rule.part']));
  expect(runs).toHaveLength(1);
  // Once it has been run it is answered from that.
  folded(unknown(['db.rule']));
  expect(runs).toHaveLength(1);
});
it('are run again where one came to no end', () => {
  const economy = new Economy(0, 0);
  const callee = { fn: {}, scope: null } as never;
  const call = (run: () => Value): Value =>
    economy.call(evaluator, callee, [data('mast')], UNDEFINED, true, run);
  const ends = (): never => {
    throw new PathEnd();
  };
  expect(() => call(ends)).toThrow(PathEnd);
  expect(call(() => literal(1))).toEqual(literal(1));
});

it('are run for each name by which a program is put together, and for each like the first by a handler', () => {
  const runs = (it: Evaluator): string[] => {
    const economy = new Economy(0, 0);
    const callee = { fn: {}, scope: null, module: {} } as never;
    const loaded: string[] = [];
    for (const name of ['boats', 'crews', 'boats'])
      economy.call(it, callee, [literal(name), data(name)], UNDEFINED, true, () => {
        loaded.push(name);
        return UNDEFINED;
      });
    return loaded;
  };
  expect(runs(evaluator)).toEqual(['boats', 'crews']);
  expect(
    runs({
      ...evaluator,
      recorder: {
        effects: [],
        endings: [],
        unexplained: [],
        addressTests: [],
        unfollowed: [],
        unread: new Set(),
      },
    } as unknown as Evaluator),
  ).toEqual(['boats']);
});

/** Works rules out from the inside, whatever they are made of; each time with functions that are made for that. */
const RULES = `
function fold(rule, step) {
  if (!Array.isArray(rule)) return step(rule);
  let folded;
  for (let i = 1; i < rule.length; i++) {
    const part = fold(rule[i], step);
    if (part !== rule[i]) { folded = folded ?? rule.slice(); folded[i] = part; }
  }
  return step(folded ?? rule);
}
export const evaluated = (rule, known, extra) => fold(rule, (part) => {
  if (extra) part = extra(part);
  if (!Array.isArray(part)) return part;
  if (part[0] === 'NAME') return known?.[part[1]] ?? null;
  if (part[0] === 'NOT') return Array.isArray(part[1]) && part[1][0] === 'NOT' ? part[1][1] : !part[1];
  for (let i = 1; i < part.length; i++) if (part[i] === true) return true;
  return part.some((p) => p === null) ? null : part;
});
`;
it('follows what works rules out in front of a handler to its end', async () => {
  const rules = Array.from(
    { length: 80 },
    (_, i) =>
      `  rules.push(evaluated(kept.r${i}, kept, (part) => evaluated(part, kept.k${i}, (p) => evaluated(p, kept))));`,
  );
  const { entryPoints, gaps } = await analyse(
    treeOf({
      'package.json': '{"dependencies":{"express":"4","mongodb":"6","jsonwebtoken":"9"}}',
      'rules.js': RULES,
      'app.js': `import express from 'express';
import jwt from 'jsonwebtoken';
import { MongoClient } from 'mongodb';
import { evaluated } from './rules.js';
const app = express();
const db = new MongoClient(process.env.DB).db();
app.use(async (req, res, next) => {
  const kept = await db.collection('rules').findOne({});
  const rules = [];
${rules.join('\n')}
  try { jwt.verify(req.headers.authorization, process.env.KEY); } catch { return res.status(401).end(); }
  req.rules = rules;
  next();
});
app.delete('/boats/:id', (req, res) => res.end());
`,
    }),
  );
  const boat = entryPoints.find((e) => trigger(e.trigger).includes('DELETE /boats/:id'));
  expect(gaps).toEqual([]);
  expect(boat!.protections).toEqual(['authentication']);
});

/** A handler that asks plugins of everything, each time with an object that was made for that. */
const PLUGINS = `
const heard = {};
export const load = async (names) => { for (const name of names) { const p = await import(name); (heard[p.topic] ??= []).push(p); } };
export async function ask(topic, given) {
  if (!given.by) given.by = Date.now();
  const plugins = heard[topic];
  if (Array.isArray(plugins)) for (const plugin of plugins) {
    if (typeof plugin.change === 'function') given = await plugin.change(given);
    else if (typeof plugin.hear === 'function') await plugin.hear(given);
  }
  if (topic !== 'asked') await ask('asked', { topic, given });
  return given;
}
`;
it('follows a handler that asks plugins of everything to its end', async () => {
  const questions = Array.from(
    { length: 700 },
    (_, i) => `  const { p${i} } = await ask('topic-${i}', { p${i}: req.body.p${i} ?? ${i} });`,
  );
  const { entryPoints, gaps } = await analyse(
    treeOf({
      'package.json': '{"dependencies":{"express":"4","@prisma/client":"5"}}',
      'plugins.js': PLUGINS,
      'app.js': `import express from 'express';
import { PrismaClient } from '@prisma/client';
import { ask, load } from './plugins.js';
const app = express();
const db = new PrismaClient();
load(process.env.PLUGINS.split(','));
app.delete('/boats/:id', async (req, res) => {
${questions.join('\n')}
  await db.boat.delete({ where: { id: req.params.id } });
  res.end();
});
`,
    }),
  );
  const boat = entryPoints.find((e) => trigger(e.trigger).includes('DELETE /boats/:id'));
  expect(boat!.effects.map((e) => e.operation)).toContain('delete');
  expect(gaps.map((g) => g.reason)).not.toContain(
    'following this handler took more steps than one entry point is given',
  );
});
