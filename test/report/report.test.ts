import { toJson } from '../../app/report/json.js';
import { exitStatus, failedReport, toReport } from '../../app/report/report.js';
import { entryPoint, finding, judgement, model, socket } from './example.js';

const compared = { base: 'a'.repeat(40), head: 'b'.repeat(40) };
const gap = {
  reason: 'a call could not be followed',
  file: 'src/x.ts',
  line: 3,
  affects: ['x'],
  introduced: true,
};

test('a check reports what is affected, in the promised shape', () => {
  const report = toReport({
    mode: 'check',
    model: model(),
    judgement: judgement({
      affected: [
        { change: 'changed', entryPoint: entryPoint() },
        { change: 'added', entryPoint: socket },
      ],
      gaps: [gap],
    }),
    ...compared,
    provenance: (id, protection) =>
      id === 'server: http POST /loans' && protection === 'authentication' ? '#12' : null,
  });
  expect(report).toEqual({
    schemaVersion: 1,
    status: 'complete',
    ...compared,
    judged: 'c'.repeat(40),
    entryPoints: [
      {
        id: 'server: http POST /loans',
        program: 'server',
        change: 'changed',
        kind: 'http',
        method: 'POST',
        path: '/loans',
        name: null,
        framework: 'express',
        file: 'src/loans.ts',
        line: 12,
        handler: { file: 'src/loans.ts', line: 20, endLine: 31 },
        chain: [
          {
            name: 'requireRole',
            protections: ['authentication', 'authorization'],
            arguments: ['LENDER'],
            unless: 'process.env.OPEN',
            refuses: 'yes',
            shownBy: { file: 'src/rank.ts', line: 3 },
            file: 'src/app.ts',
            line: 7,
          },
        ],
        protections: ['authentication', 'authorization'],
        unknown: ['rate-limit'],
        effects: [
          { effect: 'create', target: 'Loan' },
          { effect: 'read', target: 'Loan' },
        ],
        public: null,
      },
      {
        id: 'server: websocket /live "lend"',
        program: 'server',
        change: 'added',
        kind: 'websocket',
        method: null,
        path: '/live',
        name: 'lend',
        framework: 'ws',
        file: 'src/live.ts',
        line: 9,
        handler: { file: 'src/loans.ts', line: 20, endLine: 31 },
        chain: [],
        protections: [],
        unknown: [],
        effects: [
          { effect: 'create', target: 'Loan' },
          { effect: 'read', target: 'Loan' },
        ],
        public: null,
      },
    ],
    findings: [
      {
        id: 'f-1',
        rule: 'missing-protection',
        level: 'error',
        confidence: 'high',
        status: 'new',
        blocking: true,
        missing: 'authentication',
        kind: 'websocket',
        method: null,
        path: '/live',
        name: 'lend',
        entryPoint: 'server: websocket /live "lend"',
        entryPointLocation: { file: 'src/live.ts', line: 9 },
        handler: { file: 'src/live.ts', line: 10, endLine: 20 },
        file: 'src/live.ts',
        line: 9,
        message: expect.any(String),
        remedy: expect.any(String),
        precedents: [
          { entryPoint: 'server: http POST /loans', file: 'src/app.ts', line: 7, establishedBy: '#12' },
        ],
        affects: [],
      },
    ],
    gaps: [{ reason: gap.reason, file: 'src/x.ts', line: 3, introduced: true }],
    notLookedAt: [{ what: 'Python', files: 3 }],
    policy: null,
    summary: { entryPoints: 2, new: 1, existing: 0, resolved: 0, waived: 0, gaps: 1 },
  });
});

test('a scan reports everything, without changes; unknown origins are null', () => {
  const report = toReport({
    mode: 'scan',
    model: model(),
    judgement: judgement({ affected: [] }),
    base: null,
    head: null,
  });
  expect(report.entryPoints.map((each) => [each.id, 'change' in each])).toEqual([
    ['server: http POST /loans', false],
    ['server: websocket /live "lend"', false],
  ]);
  expect(report.findings[0]!.precedents[0]!.establishedBy).toBeNull();
});

test('triggers in columns', () => {
  const columns = (trigger: Parameters<typeof entryPoint>[0]): unknown => {
    const { kind, method, path, name } = toReport({
      mode: 'scan',
      model: model({ entryPoints: [entryPoint(trigger)] }),
      judgement: judgement(),
      base: null,
      head: null,
    }).entryPoints[0]!;
    return [kind, method, path, name];
  };
  expect(columns({ trigger: { kind: 'sse', method: 'GET', path: null } })).toEqual([
    'sse',
    'GET',
    null,
    null,
  ]);
  expect(columns({ trigger: { kind: 'websocket', path: '/ws', name: null } })).toEqual([
    'websocket',
    null,
    '/ws',
    null,
  ]);
  expect(columns({ trigger: { kind: 'rpc', name: 'loan.create' } })).toEqual([
    'rpc',
    null,
    null,
    'loan.create',
  ]);
  const without = toReport({
    mode: 'scan',
    model: model(),
    judgement: judgement({
      findings: [finding({ trigger: null, entryPoint: null, entryPointPlace: null, handler: null })],
    }),
    base: null,
    head: null,
  });
  expect(without.findings[0]).toMatchObject({
    kind: null,
    method: null,
    path: null,
    name: null,
    entryPointLocation: null,
    handler: null,
  });
});

test('the order in which things were found does not show in the bytes', () => {
  const many = [
    finding(),
    finding({ id: 'f-2' }),
    finding({ id: 'f-0', place: { file: 'src/a.ts', line: 90 } }),
    finding({ id: 'f-3', place: { file: 'src/live.ts', line: 2 } }),
  ];
  const gaps = [gap, { ...gap, line: 1 }, { ...gap, reason: 'another' }];
  const points = [socket, entryPoint(), entryPoint({ id: 'server: http GET /a' })];
  const bytes = (turn: <T>(list: T[]) => T[]): string =>
    toJson(
      toReport({
        mode: 'scan',
        model: model({ entryPoints: turn(points) }),
        judgement: judgement({ findings: turn(many), gaps: turn(gaps) }),
        base: null,
        head: null,
      }),
    );
  expect(bytes((list) => [...list].reverse())).toBe(bytes((list) => [...list]));
  expect(JSON.parse(bytes((list) => [...list])).findings.map((each: { id: string }) => each.id)).toEqual([
    'f-0',
    'f-3',
    'f-1',
    'f-2',
  ]);
});

test('exit statuses', () => {
  const status = (overrides: Parameters<typeof judgement>[0]): number =>
    exitStatus(toReport({ mode: 'check', model: model(), judgement: judgement(overrides), ...compared }));
  expect(status({})).toBe(1);
  expect(status({ findings: [finding({ blocking: false })] })).toBe(0);
  expect(status({ findings: [] })).toBe(0);
  expect(status({ findings: [], status: 'partial' })).toBe(3);
  expect(status({ status: 'partial' })).toBe(1);
  expect(exitStatus(failedReport('broken'))).toBe(2);
});
