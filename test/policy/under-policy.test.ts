import type { Finding } from '../../analysis/divergences/finding.js';
import type { EntryPoint, Model } from '../../analysis/model/model.js';
import { asDeclared } from '../../analysis/policy/as-declared.js';
import { decisionsOf, withDecisions } from '../../analysis/policy/decisions.js';
import type { Author } from '../../analysis/policy/outcome.js';
import { requirementFindings, requirementGaps } from '../../analysis/policy/requirements.js';
import { underPolicy } from '../../analysis/policy/under-policy.js';
import { readPolicyFile } from '../../analysis/policy-file/read.js';
import { entryPoint, finding, judgement, model } from '../report/example.js';

const policyOf = (text: string) => readPolicyFile(text, '.github/postern.yml');
const bare = (id: string, overrides: Partial<EntryPoint> = {}): EntryPoint =>
  entryPoint({ id, chain: [], protections: [], unknown: [], effects: [], ...overrides });
const http = (method: string, path: string | null, overrides: Partial<EntryPoint> = {}): EntryPoint =>
  bare(`server: http ${method} ${path}`, { trigger: { kind: 'http', method, path }, ...overrides });

function under(
  text: string,
  findings: Finding[],
  options: { today?: string; author?: Author; base?: Model; head?: Model; gaps?: boolean } = {},
) {
  const { today = '2027-01-15', author = 'unknown', base = model(), head = model(), gaps } = options;
  const gap = { reason: 'x', file: 'x.ts', line: 1, affects: [], introduced: true };
  return underPolicy(judgement({ findings, gaps: gaps ? [gap] : [] }), policyOf(text), {
    base,
    head,
    today,
    author,
  });
}
const blocks = (...args: Parameters<typeof under>) => under(...args).findings.some((f) => f.blocking);

test('without a policy a judgement stays what it is', () => {
  const { policy, ...rest } = under('', [finding()]);
  expect(rest).toEqual(judgement());
  expect(policy).toMatchObject({ notes: [], mistakes: [], spared: null });
});

test.each<[string, Author, boolean]>([
  ['block: everyone', 'person', true],
  ['block: agents', 'agent', true],
  ['block: agents', 'unknown', true],
  ['block: agents', 'person', false],
  ['block: nobody', 'agent', false],
  ['shadow: true', 'agent', false],
  ['shadow: false', 'agent', true],
  ['shadow: 2027-01-15', 'agent', false],
  ['shadow: 2027-01-14', 'agent', true],
])('%s, written by %s: blocks %s, and so does what could not be followed', (text, author, expected) => {
  expect(blocks(text, [finding()], { author })).toBe(expected);
  const incomplete = under(`${text}\nonIncomplete: block`, [finding()], { author, gaps: true });
  expect(incomplete.policy).toMatchObject({ blocksIncomplete: expected });
  expect(incomplete.policy!.spared?.findings ?? []).toEqual(expected ? [] : ['f-1']);
});

test('a gap that was there before, or that the policy says nothing of, stops nobody', () => {
  expect(under('onIncomplete: neutral', [], { gaps: true }).policy!.blocksIncomplete).toBe(false);
  expect(under('onIncomplete: block', []).policy!.blocksIncomplete).toBe(false);
});

test('a level is that of the rule, up and down; what rests on little is never raised', () => {
  const level = (text: string, f: Finding) =>
    under(`levels: { missing-protection: ${text} }`, [f]).findings[0];
  expect(level('warning', finding())).toMatchObject({ level: 'warning', blocking: false });
  expect(level('error', finding({ level: 'warning', blocking: false }))).toMatchObject({
    level: 'error',
    blocking: true,
  });
  const unsure = finding({ level: 'note', confidence: 'low', blocking: false });
  expect(level('error', unsure)).toMatchObject({ level: 'note', blocking: false });
  expect(level('off', unsure)).toBeUndefined();
  expect(level('error', finding({ status: 'existing' }))).toMatchObject({ blocking: false });
});

test('an open door takes itself out of a finding about several', () => {
  const ids = ['a', 'b', 'c'].map((name) => http('GET', `/${name}`));
  const head = model({ entryPoints: ids });
  const text = 'public: [{ path: [/a, /b], reason: x }]';
  const about = (f: Partial<Finding>) =>
    under(text, [finding({ rule: 'guard-removed', entryPoint: ids[0]!.id, ...f })], { head }).findings;
  expect(about({ affects: [ids[1]!.id] })).toEqual([]);
  expect(about({ affects: [ids[1]!.id, ids[2]!.id] })).toMatchObject([
    { affects: [ids[2]!.id], blocking: true },
  ]);
  expect(about({ missing: 'rate-limit' })).toHaveLength(1);
  expect(about({ entryPoint: null, affects: [ids[1]!.id] })).toEqual([]);
  expect(about({ entryPoint: null, affects: [] })).toHaveLength(1);
});

describe('waivers', () => {
  const waiver = (more: string) => `waivers:\n  - { who: Ada, why: on purpose, ${more} }\n`;

  test.each([
    ['finding: f-1', true],
    ['finding: f-2', false],
    ['rule: missing-protection, entryPoint: \'server: websocket /live "lend"\'', true],
    [
      'rule: missing-protection, entryPoint: \'server: websocket /live "lend"\', missing: authorization',
      false,
    ],
    ['rule: guard-removed, entryPoint: \'server: websocket /live "lend"\'', false],
    ['finding: f-1, until: 2027-01-15', true],
    ['finding: f-1, until: 2027-01-14', false],
  ])('%s: %s', (more, holds) => {
    const effects = "effects: ['Loan: create', 'Loan: read']";
    const { findings, policy } = under(waiver(`${more}, ${effects}`), [finding()]);
    expect(findings[0]!.status).toBe(holds ? 'waived' : 'new');
    expect(findings[0]!.blocking).toBe(!holds);
    expect(policy!.notes).toHaveLength(holds ? 0 : 1);
  });

  test('one that does not say what the entry point did covers nothing that it does', () => {
    const { findings, policy } = under(waiver('finding: f-1'), [finding()]);
    expect(findings[0]!.status).toBe('new');
    expect(policy!.notes[0]!.text).toContain('`Loan: create`, `Loan: read`');
    const [harmless] = under(waiver('finding: f-1'), [finding({ entryPoint: null })]).findings;
    expect(harmless!.status).toBe('waived');
  });

  test('what only serves a check may be added; what all of a finding is about counts', () => {
    const effect = { ...entryPoint().effects[0]!, target: 'Person', check: true };
    const [a, b] = [bare('a', { effects: [effect] }), bare('b', { effects: [{ ...effect, check: false }] })];
    const head = model({ entryPoints: [a, b] });
    const text = waiver('finding: f-1');
    const status = (f: Partial<Finding>) => under(text, [finding(f)], { head }).findings[0]!.status;
    expect(status({ entryPoint: 'a' })).toBe('waived');
    expect(status({ entryPoint: 'a', affects: ['b'] })).toBe('new');
  });

  test('a change is asked about what it adds to something waived, and about nothing older', () => {
    const effect = entryPoint().effects[0]!;
    const [less, more] = [[effect], [effect, { ...effect, operation: 'delete' }]];
    const of = (effects: EntryPoint['effects']) => model({ entryPoints: [bare('x', { effects })] });
    const text = waiver("finding: f-1, effects: ['Loan: create']");
    const status = (base: Model, head: Model, touched = true) => {
      const affected = touched ? [{ change: 'changed' as const, entryPoint: head.entryPoints[0]! }] : [];
      const found = judgement({ affected, findings: [finding({ entryPoint: 'x', status: 'existing' })] });
      const circumstances = { base, head, today: '2027-01-15', author: 'unknown' as const };
      return underPolicy(found, policyOf(text), circumstances).findings[0]!.status;
    };
    expect(status(of(less), of(less))).toBe('waived');
    expect(status(of(less), of(more))).toBe('new');
    expect(status(of(more), of(more))).toBe('existing');
    expect(status(of(less), of(more), false)).toBe('existing');
  });
});

describe('requirements', () => {
  const lacking = (text: string, ...entryPoints: EntryPoint[]) =>
    requirementFindings(policyOf(text), model({ entryPoints: [] }), model({ entryPoints })).map(
      (f) => f.entryPoint,
    );
  const authentication = (more: string) => `require: [{ protection: authentication, ${more} }]`;

  test.each([
    [
      'path: /admin/**',
      [http('GET', '/admin'), http('GET', '/admin/a/:id')],
      [http('GET', '/administrators')],
    ],
    ['path: [/a, /b]', [http('GET', '/b')], [http('GET', '/c')]],
    [
      'path: /a/*, method: post',
      [http('POST', '/a/b'), http('ALL', '/a/b')],
      [http('GET', '/a/b'), http('POST', '/a/b/c')],
    ],
    [
      'kind: websocket',
      [bare('w', { trigger: { kind: 'websocket', path: '/w', name: null } })],
      [http('GET', '/w')],
    ],
    [
      "name: 'user.*'",
      [bare('r', { trigger: { kind: 'rpc', name: 'user.drop' } })],
      [http('GET', '/user.x')],
    ],
    [
      "program: '@acme/*'",
      [http('GET', '/a', { program: '@acme/web' })],
      [http('GET', '/a', { program: 'web' })],
    ],
    ["entryPoint: 'server: http GET /a'", [http('GET', '/a')], [http('GET', '/b')]],
  ])('%s', (more, meant, not) => {
    expect(lacking(authentication(more), ...meant, ...not)).toEqual(meant.map((e) => e.id));
  });

  test('what nobody calls is only meant where its kind is named', () => {
    const job = bare('j', { trigger: { kind: 'job', name: 'nightly' } });
    expect(lacking('require: [{ protection: authentication }]', job, http('GET', '/a'))).toHaveLength(1);
    expect(lacking(authentication('kind: job'), job)).toEqual(['j']);
  });

  test('a connection says for its messages that nobody is asked who they are', () => {
    const on = (name: string | null) =>
      bare(`ws ${name}`, { trigger: { kind: 'websocket', path: '/live', name } });
    expect(lacking(authentication('path: /live'), on(null), on('join'))).toEqual(['ws null']);
    expect(lacking(authentication('path: /live'), on('join'))).toEqual(['ws join']);
    expect(lacking('require: [{ protection: csrf, path: /live }]', on(null), on('join'))).toHaveLength(2);
  });

  test('there is nothing to say where it is there, assumed, or open on purpose', () => {
    const text = `${authentication('path: /**')}
assume: [{ protection: authentication, path: /internal/**, by: the gateway }]
public: [{ path: /health, reason: asked by the load balancer }]`;
    const policy = policyOf(text);
    const guarded = http('GET', '/a', { protections: ['authentication'] });
    const found = [guarded, http('GET', '/internal/a'), http('GET', '/health'), http('POST', '/b')];
    const head = asDeclared(model({ entryPoints: found }), policy, []);
    expect(requirementFindings(policy, model({ entryPoints: [] }), head).map((f) => f.entryPoint)).toEqual([
      'server: http POST /b',
    ]);
  });

  test('of what answers every method, one that is opened opens nothing', () => {
    const policy = policyOf('public: [{ path: /a, method: GET, reason: x }]');
    const head = model({ entryPoints: [http('ALL', '/a'), http('GET', '/a')] });
    expect(asDeclared(head, policy, []).entryPoints.map((e) => e.public !== null)).toEqual([false, true]);
  });

  test('where nobody knows, that is a gap of the change, and no finding', () => {
    const policy = policyOf(authentication('path: /admin/**'));
    const opaque = http('GET', '/admin/a', { unknown: ['authentication'] });
    const somewhere = http('GET', '/a', { unmounted: true });
    const nowhere = http('GET', null, { unmounted: true });
    expect(lacking(authentication('path: /admin/**'), opaque, somewhere, nowhere)).toEqual([]);
    expect(
      requirementGaps(policy, [opaque, somewhere, nowhere, http('GET', '/b')]).map((g) => g.affects),
    ).toEqual([[opaque.id], [somewhere.id], [nowhere.id]]);
  });

  test('an effect is covered by what was passed before it; what is one’s own needs no owner', () => {
    const effect = { ...entryPoint().effects[0]!, operation: 'update', target: 'Loan' };
    const text = 'require: [{ protection: ownership, entity: Lo*, effect: write }]';
    const of = (overrides: Partial<typeof effect>) =>
      http('PUT', '/a', { effects: [{ ...effect, ...overrides }] });
    expect(lacking(text, of({}))).toHaveLength(1);
    expect(lacking(text, of({ protections: ['ownership'] }))).toEqual([]);
    expect(lacking(text, of({ own: true }))).toEqual([]);
    expect(lacking(text, of({ check: true }))).toEqual([]);
    expect(lacking(text, of({ target: 'Person' }))).toEqual([]);
    expect(lacking(text, of({ operation: 'read', class: 'read' }))).toEqual([]);
  });

  test('it names what requires it, and why', () => {
    const policy = policyOf('require:\n  - protection: csrf\n    path: /a\n    reason: forms.\n');
    const [f] = requirementFindings(policy, null, model({ entryPoints: [http('POST', '/a')] }));
    expect(f).toMatchObject({
      status: 'existing',
      blocking: false,
      message: 'POST /a is reached without csrf, which .github/postern.yml:2 requires of path `/a`: forms.',
      remedy: 'Require csrf before it.',
    });
  });
});

describe('what people have decided beside the file', () => {
  const does = (...operations: string[]) =>
    operations.map((operation) => ({
      ...entryPoint().effects[0]!,
      target: 'Loan',
      operation,
      check: false,
    })) as EntryPoint['effects'];
  const decided = decisionsOf({
    waivers: [{ finding: 'f-1', who: '@ada', why: 'intended', effects: ['Loan: list'] }],
    public: [{ entryPoint: 'server: http GET /open', reason: 'a list', effects: ['Loan: list'] }],
  });
  const judged = (effects: EntryPoint['effects']) => {
    const e = http('GET', '/open', { effects });
    const policy = withDecisions(policyOf(''), decided);
    const head = model({ entryPoints: [e] });
    const f = finding({ entryPoint: e.id, affects: [], missing: 'rate-limit' });
    return {
      outcome: underPolicy(judgement({ findings: [f] }), policy, {
        base: null,
        head,
        today: '2027-01-15',
        author: 'unknown',
      }),
      declared: asDeclared(head, policy, []).entryPoints[0]!,
    };
  };

  test('counts as if it stood there, and lapses with what is done more', () => {
    const same = judged(does('list'));
    expect(same.outcome.findings[0]).toMatchObject({ status: 'waived', waiver: { who: '@ada', file: '' } });
    expect(same.declared.public).toBe('a list');
    const more = judged(does('list', 'delete'));
    expect(more.outcome.findings[0]!.status).toBe('new');
    expect(more.outcome.policy!.notes).toEqual([expect.objectContaining({ kind: 'waiver-lapsed' })]);
    expect(more.declared.public).toBeNull();
  });

  test('a change that has an open entry point do more is told so', () => {
    const e = http('GET', '/open', { effects: does('list', 'delete') });
    const before = judgement({ findings: [], affected: [{ change: 'changed', entryPoint: e }] });
    const { policy } = underPolicy(before, withDecisions(policyOf(''), decided), {
      base: model(),
      head: model({ entryPoints: [e] }),
      today: '2027-01-15',
      author: 'unknown',
    });
    expect(policy!.notes.map(({ text }) => text)).toEqual([
      'that `server: http GET /open` is open (“a list”) does not cover `Loan: delete`, which it does too; say it again if that is intended',
    ]);
  });

  test('is not there to be tidied up', () => {
    const unused = underPolicy(judgement({ findings: [] }), withDecisions(policyOf(''), decided), {
      base: model(),
      head: model(),
      today: '2027-01-15',
      author: 'unknown',
    });
    expect(unused.policy!.notes).toEqual([]);
  });
});
