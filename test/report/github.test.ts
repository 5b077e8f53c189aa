import { toGithub } from '../../app/report/github.js';
import { failedReport, toReport } from '../../app/report/report.js';
import { finding, judgement, model } from './example.js';

const check = (overrides: Parameters<typeof judgement>[0] = {}) =>
  toReport({
    mode: 'check',
    model: model(),
    judgement: judgement(overrides),
    base: 'a'.repeat(40),
    head: 'b'.repeat(40),
  });

test('a command for each finding, the gravest first, and for gaps that the change brings', () => {
  const gap = {
    reason: 'call of an unknown value',
    file: 'src/x.ts',
    line: 3,
    affects: [],
    introduced: true,
  };
  const note = finding({ id: 'f-2', level: 'note', blocking: false, precedents: [] });
  const old = finding({ id: 'f-3', status: 'existing', blocking: false });
  const report = check({ findings: [note, finding(), old], gaps: [gap], status: 'partial' });
  expect(toGithub(report)).toBe(
    [
      '::error file=src/live.ts,line=9,title=Postern%3A missing-protection (blocking) WebSocket /live "lend"::4 of 4 entry points that create Loan require `requireRole`; this one does not. Put `requireRole` in front of it. Compare src/app.ts:7.',
      '::notice file=src/live.ts,line=9,title=Postern%3A missing-protection WebSocket /live "lend"::4 of 4 entry points that create Loan require `requireRole`; this one does not. Put `requireRole` in front of it.',
      '::warning file=src/x.ts,line=3,title=Postern%3A not understood::call of an unknown value',
      'Postern: 2 new divergences, 1 blocking, in 1 affected entry point; 1 existing before; 1 gap; incomplete: gaps hide part of the answer.',
      '',
    ].join('\n'),
  );
});

test('no name of the repository ends a command or begins another', () => {
  const hostile = 'x\n::add-mask::y,line=1::%0A::stop-commands::z\r##[set-env name=a]';
  const report = check({
    findings: [
      finding({ message: hostile, remedy: hostile, place: { file: hostile, line: 0 } }),
      finding({ id: 'f-2', trigger: { kind: 'websocket', path: hostile, name: null } }),
    ],
    gaps: [{ reason: hostile, file: hostile, line: 1, affects: [], introduced: true }],
  });
  const lines = toGithub(report).trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  for (const line of lines.slice(0, -1)) {
    expect(line).not.toMatch(/[\r\n]/);
    const [, command, properties] = /^::(\w+) (.*?)::/.exec(line)!;
    expect(['error', 'warning']).toContain(command);
    expect(properties!.split(',').map((each) => each.split('=')[0])).toEqual(['file', 'line', 'title']);
    // A per cent sign of the repository is no escape of ours.
    expect(line).not.toContain('%0A::stop-commands');
  }
});

test('what could not be analysed is an error, and no text in it is a command', () => {
  const text = toGithub(failedReport('::set-output name=x::1\n##[error]y'));
  expect(text).toBe('::error title=Postern::Not analysed: ::set-output name=x::1\\u{a}##[error]y\n');
});
