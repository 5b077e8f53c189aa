import { surfaceChange } from '../../analysis/surface.js';
import type { EntryPoint, Gap } from '../../analysis/model/model.js';
import { changeLines, surfaceConclusion, toSurfaceReport } from '../../app/report/surface.js';
import { surfaceMarkdown, surfaceText } from '../../app/report/surface-text.js';
import { entryPoint, model, socket } from './example.js';

const compared = (before: EntryPoint[], after: EntryPoint[], gaps: [Gap[], Gap[]] = [[], []]) =>
  toSurfaceReport({
    change: surfaceChange(
      model({ entryPoints: before, gaps: gaps[0] }),
      model({ entryPoints: after, gaps: gaps[1] }),
    ),
    from: 'a',
    to: 'b',
    policy: [],
  });
const linesOf = (before: EntryPoint, after: EntryPoint): string[] =>
  compared([before], [after]).changed.flatMap((each) => changeLines(each).map(({ text }) => text));
const loan = entryPoint();
const [link] = loan.chain;
const creating = (protections: EntryPoint['protections']): EntryPoint =>
  entryPoint({ effects: [{ ...loan.effects[0]!, protections }] });

test.each<[string, EntryPoint, EntryPoint, string[]]>([
  [
    'what cannot be followed any more is neither there nor lost',
    entryPoint({ unknown: [] }),
    entryPoint({ protections: ['authorization'], unknown: ['authentication'] }),
    ['had authentication; something in front of it cannot be followed now'],
  ],
  [
    'what had not been followed is not gained',
    entryPoint(),
    entryPoint({ protections: [...loan.protections, 'rate-limit'], unknown: [] }),
    ['has rate-limit, which was not known before'],
  ],
  [
    'a guard that asks for others, or for nobody somewhere',
    entryPoint(),
    entryPoint({ chain: [{ ...link!, arguments: ['CLERK'], unless: 'DEBUG' }] }),
    [
      'has a guard that lets everyone pass where `DEBUG`',
      'has a guard that asks for `CLERK` now',
      'has no guard any more that asks for `LENDER`',
      'has no guard any more that lets everyone pass where `process.env.OPEN`',
    ],
  ],
  [
    'an operation in front of the guard that the rest is behind',
    creating(['authentication', 'authorization']),
    creating(['authentication']),
    ['does `create Loan` no longer behind authorization'],
  ],
  ['what is open on purpose', loan, entryPoint({ public: 'a kiosk' }), ['is open on purpose now: a kiosk']],
  [
    'another guard of the same effect, at another place',
    loan,
    entryPoint({
      chain: [{ ...link!, name: 'roleOf', place: { file: 'src/x.ts', line: 1 } }],
      registration: { file: 'src/y.ts', line: 2 },
      handler: null,
    }),
    [],
  ],
])('%s', (_, before, after, lines) => expect(linesOf(before, after)).toEqual(lines));

test('of unknown path, the same handler in another file is the same', () => {
  const at = (file: string, name: string | null, id = `x (${file})`): EntryPoint =>
    entryPoint({
      id,
      trigger: { kind: 'http', method: 'GET', path: null },
      unmounted: true,
      registration: { file, line: 1 },
      handler: { file, line: 1, endLine: 2, name },
    });
  const moved = compared(
    [at('a.ts', 'list'), at('a.ts', 'read', 'y')],
    [at('b.ts', 'read'), at('b.ts', 'list', 'z')],
  );
  expect(moved.summary).toMatchObject({ added: 0, removed: 0, changed: 0, after: 2 });
  const others = compared([at('a.ts', null), at('a.ts', null, 'y')], [at('b.ts', null)]);
  expect(others.summary).toMatchObject({ added: 1, removed: 2 });
});

test('a gap that moved with its file is the same; another one in a file of that name is not', () => {
  const gap = (file: string): Gap => ({ reason: 'cannot follow', file, line: 3, affects: [] });
  const sides = (before: string[], after: string[]): string[] =>
    compared([loan], [loan], [before.map(gap), after.map(gap)]).gaps.map((g) => `${g.file} ${g.side}`);
  expect(sides(['a/index.ts'], ['b/index.ts'])).toEqual(['b/index.ts both']);
  expect(sides(['a/index.ts'], ['a/index.ts', 'b/index.ts'])).toEqual(['a/index.ts both', 'b/index.ts to']);
  expect(sides(['a/index.ts'], ['b/index.ts', 'c/index.ts'])).toEqual(['b/index.ts both', 'c/index.ts to']);
  expect(sides(['a/index.ts'], ['b/other.ts'])).toEqual(['a/index.ts from', 'b/other.ts to']);
});

test('only a gap that one of them has makes it incomplete, wherever its line moved', () => {
  const gap = (line: number, reason = 'cannot follow'): Gap => ({ reason, file: 'a.ts', line, affects: [] });
  const same = compared([loan], [loan], [[gap(1)], [gap(9)]]);
  expect(same).toMatchObject({ status: 'complete', gaps: [{ side: 'both', line: 9 }] });
  const gone = compared([loan], [loan], [[gap(1), gap(2, 'too large')], [gap(1)]]);
  expect(gone).toMatchObject({ status: 'partial' });
  expect(gone.gaps.map(({ side, reason }) => [side, reason])).toEqual([
    ['both', 'cannot follow'],
    ['from', 'too large'],
  ]);
  expect(surfaceText(gone)).toContain('a.ts:2  too large (only before)');
  expect(surfaceConclusion(gone)).toMatch(/incomplete: 1 gap in one of the two trees only/);
});

test('what came without any protection is counted', () => {
  const open = { ...socket, id: 'open', public: 'a kiosk' };
  const report = compared(
    [],
    [socket, open, { ...socket, id: 'unknown', unknown: ['authentication'] }, loan],
  );
  expect(report.summary).toMatchObject({ added: 4, addedOpen: 1 });
  expect(surfaceConclusion(report)).toBe(
    '0 entry points before, 4 after: 4 added (1 without any protection).',
  );
});

test('names of a repository are neither markup nor controls', () => {
  const hostile = entryPoint({
    id: 'x',
    trigger: { kind: 'graphql', name: '`|<img>\u202e@everyone' },
    effects: [{ ...loan.effects[0]!, target: '|<b>`' }],
  });
  const report = compared([], [hostile, socket]);
  expect(surfaceText(report)).not.toMatch(/\u202e/);
  const markdown = surfaceMarkdown(report);
  expect(markdown).toContain('| ``GraphQL `\\|<img>\\u{202e}@everyone`` |');
  expect(markdown.split('\n').filter((line) => line.startsWith('| `'))).toHaveLength(2);
});
