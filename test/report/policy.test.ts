import type { PolicyOutcome } from '../../analysis/policy/outcome.js';
import { toMarkdown } from '../../app/report/markdown.js';
import { exitStatus, toReport } from '../../app/report/report.js';
import { toSarif } from '../../app/report/sarif.js';
import { toText } from '../../app/report/text.js';
import { entryPoint, finding, judgement, model, socket } from './example.js';

const FILE = '.github/postern.yml';
const waiver = { who: 'Ada', why: 'a *form*', until: '2027-03-01', file: FILE, line: 9 };
const policy: PolicyOutcome = {
  files: [FILE],
  mistakes: [{ file: FILE, line: 4, key: 'waivers', reason: '`who` is missing' }],
  notes: [
    {
      kind: 'waiver-unused',
      text: 'the waiver of Bo is for a finding that is not there',
      file: FILE,
      line: 12,
    },
  ],
  spared: { because: 'shadow mode', findings: ['f-1'] },
  blocksIncomplete: false,
};
const place = { file: FILE, line: 2 };
const behind = entryPoint({
  assumed: [{ protection: 'rate-limit', by: 'the gateway', place }],
  unknown: ['csrf', 'rate-limit'],
});
const report = (outcome: Partial<PolicyOutcome> = {}) =>
  toReport({
    mode: 'check',
    model: model({ entryPoints: [socket, behind] }),
    judgement: judgement({
      affected: [{ change: 'added', entryPoint: behind }],
      findings: [
        finding({ blocking: false }),
        finding({ id: 'f-2', status: 'waived', blocking: false, waiver }),
      ],
      policy: { ...policy, ...outcome },
    }),
    base: 'a',
    head: 'b',
  });

test('waived findings are listed with who, why and until when, and are not among the new ones', () => {
  expect(report().summary).toMatchObject({ new: 1, waived: 1 });
  expect(report().findings[1]).toMatchObject({ status: 'waived', waiver });
  const text = toText(report());
  expect(text).toContain(
    'Waived\n  src/live.ts:9  missing-protection  authentication  WebSocket /live "lend"\n' +
      '    waived by Ada: a *form* (until 2027-03-01)\n',
  );
  expect(toMarkdown(report())).toContain('### Waived\n- missing-protection (authentication)');
  expect(toMarkdown(report())).toContain('a \\*form\\*');
  const [run] = JSON.parse(toSarif(report(), '1.0.0')).runs;
  expect(run.results[1].suppressions).toEqual([
    {
      kind: 'external',
      status: 'accepted',
      justification: 'waived by Ada: a *form* (until 2027-03-01)',
      location: {
        physicalLocation: {
          artifactLocation: { uri: FILE, uriBaseId: 'SRCROOT' },
          region: { startLine: 9, startColumn: 1, endLine: 9 },
        },
      },
    },
  ]);
});

test('what would have blocked is marked, and why it does not', () => {
  for (const page of [toText(report()), toMarkdown(report())]) {
    expect(page).toMatch(
      /1 new divergence, 1 of which would block \\?\(shadow mode\\?\), in 1 affected entry point/,
    );
    expect(page).toMatch(/would block\)|, would block\*\*/);
  }
  expect(exitStatus(report())).toBe(0);
});

test('mistakes and notes are shown, mistakes first', () => {
  for (const page of [toText(report()), toMarkdown(report())]) {
    const plain = page.replaceAll('\u200b', '');
    expect(plain).toContain(`${FILE}:4: waivers: \`who\` is missing; it does not count`);
    expect(plain.indexOf(`${FILE}:12: the waiver of Bo`)).toBeGreaterThan(plain.indexOf(`${FILE}:4:`));
  }
});

test('what is assumed is shown as that, and nowhere as if it had been seen', () => {
  const [shown] = report().entryPoints;
  expect(shown).toMatchObject({
    assumed: [{ protection: 'rate-limit', by: 'the gateway' }],
    protections: ['authentication', 'authorization'],
    unknown: ['csrf'],
  });
  expect(shown!.chain[0]).toEqual({
    name: 'the gateway',
    protections: [],
    assumes: ['rate-limit'],
    arguments: [],
    unless: null,
    ...place,
  });
  expect(toText(report())).toContain(
    'authentication, authorization, rate-limit (assumed: the gateway), csrf?',
  );
});

test('where the policy blocks what is incomplete, the status is that of something blocking', () => {
  const incomplete = report({ spared: null, blocksIncomplete: true });
  expect(exitStatus({ ...incomplete, status: 'partial' })).toBe(1);
});
