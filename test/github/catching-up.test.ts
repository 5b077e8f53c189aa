import type { StandInPullRequest } from '../../app/demo/standin/repository.js';
import { Reconsideration } from '../../app/github/reconsideration.js';
import type { Rejudging } from '../../app/github/rejudge.js';
import type { Store } from '../../store/store.js';
import { missedOf } from '../../app/github/missed-deliveries.js';
import { SLOW, setUp, until, type Setting } from './setting.js';

let setting: Setting;
afterEach(() => setting?.end());

const POLICY = '.github/postern.yml';
const UNGUARDED = { 'live.routes': 'GET /tools/live\n' };

async function open(files: Record<string, string>): Promise<StandInPullRequest> {
  const opened = await setting.repository.openPullRequest({ title: 'Live list', files });
  await setting.app.idle();
  return opened;
}
const checksOf = ({ headSha }: StandInPullRequest): (string | null)[] =>
  setting.github.checksOf(headSha).map(({ conclusion }) => conclusion);
const judged = (what: string, pullRequest: StandInPullRequest, expected: (string | null)[]): Promise<void> =>
  until(what, () => checksOf(pullRequest).join() === expected.join());

test(
  'open pull requests are judged again when their base says otherwise about what concerns them',
  async () => {
    setting = await setUp({ reconsiderMs: 1 });
    setting.listen();
    const { repository, app } = setting;
    const diverging = await open(UNGUARDED);
    const other = await open({ 'read.me': 'nothing that answers anybody\n' });
    expect(checksOf(diverging)).toEqual(['failure']);
    // What they are held against goes.
    await repository.commit('refs/heads/main', { 'api.routes': 'GET /tools\n' }, 'Open');
    await judged('the next judgement', diverging, ['failure', 'success']);
    await app.idle();

    await repository.commit('refs/heads/main', { 'docs.md': 'Nothing at all\n' }, 'Say nothing');
    await repository.commit(
      'refs/heads/main',
      { [POLICY]: 'require:\n  - protection: csrf\n    path: /tools/live\n' },
      'Require',
    );
    await judged('the one under the new policy', diverging, ['failure', 'success', 'failure']);
    await app.idle();
    expect(checksOf(other)).toHaveLength(1);
  },
  SLOW,
);

test(
  'what was marked when the process ended is judged by the next one',
  async () => {
    setting = await setUp();
    setting.listen();
    const { repository, app } = setting;
    const diverging = await open(UNGUARDED);
    await repository.commit('refs/heads/main', { 'api.routes': 'GET /tools\n' }, 'Open');
    await app.idle();
    expect(checksOf(diverging)).toEqual(['failure']);
    expect(app.store.pullRequests.withReconsidered()).toEqual([repository.id]);
    await setting.restart({ reconsiderMs: 1 });
    await judged('the next judgement', diverging, ['failure', 'success']);
    await setting.app.idle();
    expect(setting.app.store.pullRequests.withReconsidered()).toEqual([]);
  },
  SLOW,
);

test(
  'what GitHub could not deliver is asked for again at the next start, and worked once',
  async () => {
    setting = await setUp({ missedEveryMs: 3_600_000 });
    setting.listen();
    const { github, repository } = setting;
    const seen = await open({ 'a.routes': 'GET /a authentication\n' });
    await setting.app.close();
    const { headSha } = seen;
    const unseen = await repository.openPullRequest({ title: 'While nobody listens', files: UNGUARDED });
    await setting.restart();
    setting.listen();
    await until('the redelivery', () => github.checksOf(unseen.headSha).at(-1)?.status === 'completed');
    await setting.app.idle();
    expect(checksOf(unseen)).toEqual(['failure']);
    expect(github.checksOf(headSha)).toHaveLength(1);
    const asked = (): number =>
      github.requests.filter(({ path }) => /hook\/deliveries\/\d+\/attempts/.test(path)).length;
    const before = asked();
    expect(before).toBeGreaterThan(0);
    await setting.restart();
    await until(
      'the second look',
      () => github.requests.filter(({ path }) => path === '/app/hook/deliveries').length === 3,
    );
    expect(asked()).toBe(before);
  },
  SLOW,
);

test(
  'while it runs it looks again, once in a while',
  async () => {
    setting = await setUp({ missedEveryMs: 300 });
    setting.listen();
    const { github, repository } = setting;
    github.tell('http://127.0.0.1:9', 'nowhere');
    const unseen = await repository.openPullRequest({ title: 'Into the void', files: UNGUARDED });
    expect(checksOf(unseen)).toEqual([]);
    setting.listen();
    await until('the redelivery', () => github.checksOf(unseen.headSha).at(-1)?.status === 'completed');
    await setting.app.idle();
    expect(checksOf(unseen)).toEqual(['failure']);
  },
  SLOW,
);

test('many moves of a base are one; of very many pull requests some wait, and all get their turn', () => {
  const { jest } = import.meta;
  jest.useFakeTimers();
  try {
    const left = new Set(Array.from({ length: 45 }, (_, at) => at));
    const begun: number[] = [];
    const store = {
      baseModels: { position: () => ({ commit: 'tip' }) },
      pullRequests: { toReconsider: (_: number, most: number) => [...left].slice(0, most) },
    } as unknown as Store;
    const rejudging = {
      again: (_: number, number: number) => {
        left.delete(number);
        begun.push(number);
      },
    } as unknown as Rejudging;
    const reconsideration = new Reconsideration(store, rejudging, 1000);
    for (let move = 0; move < 5; move++) {
      reconsideration.after(1);
      jest.advanceTimersByTime(900);
    }
    expect(begun).toEqual([]);
    jest.advanceTimersByTime(100);
    expect(begun).toHaveLength(20);
    jest.advanceTimersByTime(2000);
    expect(begun).toHaveLength(45);
    // A base that never rests is waited for no longer than ten pauses.
    left.add(99);
    for (let move = 0; move < 15; move++) {
      reconsideration.after(1);
      jest.advanceTimersByTime(900);
    }
    expect(begun).toHaveLength(46);
    reconsideration.stop();
  } finally {
    jest.useRealTimers();
  }
});

test('missed is what no attempt has brought, of what is handled, and not for ever', () => {
  const at = '2027-01-31T12:00:00Z';
  let id = 100;
  const sent = (guid: string, status_code: number, event = 'push') => ({
    id: id--,
    guid,
    delivered_at: at,
    status_code,
    event,
  });
  const all = [
    sent('b', 0),
    sent('a', 200),
    sent('c', 500),
    sent('a', 502),
    sent('star', 0, 'star'),
    sent('c', 500),
    sent('c', 500),
    sent('first', 504, 'pull_request'),
  ];
  expect(missedOf(all).map(({ guid }) => guid)).toEqual(['first', 'b']);
});
