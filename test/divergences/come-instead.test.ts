import { expect, test } from '@jest/globals';
import { whereReplaced } from '../../analysis/divergences/come-instead.js';
import type { Finding } from '../../analysis/divergences/finding.js';
import type { Loss } from '../../analysis/divergences/lost.js';
import type { ChainLink, EntryPoint } from '../../analysis/model/model.js';

const at = (line: number): { file: string; line: number } => ({ file: 'choir.ts', line });
const guard = (more: Partial<ChainLink>): ChainLink => ({
  name: 'mayConduct',
  position: 'applied',
  protections: [],
  arguments: [],
  unless: null,
  place: at(1),
  definition: { file: 'may-conduct.ts', line: 1 },
  refuses: { known: 'yes', place: at(2), denies: true },
  ...more,
});
const entryPoint = (path: string, chain: ChainLink[]): EntryPoint => ({
  id: `choir: http GET ${path}`,
  program: 'choir',
  trigger: { kind: 'http', method: 'GET', path },
  framework: 'express',
  registration: at(3),
  handler: null,
  chain,
  protections: [...new Set(chain.flatMap((l) => l.protections))],
  unknown: [],
  public: null,
  effects: [],
  unmounted: false,
});
/** The guard said whose it is, and denies now by a test that is not understood. */
const dark = (path: string): Loss => ({
  before: entryPoint(path, [guard({ protections: ['ownership'] })]),
  now: entryPoint(path, [guard({ deniesUnseen: true })]),
  protection: 'ownership',
});
/** It stands in front of this one no more. */
const gone = (path: string): Loss => ({ ...dark(path), now: entryPoint(path, []) });
/** A test of its own has come into the handler of this one. */
const tested = (path: string): Loss => ({
  ...dark(path),
  now: { ...entryPoint(path, []), unexplained: [{ ...at(9), denies: true }] },
});
const finding = (rule: Finding['rule']): Finding => ({
  id: 'a',
  rule,
  level: 'error',
  confidence: 'high',
  status: 'new',
  blocking: true,
  missing: 'ownership',
  entryPoint: null,
  trigger: null,
  entryPointPlace: null,
  handler: null,
  place: at(1),
  message: 'It no longer asks.',
  remedy: '',
  precedents: [],
  affects: [],
});

test.each<[string, Finding['rule'], Loss[], boolean]>([
  ['in front of each', 'guard-weakened', [dark('/a'), dark('/b')], false],
  ['in front of most', 'guard-weakened', [gone('/a'), dark('/b'), dark('/c')], false],
  ['in front of few', 'guard-weakened', [dark('/a'), gone('/b'), gone('/c')], true],
  ['in front of most that lose it one by one', 'guard-removed', [gone('/a'), dark('/b'), dark('/c')], true],
  ['in the handlers of most', 'guard-weakened', [gone('/a'), tested('/b'), tested('/c')], true],
])('a guard that is not understood any more, %s', (_where, rule, losses, isCertain) =>
  expect(whereReplaced(finding(rule), losses) === null).toBe(isCertain),
);
