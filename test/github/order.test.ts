import { randomUUID } from 'node:crypto';
import type { StandInPullRequest, StandInRepository } from '../../app/demo/standin/repository.js';
import { pullRequestPayload } from '../../app/demo/standin/webhooks.js';
import type { Job, Moment } from '../../app/github/jobs.js';
import { standingOf } from '../../app/github/order.js';
import { SLOW, setUp, THOROUGH, until, type Setting } from './setting.js';

let setting: Setting;
afterEach(() => setting?.end(), SLOW);

const DELIVERIES = THOROUGH ? 500 : 100;
const REPOSITORIES = 2;
const PULL_REQUESTS = 3;
const UNGUARDED = 'GET /tools/live\n';
const GUARDED = 'GET /tools/live authentication\n';

interface Delivery {
  event: string;
  payload: object;
  guid: string;
}
const delivery = (event: string, payload: object): Delivery => ({ event, payload, guid: randomUUID() });
/** What a pull request looks like now; it goes on changing. */
const about = (repository: StandInRepository, opened: StandInPullRequest, action: string): Delivery =>
  delivery('pull_request', pullRequestPayload(repository, { ...opened }, action));
const send = ({ event, payload, guid }: Delivery): Promise<Response> =>
  setting.webhooks.send(event, payload, { guid });

test(
  `${DELIVERIES} deliveries, each of them twice and in no order, end in the verdict on the newest head`,
  async () => {
    setting = await setUp();
    const { github, app, logged } = setting;
    const deliveries: Delivery[] = [];
    const changes: { repository: StandInRepository; opened: StandInPullRequest; conclusion: string }[] = [];
    await Promise.all(
      Array.from({ length: REPOSITORIES }, async (_, at) => {
        const repository = await github.createRepository('library', `branch-${at}`);
        // Of their own, or their commits would be the same ones where they are made within one second.
        const begun = { 'api.routes': 'GET /tools authentication\n', name: repository.name };
        await repository.commit('refs/heads/main', begun, 'Begin');
        for (let number = 1; number <= PULL_REQUESTS; number += 1) {
          const [first, last] = number % 2 === 0 ? [UNGUARDED, GUARDED] : [GUARDED, UNGUARDED];
          const opened = await repository.openPullRequest({
            title: 'Live',
            files: { 'live.routes': first },
          });
          deliveries.push(about(repository, opened, 'opened'));
          await repository.push(opened, { 'live.routes': '??? not yet\n' }, 'Try');
          deliveries.push(about(repository, opened, 'synchronize'));
          await repository.push(opened, { 'live.routes': last }, 'Think again');
          deliveries.push(about(repository, opened, 'synchronize'));
          changes.push({ repository, opened, conclusion: last === GUARDED ? 'success' : 'failure' });
        }
      }),
    );
    const others = ['labeled', 'unlabeled', 'assigned', 'review_requested', 'locked', 'unlocked'];
    for (let at = 0; deliveries.length < DELIVERIES; at += 1) {
      const { repository, opened } = changes[at % changes.length]!;
      deliveries.push(about(repository, opened, others[at % others.length]!));
    }
    const queue = shuffled([...deliveries, ...deliveries], 7);
    const statuses = new Set<number>();
    const senders = Array.from({ length: 8 }, async () => {
      for (let next = queue.pop(); next; next = queue.pop()) statuses.add((await send(next)).status);
    });
    await Promise.all(senders);
    expect([...statuses]).toEqual([200]);
    await app.idle();
    for (const { repository, opened, conclusion } of changes) {
      const runs = github.checksOf(opened.headSha).filter((run) => run.repositoryId === repository.id);
      expect(runs.map((run) => [repository.name, opened.number, run.conclusion])).toEqual([
        [repository.name, opened.number, conclusion],
      ]);
      const open = github.reviews
        .filter(
          ({ repositoryId, pullRequest }) => repositoryId === repository.id && pullRequest === opened.number,
        )
        .flatMap(({ comments }) => comments)
        .filter(({ body }) => !body.includes('Fixed in') && !body.includes('could not be followed'));
      expect(open).toHaveLength(conclusion === 'failure' ? 1 : 0);
    }
    expect(github.checkRuns.filter(({ status }) => status !== 'completed')).toEqual([]);
    expect(app.store.deliveries.unfinished()).toEqual([]);
    expect(logged()).not.toMatch(/"level":[56]0/);
  },
  2 * SLOW,
);

test(
  'a push that is told of after the one that followed it changes nothing',
  async () => {
    setting = await setUp();
    const { github, repository, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: { 'live.routes': UNGUARDED } });
    const first = about(repository, opened, 'opened');
    await repository.push(opened, { 'live.routes': '??? not yet\n' }, 'Try');
    const second = about(repository, opened, 'synchronize');
    const older = opened.headSha;
    await repository.push(opened, { 'live.routes': GUARDED }, 'Ask who it is');
    // GitHub counts in seconds.
    opened.updatedAt = (second.payload as { pull_request: { updated_at: string } }).pull_request.updated_at;
    const third = about(repository, opened, 'synchronize');
    const release = github.holdGit();
    await send(third);
    await until('the check run', () => github.checksOf(opened.headSha).length === 1);
    await send(second);
    await send(first);
    release();
    await app.idle();
    expect(github.checksOf(opened.headSha).map(({ history }) => history)).toEqual([
      ['in_progress', 'success'],
    ]);
    expect(github.checksOf(older)).toEqual([]);
    expect(github.reviews).toEqual([]);
    expect(app.store.pullRequests.head(repository.id, 1)).toMatchObject({ headSha: opened.headSha });
  },
  SLOW,
);

test.each([['the newest'], ['an older one']])(
  'of pushes within one second that do not follow each other, GitHub is asked whether it is %s',
  async (which) => {
    setting = await setUp();
    const { github, repository, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: { 'live.routes': UNGUARDED } });
    const [at, older] = [opened.updatedAt, opened.headSha];
    const first = about(repository, opened, 'opened');
    await repository.push(opened, { 'live.routes': '??? not yet\n' }, 'Try');
    await repository.push(opened, { 'live.routes': GUARDED }, 'Ask who it is');
    opened.updatedAt = at;
    const last = about(repository, opened, 'synchronize');
    github.fail({ times: 2, status: 502, matches: /GET .*\/pulls\/1$/ });
    for (const each of which === 'the newest' ? [first, last] : [last, first]) await send(each);
    await until('the verdict', () => github.checksOf(opened.headSha)[0]?.status === 'completed');
    await until('the end', () => app.store.deliveries.unfinished().length === 0);
    await app.idle();
    expect(github.checksOf(opened.headSha).map(({ conclusion }) => conclusion)).toEqual(['success']);
    expect(github.checksOf(older).every(({ status }) => status === 'completed')).toBe(true);
    expect(github.requests.some(({ path }) => path.endsWith('/pulls/1'))).toBe(true);
  },
  SLOW,
);

test.each([false, true])(
  'a head that a forced push replaced is let go of, and the one in its place is judged (from a fork: %s)',
  async (fork) => {
    setting = await setUp();
    const { github, repository, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: { 'a.routes': GUARDED }, fork });
    const [gone, first] = [opened.headSha, about(repository, opened, 'opened')];
    await repository.push(opened, { 'a.routes': UNGUARDED }, 'Differently', { forced: true });
    await send(first);
    await app.idle();
    expect(github.checksOf(gone).map(({ conclusion }) => conclusion)).toEqual(['cancelled']);
    await send(about(repository, opened, 'synchronize'));
    await app.idle();
    expect(github.checksOf(opened.headSha).map(({ conclusion }) => conclusion)).toEqual(['failure']);
    expect(github.checksOf(gone).map(({ conclusion }) => conclusion)).toEqual(['cancelled']);
    expect(github.reviews.map(({ commit }) => commit)).toEqual([opened.headSha]);
  },
  SLOW,
);

describe('where a delivery belongs', () => {
  const [early, late] = ['2026-03-01T10:00:00Z', '2026-03-01T10:00:01Z'];
  const judge = (headSha: string, moment?: Moment): Job => ({
    kind: 'judge',
    number: 1,
    headSha,
    baseRef: 'main',
    ...(moment ? { moment } : {}),
  });
  const close = (at: string): Job => ({ kind: 'close', number: 1, mergeSha: null, moment: { at } });
  test.each<[string, Job, Job[]]>([
    ['newest', judge('a', { at: early }), []],
    ['newest', judge('b', { at: late }), [judge('a', { at: early })]],
    ['late', judge('a', { at: early }), [judge('b', { at: late })]],
    ['newest', judge('b', { at: early, before: 'a' }), [judge('a', { at: early })]],
    ['late', judge('a', { at: early }), [judge('b', { at: early, before: 'a' })]],
    ['unclear', judge('a', { at: early }), [judge('c', { at: early, before: 'b' })]],
    // Forced back to where it was: each follows the other.
    [
      'unclear',
      judge('a', { at: early, before: 'b' }),
      [judge('b', { at: early, before: 'a' }), judge('a', { at: early })],
    ],
    ['newest', judge('a', { at: early }), [judge('a', { at: early })]],
    ['newest', judge('a'), [judge('b', { at: late })]],
    ['late', judge('a', { at: early }), [close(late)]],
    ['unclear', judge('a', { at: early }), [close(early)]],
    ['late', close(early), [judge('a', { at: late })]],
    ['newest', close(late), [judge('a', { at: late })]],
  ])('%s: %#', (standing, arriving, received) => {
    expect(standingOf(arriving, received)).toBe(standing);
  });
});

/** In an order that follows from a seed. */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  let state = seed;
  const next = (): number => (state = (state * 48_271) % 2_147_483_647);
  return list
    .map((item) => ({ item, rank: next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
