import { expect, test } from '@jest/globals';
import { levelOf } from '../../analysis/divergences/missing-protection.js';
import type { ChainLink, Effect, EntryPoint } from '../../analysis/model/model.js';
import { evidenceAgainst, indexEntryPoints } from '../../analysis/precedents/precedents.js';

const at = (line: number): { file: string; line: number } => ({ file: 'scrolls.ts', line });
/** A guard that looks the scroll up by itself, so that what handlers find it by is not known to be what it was asked about. */
const mayRead: ChainLink = {
  name: 'MayRead',
  position: 'applied',
  protections: ['authentication', 'ownership'],
  arguments: [],
  unless: null,
  place: at(1),
  definition: { file: 'may-read.ts', line: 1 },
  refuses: { known: 'yes', place: at(1) },
};
const reads = (subjects: string[]): Effect => ({
  operation: 'read',
  class: 'read',
  target: 'Draft',
  place: at(2),
  protections: ['authentication'],
  authorization: [],
  own: false,
  global: false,
  nested: false,
  check: false,
  subjects,
});
const entryPoint = (path: string, effect: Effect, line: number): EntryPoint => ({
  id: `scribes: http GET ${path}`,
  program: 'scribes',
  trigger: { kind: 'http', method: 'GET', path },
  framework: 'nestjs',
  registration: at(line),
  handler: null,
  chain: [mayRead],
  protections: ['authentication', 'ownership'],
  unknown: [],
  effects: [effect],
  public: null,
  unmounted: false,
});
const drafts = entryPoint('/scrolls/:alias/drafts', reads(['row:Alias']), 10);
const newest = entryPoint('/scrolls/:alias/newest', reads(['row:Alias']), 20);
const one = entryPoint('/scrolls/:alias/drafts/:draftUuid', reads(['params.draftUuid']), 30);

test('a record that is read by its own key, where all others behind the guard find such by what it looks up', () => {
  const [evidence, ...more] = evidenceAgainst(one, indexEntryPoints([drafts, newest, one]));
  expect(more).toEqual([]);
  expect(evidence).toMatchObject({ protection: 'ownership', first: 'alias', having: [drafts, newest] });
  expect(levelOf(one, evidence!)).toBe('warning');
});

test('nothing is shown by one alone, or where another reads such by its own key as well', () => {
  expect(evidenceAgainst(one, indexEntryPoints([drafts, one]))).toEqual([]);
  const other = entryPoint('/scrolls/:alias/seals/:draftUuid', reads(['params.draftUuid']), 40);
  expect(evidenceAgainst(one, indexEntryPoints([drafts, newest, other, one]))).toEqual([]);
});

test('nothing is shown by what another guard stands in front of', () => {
  const elsewhere = { ...mayRead, definition: { file: 'may-list.ts', line: 1 } };
  const others = [drafts, newest].map((e) => ({ ...e, chain: [elsewhere] }));
  expect(evidenceAgainst(one, indexEntryPoints([...others, one]))).toEqual([]);
});
