import { timelineOf, type HistoryOfTree } from '../../app/report/timeline.js';
import { toPageData } from '../../app/report/page/page-data.js';
import { toReport } from '../../app/report/report.js';
import { commitAddress } from '../../app/report/links.js';
import { entryPoint, judgement, model, socket } from './example.js';

const loan = entryPoint({ protections: ['authentication'], unknown: [] });
const report = toReport({
  mode: 'scan',
  model: model({ entryPoints: [loan, socket] }),
  judgement: judgement({ findings: [] }),
  base: null,
  head: 'c3',
});
const commits = ['c1', 'c2', 'c3', 'c4'].map((sha, at) => ({
  sha,
  subject: `Do ${sha} (#${at + 1})`,
  date: `2027-01-0${at + 1}`,
  pullRequest: at + 1,
}));
/** The registration stands at src/loans.ts:12, its guard is applied at src/app.ts:7. */
const history = (
  registered: string | { unknown: string },
  applied: string | { unknown: string },
  replayed: HistoryOfTree['replayed'] = [],
): HistoryOfTree => ({
  commits,
  replayed,
  broughtBy: ({ file }) => (file === 'src/app.ts' ? applied : registered),
});
const told = (of: HistoryOfTree) => {
  const { moments, unknown } = timelineOf(report, of);
  return {
    moments: moments.map(({ commit, established, lost }) => [
      commit.sha,
      established.map(({ protection, withIt }) => `${protection}${withIt ? ' with it' : ''}`),
      lost.map(({ protection }) => protection),
    ]),
    unknown,
  };
};
const judged = (
  sha: string,
  change: 'added' | 'changed' | 'removed',
  protections: 'authentication'[],
  protectionsBefore?: 'authentication'[],
) => ({
  sha,
  status: 'complete' as const,
  entryPoints: [{ id: loan.id, change, protections, protectionsBefore }],
});

test.each([
  ['a guard that was there, and a new entry point', 'c3', 'c1', [['c3', ['authentication with it'], []]]],
  ['a guard that came later', 'c1', 'c2', [['c2', ['authentication'], []]]],
  ['both at once', 'c2', 'c2', [['c2', ['authentication with it'], []]]],
])('%s', (_, registered, applied, moments) =>
  expect(told(history(registered, applied))).toEqual({ moments, unknown: [] }),
);

test('what is not known is counted with the reason, and guessed nowhere', () => {
  const unknown = { unknown: 'no time' };
  const none = { moments: [], unknown: [{ reason: 'no time', count: 1 }] };
  expect(told(history('c1', unknown))).toEqual(none);
  expect(told(history(unknown, 'c1'))).toEqual(none);
  const inHandler = toReport({
    mode: 'scan',
    model: model({ entryPoints: [{ ...loan, chain: [] }] }),
    judgement: judgement({ findings: [] }),
    base: null,
    head: null,
  });
  expect(timelineOf(inHandler, history('c1', 'c1'))).toMatchObject({
    moments: [],
    unknown: [{ reason: expect.stringMatching(/^the handler itself/), count: 1 }],
  });
});

test('what was judged one by one counts more than lines, and shows what was taken away', () => {
  const replayed = [
    judged('c2', 'changed', [], ['authentication']),
    judged('c3', 'changed', ['authentication'], []),
  ];
  expect(told(history('c1', 'c3', replayed))).toEqual({
    moments: [
      ['c3', ['authentication'], []],
      ['c2', [], ['authentication']],
    ],
    unknown: [],
  });
  // Gone again afterwards: what brought it back is found by its line.
  expect(told(history('c1', 'c4', replayed.slice(0, 1))).moments).toEqual([
    ['c4', ['authentication'], []],
    ['c2', [], ['authentication']],
  ]);
  // The line is of a merge that is known to have established nothing: it was only written anew there.
  expect(told(history('c3', 'c1', [{ ...judged('c3', 'changed', []), entryPoints: [] }]))).toEqual({
    moments: [],
    unknown: [{ reason: 'the line was written anew since', count: 1 }],
  });
  const failed = { ...judged('c2', 'changed', [], ['authentication']), status: 'failed' as const };
  expect(timelineOf(report, history('c1', 'c1', [failed])).replayed).toBeNull();
});

test('on the page, under names that lead there', () => {
  const replayed = [judged('c2', 'changed', [], ['authentication'])];
  const { timeline } = toPageData({
    report,
    title: 'lending',
    served: 'https://github.com/o/n',
    timeline: timelineOf(report, history('c1', 'c3', replayed)),
  });
  expect(timeline).toEqual({
    moments: [
      {
        date: '2027-01-03',
        name: '#3',
        subject: 'Do c3',
        address: 'https://github.com/o/n/pull/3',
        established: [{ protection: 'authentication', together: 0, entryPoints: [0] }],
        lost: [],
      },
      expect.objectContaining({
        name: '#2',
        established: [],
        lost: [{ protection: 'authentication', together: 0, entryPoints: [0] }],
      }),
    ],
    unknown: [],
    recorded: false,
    replayed: { commits: 1, from: '#2', to: '#2' },
  });
  // A number in a subject is a pull request on GitHub.
  expect(commitAddress('https://gitlab.com/o/n', { sha: 'abc', pullRequest: 3 })).toBe(
    'https://gitlab.com/o/n/commit/abc',
  );
});
