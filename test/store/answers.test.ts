import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewAnswer } from '../../store/answers.js';
import { openStore, type Store } from '../../store/store.js';
import { finding } from '../report/example.js';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-answers-'));
  store = openStore(join(folder, 'postern.sqlite'));
  const record = { installationId: 1, owner: 'library', defaultBranch: 'main', nodeId: 'R' };
  for (const id of [7, 8]) store.repositories.save({ ...record, id, name: `tools-${id}` });
  for (const number of [1, 2]) store.pullRequests.open(7, number, `head-${number}`, 'main');
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const given = (more: Partial<NewAnswer> = {}): NewAnswer => ({
  repositoryId: 7,
  pullRequest: 1,
  kind: 'accept',
  subject: 'f-1',
  rule: 'missing-protection',
  who: 'bo',
  whoId: 2,
  why: 'intended',
  effects: ['Loan: list'],
  headSha: 'head-1',
  givenAt: '2027-01-31T12:00:00Z',
  source: 'conversation 1',
  ...more,
});
const subjects = (numbers: number[] = [], repository = 7): string[] =>
  store.answers.inForce(repository, numbers).map(({ subject }) => subject);

test('an answer counts where it was given, and everywhere after the merge, but for what was gone by then', () => {
  store.findings.record(7, 1, 'head-0', [finding({ id: 'f-1' }), finding({ id: 'f-2' })]);
  expect(store.answers.give(given())).toBe(true);
  expect(store.answers.give(given({ why: 'once more' }))).toBe(false);
  store.answers.give(given({ subject: 'f-2' }));
  expect(subjects([1])).toEqual(['f-1', 'f-2']);
  expect(subjects([2])).toEqual([]);
  store.findings.record(7, 1, 'head-1', [finding({ id: 'f-1', status: 'waived' })]);
  store.answers.carry(7, 1);
  expect(subjects()).toEqual(['f-1']);
  expect(subjects([], 8)).toEqual([]);
});

test('what is revoked stays on record, with who did it', () => {
  store.answers.give(given());
  const { id } = store.answers.inForce(7, [1])[0]!;
  expect(store.answers.revoke(8, [id], 'eve', 'now')).toBe(0);
  expect(store.answers.revoke(7, [id], 'eve', 'now')).toBe(1);
  expect(store.answers.revoke(7, [id], 'bo', 'later')).toBe(0);
  // The comment that gave it does not give it again.
  expect(store.answers.give(given())).toBe(false);
  expect(subjects([1])).toEqual([]);
  expect(store.answers.all(7)).toEqual([expect.objectContaining({ revokedBy: 'eve', revokedAt: 'now' })]);
});

test('what became of new findings is counted by rule, once', () => {
  const of = (id: string, status: 'new' | 'waived' | 'existing', rule: 'opt-out' | 'dead-guard') =>
    finding({ id, status, rule });
  store.findings.record(7, 1, 'head-0', [
    of('fixed', 'new', 'opt-out'),
    of('accepted', 'new', 'opt-out'),
    of('ignored', 'new', 'dead-guard'),
    of('old', 'existing', 'dead-guard'),
    of('waived by the policy', 'waived', 'opt-out'),
  ]);
  store.findings.record(7, 1, 'head-1', [
    of('accepted', 'waived', 'opt-out'),
    of('ignored', 'new', 'dead-guard'),
    of('old', 'existing', 'dead-guard'),
    of('waived by the policy', 'waived', 'opt-out'),
  ]);
  store.outcomes.settle(7, 1);
  store.outcomes.settle(7, 1);
  const expected = [
    { rule: 'dead-guard', fixed: 0, accepted: 0, ignored: 1 },
    { rule: 'opt-out', fixed: 1, accepted: 1, ignored: 0 },
  ];
  expect(store.outcomes.perRule(7)).toEqual(expected);
  expect(store.outcomes.perRule(null)).toEqual(expected);
  expect(store.outcomes.perRule(8)).toEqual([]);
});

test('a repository takes everything along', () => {
  store.answers.give(given());
  store.findings.record(7, 1, 'head-0', [finding()]);
  store.outcomes.settle(7, 1);
  store.repositories.remove(7);
  expect([store.answers.all(7), store.outcomes.perRule(7), store.findings.of(7, 1)]).toEqual([[], [], []]);
  expect(store.repositories.ofInstallation(1).map(({ id }) => id)).toEqual([8]);
});
