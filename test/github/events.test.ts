import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MAINTAINER } from '../../app/demo/standin/emulated.js';
import type { StandInPullRequest, StandInRepository } from '../../app/demo/standin/repository.js';
import { pullRequestPayload } from '../../app/demo/standin/webhooks.js';
import { SLOW, setUp, until, type Setting } from './setting.js';

const GUARDED = { 'live.routes': 'GET /tools/live authentication\n' };
const UNGUARDED = { 'live.routes': 'GET /tools/live\n' };
const FINDING = 'missing-protection authentication app: http GET /tools/live';

let setting: Setting;
beforeAll(async () => {
  setting = await setUp();
  setting.listen();
}, SLOW);
afterAll(() => setting.end());

async function open(files: Record<string, string>, where = setting.repository): Promise<StandInPullRequest> {
  const opened = await where.openPullRequest({ title: 'Live list', files, fork: true });
  await setting.app.idle();
  return opened;
}
const send = async (...args: Parameters<Setting['webhooks']['event']>): Promise<void> => {
  expect((await setting.webhooks.event(...args)).status).toBe(200);
  await setting.app.idle();
};
const conclusions = (sha: string): (string | null)[] =>
  setting.github.checksOf(sha).map(({ conclusion }) => conclusion);
const mirrorOf = ({ id }: StandInRepository): string =>
  join(setting.configuration.dataDir, 'mirrors', `${id}.git`);

test(
  'a group of a merge queue is judged against what stands in front of it, with what was accepted on its pull request',
  async () => {
    const { repository, app } = setting;
    const queue = async (number: number, files: Record<string, string>): Promise<string> => {
      const base = (await repository.tip('refs/heads/main'))!;
      const ref = `refs/heads/gh-readonly-queue/main/pr-${number}-${base}`;
      const sha = await repository.commit(ref, files, `Merge pull request #${number}`, base);
      const merge_group = { head_sha: sha, head_ref: ref, base_sha: base, base_ref: 'refs/heads/main' };
      await send(repository, 'merge_group', 'checks_requested', { merge_group });
      return sha;
    };
    expect(conclusions(await queue(99, GUARDED))).toEqual(['success']);
    const opened = await open(UNGUARDED);
    expect(conclusions(await queue(opened.number, UNGUARDED))).toEqual(['failure']);
    // Neither does the check of a group end that of its pull request, nor the other way round.
    expect(conclusions(opened.headSha)).toEqual(['failure']);
    await repository.say(opened, `/postern accept "${FINDING}" anybody may look`, MAINTAINER);
    await app.idle();
    expect(conclusions(await queue(opened.number, { ...UNGUARDED, other: 'x' }))).toEqual(['success']);
    const other = await queue(98, UNGUARDED);
    await setting.webhooks.checkRunRerequested(repository, setting.github.checksOf(other)[0]!);
    await app.idle();
    expect(conclusions(other)).toEqual(['failure', 'failure']);
  },
  SLOW,
);

test(
  'a merge queue lets in what passes on top of what stands in front of it, and nothing else',
  async () => {
    const { github, app } = setting;
    const queued = await github.createRepository('riverside', 'queued');
    // Nobody is asked anything yet: nothing diverges by itself.
    await queued.commit('refs/heads/main', { 'api.routes': 'GET /tools\n' }, 'Begin');
    await queued.requireCheck('Postern');
    const first = await open({ 'live.routes': 'GET /live authentication\n' }, queued);
    const second = await open({ 'late.routes': 'GET /late\n' }, queued);
    expect([...conclusions(first.headSha), ...conclusions(second.headSha)]).toEqual(['success', 'success']);
    const queue = github.mergeQueue(queued);
    const groups = [await queue.add(first), await queue.add(second)];
    await app.idle();
    expect(groups.flatMap(({ sha }) => conclusions(sha))).toEqual(['success', 'failure']);
    expect(await queue.merge()).toBe(groups[0]!.sha);
    await expect(queue.merge()).rejects.toThrow('The merge queue removed #2: Postern is failure.');
    await app.idle();
    expect(await queued.tip('refs/heads/main')).toBe(groups[0]!.sha);
    expect(app.store.baseModels.provenanceOf(queued.id)('app: http GET /live', 'authentication')).toEqual({
      establishedBy: '#1',
    });
  },
  SLOW,
);

test(
  'a draft is judged like any other, when it becomes one and when it is none any more',
  async () => {
    const { repository, webhooks, app } = setting;
    const opened = await open(GUARDED);
    for (const action of ['converted_to_draft', 'ready_for_review'] as const) {
      await webhooks.pullRequest(repository, opened, action);
      await app.idle();
    }
    expect(conclusions(opened.headSha).at(-1)).toBe('success');
    expect(conclusions(opened.headSha)).toHaveLength(3);
  },
  SLOW,
);

test(
  'another base is another question; another title is none',
  async () => {
    const { repository, webhooks, app } = setting;
    const opened = await open(UNGUARDED);
    expect(conclusions(opened.headSha)).toEqual(['failure']);
    // Nobody is asked anything there, so that nothing diverges.
    await repository.commit('refs/heads/open', { 'api.routes': 'GET /tools\n' }, 'Open');
    const edited = async (baseRef: string, changes: object): Promise<void> => {
      const at = { updatedAt: new Date().toISOString().replace(/\.\d+/, '') };
      const payload = pullRequestPayload(repository, { ...opened, ...at, baseRef }, 'synchronize');
      expect((await webhooks.send('pull_request', { ...payload, action: 'edited', changes })).status).toBe(
        200,
      );
      await app.idle();
    };
    await edited('main', { title: { from: 'Something else' } });
    expect(conclusions(opened.headSha)).toEqual(['failure']);
    await edited('open', { base: { ref: { from: 'main' }, sha: { from: opened.baseSha } } });
    expect(conclusions(opened.headSha)).toEqual(['failure', 'success']);
    expect(app.store.pullRequests.head(repository.id, opened.number)).toMatchObject({ baseRef: 'open' });
  },
  SLOW,
);

test(
  'all checks of a commit asked for again: the newest head is judged, and a commit that is none is not',
  async () => {
    const { repository } = setting;
    const opened = await open(GUARDED);
    const older = opened.headSha;
    await repository.push(opened, UNGUARDED, 'Otherwise');
    await setting.app.idle();
    const again = (head_sha: string): Promise<void> =>
      // As it is for pull requests from forks: it names none.
      send(repository, 'check_suite', 'rerequested', { check_suite: { head_sha, pull_requests: [] } });
    await again(opened.headSha);
    expect(conclusions(opened.headSha)).toEqual(['failure', 'failure']);
    await again(older);
    expect(conclusions(older)).toEqual(['success']);
  },
  SLOW,
);

test(
  'one that was opened before the App was there is judged when somebody asks for it',
  async () => {
    const { github, app } = setting;
    const late = await github.createRepository('riverside', 'late');
    github.tell('http://127.0.0.1:9', 'nowhere');
    await late.commit('refs/heads/main', { 'api.routes': 'GET /a authentication\n' }, 'Begin');
    const opened = await late.openPullRequest({ title: 'Before', files: UNGUARDED });
    setting.listen();
    await send(late, 'installation_repositories', 'added', {
      repositories_added: [{ id: late.id, full_name: late.fullName }],
    });
    expect(app.store.repositories.get(late.id)).toBeNull();
    await late.say(opened, '/postern rescan');
    await app.idle();
    expect(conclusions(opened.headSha)).toEqual(['failure']);
  },
  SLOW,
);

test(
  'another name or owner is taken over; one that comes late is not',
  async () => {
    const { repository, webhooks, app } = setting;
    const named = (name: string, login: string) => ({
      repository: {
        id: repository.id,
        node_id: 'R_1',
        name,
        full_name: `${login}/${name}`,
        owner: { login, id: 1 },
        default_branch: 'main',
      },
    });
    const name = (): unknown => app.store.repositories.get(repository.id);
    const guid = 'a-delivery';
    await webhooks.event(repository, 'repository', 'renamed', named('things', 'library'), { guid });
    expect(name()).toMatchObject({ owner: 'library', name: 'things' });
    await webhooks.event(repository, 'repository', 'transferred', named('tools', 'library'));
    await webhooks.event(repository, 'repository', 'renamed', named('things', 'library'), { guid });
    expect(name()).toMatchObject({ owner: 'library', name: 'tools' });
    await app.idle();
  },
  SLOW,
);

test(
  'with another default branch the records of the base begin anew',
  async () => {
    const { repository, app, webhooks } = setting;
    const tip = await repository.commit('refs/heads/next', { 'next.routes': 'GET /next csrf\n' }, 'Next');
    const about = { id: repository.id, name: 'tools', node_id: 'R_1', owner: { login: 'library' } };
    const edited = (branch: string, from: string) =>
      webhooks.event(repository, 'repository', 'edited', {
        repository: { ...about, default_branch: branch },
        changes: { default_branch: { from } },
      });
    await edited('next', 'main');
    await app.idle();
    expect(app.store.baseModels.position(repository.id)!.commit).toBe(tip);
    // Nobody has brought it to this branch since it is the default one.
    expect(app.store.baseModels.provenanceOf(repository.id)('app: http GET /next', 'csrf')).toEqual({
      establishedBy: null,
    });
    await edited('main', 'next');
    await app.idle();
  },
  SLOW,
);

test(
  'after a suspension it is looked what has become of open pull requests',
  async () => {
    const { repository, app, github } = setting;
    const known = await open(UNGUARDED);
    github.tell('http://127.0.0.1:9', 'nowhere');
    await repository.push(known, GUARDED, 'Ask who it is').catch(() => {});
    setting.listen();
    await send(repository, 'installation', 'suspend');
    await send(repository, 'installation', 'unsuspend');
    expect(conclusions(known.headSha)).toEqual(['success']);
    expect(app.store.pullRequests.head(repository.id, known.number)).toMatchObject({
      headSha: known.headSha,
    });
  },
  SLOW,
);

test.each([
  // Of its kind with another action: there is no example of it.
  ['repository', 'renamed', () => ({ action: 'deleted' })],
  [
    'installation_repositories',
    'removed',
    ({ id }: StandInRepository) => ({ repositories_removed: [{ id }] }),
  ],
  ['installation', 'deleted', () => ({ repositories: [] })],
] as const)(
  '%s: what is not ours to see any more takes its data along',
  async (event, action, changes) => {
    const { github, app } = setting;
    const gone = await github.createRepository('riverside', `${event}-${action}`);
    await gone.commit('refs/heads/main', { 'api.routes': 'GET /a authentication\n' }, 'Begin');
    const opened = await open(UNGUARDED, gone);
    expect(conclusions(opened.headSha)).toEqual(['failure']);
    expect(existsSync(mirrorOf(gone))).toBe(true);
    await send(gone, event, action, changes(gone));
    expect(app.store.repositories.get(gone.id)).toBeNull();
    expect(app.store.findings.of(gone.id, 1)).toEqual([]);
    expect(existsSync(mirrorOf(gone))).toBe(false);
    expect(app.store.repositories.get(setting.repository.id)).not.toBeNull();
    expect(app.store.deliveries.unfinished()).toEqual([]);
  },
  SLOW,
);

test(
  'a repository that the App was given again before its data was removed begins anew, and nothing told of it is lost',
  async () => {
    const { github, app, webhooks } = setting;
    const again = await github.createRepository('riverside', 'given-again');
    await again.commit('refs/heads/main', { 'api.routes': 'GET /a authentication\n' }, 'Begin');
    const before = await open(UNGUARDED, again);
    const release = github.holdGit();
    // Under way, so that all else waits.
    await webhooks.pullRequest(again, before, 'reopened');
    const { installationId } = again;
    await webhooks.event(again, 'installation_repositories', 'removed', {
      repositories_removed: [{ id: again.id }],
      installation: { id: installationId },
    });
    const opened = await again.openPullRequest({ title: 'Later', files: GUARDED });
    await until('its check run', () => conclusions(opened.headSha).length === 1);
    release();
    await app.idle();
    expect(conclusions(opened.headSha)).toEqual(['success']);
    expect(app.store.findings.of(again.id, before.number)).toEqual([]);
    expect(app.store.pullRequests.openNumbers(again.id, 9)).toEqual([opened.number]);
    expect(app.store.deliveries.unfinished()).toEqual([]);
  },
  SLOW,
);
