import { analyse } from '../../analysis/analyse.js';
import { trigger } from '../fixtures/render.js';
import { IdleCalls, type CallKind } from '../../analysis/wiring/idle-calls.js';
import { UNDEFINED } from '../../analysis/wiring/value.js';
import { treeOf } from './memory-tree.js';

/** Writes a line; what it costs to follow is as in the loggers that programs write for themselves. */
const LOG = `
export class Log {
  constructor(name) { this.name = name; }
  write(level, message, ...more) {
    if (process.env.LOG_LEVEL === 'none') return;
    const parts = more.map((m) => {
      if (m === null || m === undefined) return m;
      if (m instanceof Error) return process.env.NODE_ENV === 'development' ? m.stack : m.message;
      return typeof m === 'object' ? JSON.stringify(m) : String(m);
    });
    const at = new Date().toISOString();
    for (const part of parts) if (part) console.log(at, level, this.name, part);
    console.log([at, level, this.name, message].filter(Boolean).join(' '));
  }
  info(message, ...more) { this.write('info', message, ...more); }
  error(message, ...more) { this.write('error', message, ...more); }
}
`;
const lines = (of: string, from: number, count: number): string =>
  Array.from(
    { length: count },
    (_, i) => `  ${of}.info('number ${from + i} of what was done here', { id: req.params.id, at: ${i} });`,
  ).join('\n');
const part = (name: string): string => `import { Log } from './log.js';
const log = new Log('${name}');
export function ${name}(req) {
${lines('log', 0, 9)}
  try { JSON.parse(req.body.text); } catch (error) { log.error('could not read what was sent', error); }
}
`;
/** A route whose handler writes so many lines that following each would take more steps than an entry point has. */
function program(before: string, handler: string): Record<string, string> {
  const names = Array.from({ length: 8 }, (_, i) => `part${i}`);
  return {
    'log.js': LOG,
    ...Object.fromEntries(names.map((n) => [`${n}.js`, part(n)])),
    'app.js': `import express from 'express';
import { PrismaClient } from '@prisma/client';
import { Log } from './log.js';
${names.map((n) => `import { ${n} } from './${n}.js';`).join('\n')}
const app = express();
const db = new PrismaClient();
const log = new Log('application');
${before}
${names.map((n) => `app.post('/${n}/:id', (req, res) => { ${n}(req); res.end(); });`).join('\n')}
app.delete('/notes/:id', async (req, res) => {
${names.map((n) => `  ${n}(req);`).join('\n')}
${handler}
  await db.note.delete({ where: { id: req.params.id } });
  res.end();
});
`,
  };
}
async function effectsOfDeletion(files: Record<string, string>) {
  const { entryPoints, gaps } = await analyse(treeOf(files));
  const deletion = entryPoints.find((e) => trigger(e.trigger).includes('DELETE /notes/:id'))!;
  return {
    effects: deletion.effects.map((e) => `${e.operation} ${e.target}`),
    gaps: gaps.map((g) => g.reason),
  };
}

describe('what comes to nothing is not run for one more line', () => {
  test('a handler is followed past more lines of a log than it has steps for', async () => {
    const { effects, gaps } = await effectsOfDeletion(program('', lines('log', 100, 900)));
    expect(effects).toContain('delete Note');
    expect(gaps).toEqual([]);
  });

  test('what a function does for one name alone is seen, though it did nothing for others', async () => {
    const { effects } = await effectsOfDeletion(
      program(
        `const track = (event, about) => { if (event === 'removed') void db.audit.create({ data: about }); };`,
        `${Array.from({ length: 60 }, (_, i) => `  track('seen-${i}', { id: req.params.id });`).join('\n')}
  track('removed', { id: req.params.id });`,
      ),
    );
    expect(effects).toEqual(expect.arrayContaining(['create Audit', 'delete Note']));
  });

  test('a refusal is none', async () => {
    const files = program(
      `const must = (req, why) => { if (req.headers['x-api-key'] !== process.env.API_KEY) throw new Error(why); };`,
      Array.from({ length: 60 }, (_, i) => `  must(req, 'number ${i} may not be done');`).join('\n'),
    );
    const { entryPoints } = await analyse(treeOf(files));
    const deletion = entryPoints.find((e) => trigger(e.trigger).includes('DELETE /notes/:id'))!;
    expect(deletion.protections).toContain('authentication');
  });
});

describe('whose method it is', () => {
  const of = {};
  const by = (name: string, given = '"string"'): CallKind => ({ receiver: `1|{="${name}"`, given });
  /** A function that came to nothing in four calls of each of nine receivers: of none often enough by itself. */
  function known(): IdleCalls {
    const calls = new IdleCalls();
    for (let r = 0; r < 9; r++)
      for (let i = 0; i < 4; i++) calls.note(of, by(`part${r}`), `${r}.${i}`, UNDEFINED, true);
    return calls;
  }
  test('does not count, where they differ by their names alone', () => {
    expect(known().answer(of, by('another'))).toEqual(UNDEFINED);
    expect(known().answer(of, by('another', '="removed"'))).toBeNull();
    expect(known().answer(of, { receiver: '2|{="another"', given: '"string"' })).toBeNull();
    expect(known().answer({}, by('another'))).toBeNull();
  });
  test('counts from where one of them came to something', () => {
    const calls = known();
    calls.note(of, by('audit'), 'one', UNDEFINED, false);
    expect(calls.answer(of, by('another'))).toBeNull();
    expect(calls.answer(of, by('audit'))).toBeNull();
  });
  test('counts as long as only few were seen', () => {
    const calls = new IdleCalls();
    for (let i = 0; i < 60; i++) calls.note(of, by('one'), `${i}`, UNDEFINED, true);
    expect(calls.answer(of, by('one'))).toEqual(UNDEFINED);
    expect(calls.answer(of, by('another'))).toBeNull();
  });
});
