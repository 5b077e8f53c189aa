import { failedReport, toReport } from '../../app/report/report.js';
import { toSarif } from '../../app/report/sarif.js';
import { finding, judgement, model } from './example.js';

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
    ['f-2', 'warning', 'unchanged'],
    ['f-1', 'error', 'new'],
  ]);
  const [, first] = run.results;
  expect(first.locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: 'src/live.ts', uriBaseId: 'SRCROOT' },
    region: { startLine: 9 },
  });
  expect(first.relatedLocations[0].physicalLocation.artifactLocation.uri).toBe('src/app.ts');
});

test('gaps are notifications, with addresses that are URIs and lines that exist', () => {
  const [gap, python] = run.invocations[0].toolExecutionNotifications;
  expect(gap.level).toBe('warning');
  expect(gap.locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: 'src/%C3%A4%20b.ts', uriBaseId: 'SRCROOT' },
    region: { startLine: 1 },
  });
  expect(python.message.text).toBe('Not looked at: Python, files: 3.');
});

test('a failed analysis is not an execution that succeeded', () => {
  const failed = JSON.parse(toSarif(failedReport('no git'), '1')).runs[0];
  expect(failed.invocations[0]).toEqual({
    executionSuccessful: false,
    toolExecutionNotifications: [{ level: 'error', message: { text: 'no git' } }],
  });
  expect(failed.results).toEqual([]);
});
