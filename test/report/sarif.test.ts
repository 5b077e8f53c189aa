import { readFileSync } from 'node:fs';
import AjvDraft04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { RULES } from '../../analysis/rules.js';
import { failedReport, toReport, type Report } from '../../app/report/report.js';
import { toSarif } from '../../app/report/sarif.js';
import { finding, judgement, model } from './example.js';

/** The schema as OASIS publishes it, errata 01 (`$id` says where). */
const SCHEMA = new URL('schemas/sarif-schema-2.1.0.json', import.meta.url);
const ajv = new AjvDraft04.default({ strict: false, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));
function valid(of: Report) {
  const log = JSON.parse(toSarif(of, '1.2.3'));
  validate(log);
  expect(validate.errors ?? []).toEqual([]);
  return log.runs[0];
}

const gaps = [{ reason: 'cannot follow', file: 'src/ä b.ts', line: 0, affects: [], introduced: true }];
const findings = [
  finding(),
  finding({
    id: 'f-2',
    rule: 'guard-removed',
    status: 'existing',
    level: 'warning',
    trigger: null,
    entryPoint: null,
  }),
];
const report = toReport({
  mode: 'check',
  model: model(),
  judgement: judgement({ findings, gaps }),
  base: 'a',
  head: 'b',
});
const log = JSON.parse(toSarif(report, '1.2.3'));
const [run] = log.runs;

test('results refer to the rules of their run by index', () => {
  expect(log.version).toBe('2.1.0');
  for (const result of run.results) {
    const rule = run.tool.driver.rules[result.ruleIndex];
    expect(rule.id).toBe(result.ruleId);
    expect(rule.help.text.length).toBeGreaterThan(20);
    expect(rule).not.toHaveProperty('helpUri');
  }
});

test('fingerprints, places, precedents and baseline', () => {
  expect(
    run.results.map((each: any) => [
      each.partialFingerprints['posternFinding/v1'],
      each.level,
      each.baselineState,
    ]),
  ).toEqual([
    ['f-1', 'error', 'new'],
    ['f-2', 'warning', 'unchanged'],
  ]);
  const [first] = run.results;
  expect(first.locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: 'src/live.ts', uriBaseId: 'SRCROOT' },
    region: { startLine: 9, startColumn: 1, endLine: 9 },
  });
  expect(first.relatedLocations[0].physicalLocation.artifactLocation.uri).toBe('src/app.ts');
});

test('gaps are notifications, with addresses that are URIs and lines that exist', () => {
  const [gap, python] = run.invocations[0].toolExecutionNotifications;
  expect(gap.level).toBe('warning');
  expect(gap.locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: 'src/%C3%A4%20b.ts', uriBaseId: 'SRCROOT' },
    region: { startLine: 1, startColumn: 1, endLine: 1 },
  });
  expect(python.message.text).toBe('Not looked at: Python, files: 3.');
});

test('a failed analysis is not an execution that succeeded', () => {
  const failed = valid(failedReport('no git'));
  expect(failed.invocations[0]).toMatchObject({
    executionSuccessful: false,
    exitCode: 2,
    toolExecutionNotifications: [{ level: 'error', message: { text: 'no git' } }],
  });
  expect(failed.results).toEqual([]);
});

const waiver = { who: 'Ada', why: 'a form', until: null, file: '.github/postern.yml', line: 9 };
const reportOf = (...all: Parameters<typeof finding>[0][]): Report =>
  toReport({
    mode: 'check',
    model: model(),
    judgement: judgement({
      findings: all.map((each, at) => finding({ id: `f-${at}`, ...each })),
      gaps: [{ reason: 'too large', file: 'a b.ts', line: 0, affects: [], introduced: false }],
      policy: {
        files: ['p.yml'],
        mistakes: [{ file: 'p.yml', line: 4, key: null, reason: 'no YAML' }],
        notes: [],
        spared: null,
        blocksIncomplete: false,
      },
    }),
    base: 'a',
    head: 'b',
  });

test('all that a log may hold is as the schema has it, for each rule', () => {
  const every = valid(
    reportOf(
      ...RULES.map((rule) => ({ rule })),
      { status: 'waived', waiver },
      { status: 'waived' },
      { status: 'resolved' },
      { entryPoint: null, trigger: null, handler: null, entryPointPlace: null, precedents: [] },
    ),
  );
  for (const { properties } of every.tool.driver.rules) {
    expect(properties.tags[1]).toMatch(/^external\/cwe\/cwe-\d+$/);
    // GitHub shows ten.
    expect(properties.tags.length).toBeLessThanOrEqual(10);
  }
  const [{ toolExecutionNotifications: execution, toolConfigurationNotifications: configuration }] =
    every.invocations;
  const about = ({ descriptor }: { descriptor: { index: number } }): string =>
    every.tool.driver.notifications[descriptor.index].id;
  expect([...execution, ...configuration].map(about)).toEqual(['gap', 'not-looked-at', 'policy-mistake']);
});

test('what was resolved is open nowhere, and is named beside', () => {
  const both = valid(reportOf({ status: 'resolved' }, {}));
  expect(both.results.map((each: any) => each.partialFingerprints['posternFinding/v1'])).toEqual(['f-1']);
  expect(both.properties.resolved).toEqual(['f-0']);
});

test('what is waived says by whom and where, and stands behind what is open', () => {
  const [open, waived] = valid(
    reportOf({ status: 'waived', waiver, blocking: false }, { level: 'note', blocking: false }),
  ).results;
  expect(open).not.toHaveProperty('suppressions');
  expect(waived.suppressions).toMatchObject([
    {
      kind: 'external',
      status: 'accepted',
      justification: 'waived by Ada: a form',
      location: { physicalLocation: { region: { startLine: 9 } } },
    },
  ]);
});

test('the message leads to related locations, and nowhere else', () => {
  const precedents = Array.from({ length: 300 }, (_, line) => ({
    entryPoint: 'x [a](https://example.org)',
    guard: 'g',
    file: 'app/[id]/page.ts',
    // The first two are one place.
    line: Math.max(1, line),
  }));
  const [{ message, relatedLocations }] = valid(
    reportOf({ precedents, message: 'See [here](https://example.org).', remedy: 'Do.' }),
  ).results;
  expect(message.text).toMatch(
    /^See \[here\] \(https:\/\/example\.org\)\. Do\. Compare \[app\/\\\[id\\\]\/page\.ts:1\]\(1\), /,
  );
  const led = [...message.text.matchAll(/\]\((\d+)\)/g)].map(([, id]) => Number(id));
  expect(led).toEqual([1, 3, 4, 5, 6]);
  // GitHub takes no more.
  expect(relatedLocations).toHaveLength(100);
  expect(JSON.stringify(relatedLocations)).not.toContain('](');
});

test('of more findings than GitHub takes, the gravest are kept, and it is said', () => {
  const many = reportOf({ level: 'note', blocking: false });
  const note = many.findings[0]!;
  many.findings = Array.from({ length: 25_001 }, () => note);
  many.findings.push({ ...note, id: 'grave', level: 'error', blocking: true });
  const cut = JSON.parse(toSarif(many, '1')).runs[0];
  expect(cut.results).toHaveLength(25_000);
  expect(cut.results[0].partialFingerprints['posternFinding/v1']).toBe('grave');
  expect(cut.invocations[0].toolExecutionNotifications.at(-1).message.text).toMatch(
    /^2 findings of least weight/,
  );
});
