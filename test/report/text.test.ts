import { failedReport, toReport } from '../../app/report/report.js';
import { toMarkdown } from '../../app/report/markdown.js';
import { toText } from '../../app/report/text.js';
import { entryPoint, finding, judgement, model } from './example.js';

const compared = { base: 'a'.repeat(40), head: 'b'.repeat(40) };
const check = (overrides: Parameters<typeof judgement>[0] = {}, of = model()) =>
  toReport({
    mode: 'check',
    model: of,
    judgement: judgement(overrides),
    ...compared,
    provenance: () => '#12',
  });
const gap = { reason: 'call of an unknown value', file: 'src/x.ts', line: 3, affects: [], introduced: true };

test('findings, then entry points, then what is not known, then one line', () => {
  const report = check({ gaps: [gap, { ...gap, introduced: false, line: 8 }], status: 'partial' });
  expect(toText(report)).toBe(
    `src/live.ts:9  error missing-protection (blocking)  WebSocket /live "lend"
  4 of 4 entry points that create Loan require \`requireRole\`; this one does not.
  → Put \`requireRole\` in front of it.
  compare src/app.ts:7  server: http POST /loans (established in #12)
  finding f-1

Affected entry points
  added  WebSocket /live "lend"  none  src/live.ts:9

Not understood
  src/x.ts:3  call of an unknown value

Not looked at: Python (3 files)

1 new divergence, 1 blocking, in 1 affected entry point; 2 gaps; incomplete: gaps hide part of the answer.
`,
  );
});

test('nothing to say is one short line', () => {
  expect(toText(check({ affected: [], findings: [] }, model({ notLookedAt: [] })))).toBe(
    'No entry point is affected.\n',
  );
});

test('what existed is counted in a check, and listed in a scan', () => {
  const existing = judgement({ findings: [finding({ status: 'existing', blocking: false })], affected: [] });
  expect(toText(toReport({ mode: 'check', model: model(), judgement: existing, ...compared }))).not.toContain(
    'src/live.ts:9  error',
  );
  const scan = toText(
    toReport({ mode: 'scan', model: model(), judgement: existing, base: null, head: null }),
  );
  expect(scan).toContain('src/live.ts:9  error missing-protection  WebSocket /live "lend"');
  expect(scan).toContain(
    'POST /loans             authentication, authorization, rate-limit?  src/loans.ts:12',
  );
  expect(scan).toMatch(/1 divergence in 2 entry points\.\n$/);
});

test('a failed analysis claims nothing', () => {
  expect(toText(failedReport('git is missing'))).toBe('Not analysed: git is missing\n');
  expect(toMarkdown(failedReport('git is missing'))).toBe('Not analysed: git is missing\n');
});

test('colour only when asked for; terminal controls of a repository never', () => {
  const hostile = check({
    findings: [finding({ message: '\u001b]0;owned\u0007', place: { file: '\u001b[2J.ts', line: 1 } })],
  });
  expect(toText(hostile)).not.toContain('\u001b');
  expect(toText(hostile)).toContain('\\u{1b}[2J.ts:1');
  expect(toText(hostile, { color: true })).toContain('\u001b[31m');
});

test('the page escapes what comes from the repository, and links pull requests', () => {
  const page = toMarkdown(
    check({
      findings: [finding({ message: 'see @all <script>' })],
      gaps: [{ ...gap, reason: '[x](y)', file: 'a`b|c.ts' }],
    }),
  );
  expect(page).toContain('see @\u200ball &lt;script&gt;');
  expect(page).toContain('established in #12');
  expect(page).toContain(
    '### Change of the model: 1 added\n\n| Change | Entry point | Protections | Where |\n| --- | --- | --- | --- |\n| added | `WebSocket /live "lend"` | none | `src/live.ts:9` |\n',
  );
  expect(page).toContain('- ``a`b|c.ts:3``: \\[x\\]\\(y\\)');
});

test('the page keeps to its limit, drops the least important first and says so', () => {
  const affected = Array.from({ length: 3000 }, (_, i) => ({
    change: 'added' as const,
    entryPoint: entryPoint({ id: `server: http GET /${i}` }),
  }));
  const page = toMarkdown(check({ affected }), { limit: 65_535 });
  expect(Buffer.byteLength(page)).toBeLessThanOrEqual(65_535);
  expect(page).toContain('### What diverges');
  const shown = page.match(/^\| added/gm)!.length;
  expect(page).toContain(`${3000 - shown} entry points, 1 note on what was not looked at`);
});
