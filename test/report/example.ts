import type { Finding } from '../../analysis/divergences/finding.js';
import type { Judgement } from '../../analysis/judge.js';
import type { EntryPoint, Model } from '../../analysis/model/model.js';

export function entryPoint(overrides: Partial<EntryPoint> = {}): EntryPoint {
  return {
    id: 'server: http POST /loans',
    program: 'server',
    trigger: { kind: 'http', method: 'POST', path: '/loans' },
    framework: 'express',
    registration: { file: 'src/loans.ts', line: 12 },
    handler: { file: 'src/loans.ts', line: 20, endLine: 31, name: 'lend' },
    chain: [
      {
        name: 'requireRole',
        protections: ['authorization', 'authentication'],
        arguments: ['LENDER'],
        unless: 'process.env.OPEN',
        position: 'applied',
        place: { file: 'src/app.ts', line: 7 },
        definition: null,
        refuses: { known: 'yes', place: { file: 'src/rank.ts', line: 3 } },
      },
    ],
    protections: ['authorization', 'authentication'],
    unknown: ['rate-limit'],
    effects: ['create', 'read', 'create'].map((operation) => ({
      operation,
      class: operation === 'read' ? ('read' as const) : ('write' as const),
      target: 'Loan',
      place: { file: 'src/loans.ts', line: 25 },
      protections: [],
      authorization: [],
      own: false,
      global: false,
      nested: false,
      check: false,
      subjects: [],
    })),
    public: null,
    unmounted: false,
    ...overrides,
  };
}

export const socket = entryPoint({
  id: 'server: websocket /live "lend"',
  trigger: { kind: 'websocket', path: '/live', name: 'lend' },
  framework: 'ws',
  registration: { file: 'src/live.ts', line: 9 },
  chain: [],
  protections: [],
  unknown: [],
});

export function finding(overrides: Partial<Finding> = {}): Finding {
  return {
    id: 'f-1',
    rule: 'missing-protection',
    level: 'error',
    confidence: 'high',
    status: 'new',
    blocking: true,
    missing: 'authentication',
    entryPoint: socket.id,
    trigger: socket.trigger,
    entryPointPlace: socket.registration,
    handler: { file: 'src/live.ts', line: 10, endLine: 20 },
    place: { file: 'src/live.ts', line: 9 },
    message: '4 of 4 entry points that create Loan require `requireRole`; this one does not.',
    remedy: 'Put `requireRole` in front of it.',
    precedents: [
      { entryPoint: 'server: http POST /loans', guard: 'requireRole', file: 'src/app.ts', line: 7 },
    ],
    affects: [],
    ...overrides,
  };
}

export function model(overrides: Partial<Model> = {}): Model {
  return {
    extractor: '1',
    tree: 'c'.repeat(40),
    entryPoints: [socket, entryPoint()],
    guards: [],
    gaps: [],
    notLookedAt: [{ what: 'Python', files: 3 }],
    ...overrides,
  };
}

export function judgement(overrides: Partial<Judgement> = {}): Judgement {
  return {
    status: 'complete',
    affected: [{ change: 'added', entryPoint: socket }],
    findings: [finding()],
    gaps: [],
    ...overrides,
  };
}
