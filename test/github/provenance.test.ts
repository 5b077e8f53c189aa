import { SLOW, setUp, type Setting } from './setting.js';

let setting: Setting;
beforeEach(async () => {
  setting = await setUp();
}, SLOW);
afterEach(() => setting.end());

const LOANS = { 'loans.routes': 'GET /loans authentication\n' };
const LOANS_ID = 'app: http GET /loans';

async function judged(
  setting: Setting,
): Promise<Awaited<ReturnType<Setting['repository']['openPullRequest']>>> {
  const opened = await setting.repository.openPullRequest({ title: 'Loans', files: LOANS });
  await setting.webhooks.pullRequest(setting.repository, opened, 'opened');
  await setting.app.idle();
  return opened;
}

function establishedBy({ app, repository }: Setting, entryPoint: string): string | null {
  return app.store.baseModels.provenanceOf(repository.id)(entryPoint, 'authentication').establishedBy;
}

test(
  'merging a pull request gives its number to what it established',
  async () => {
    const { repository, webhooks, app } = setting;
    const opened = await judged(setting);
    expect(establishedBy(setting, LOANS_ID)).toBeNull();
    await repository.merge(opened);
    await webhooks.pullRequest(repository, opened, 'closed');
    await app.idle();
    expect(establishedBy(setting, LOANS_ID)).toBe('#1');
    expect(app.store.baseModels.addedBy(repository.id, LOANS_ID)).toBe('#1');
    expect(establishedBy(setting, 'app: http GET /tools')).toBeNull();
  },
  SLOW,
);

test(
  'the number is the same when the push is heard of first',
  async () => {
    const { repository, webhooks, app } = setting;
    const opened = await judged(setting);
    // Rebased by hand: nothing in the commit names the pull request.
    const before = (await repository.tip('refs/heads/main'))!;
    opened.mergeSha = await repository.commit('refs/heads/main', LOANS, 'Loans');
    opened.state = 'closed';
    await webhooks.push(repository, before, opened.mergeSha);
    await app.idle();
    expect(establishedBy(setting, LOANS_ID)).toBe(opened.mergeSha);
    await webhooks.pullRequest(repository, opened, 'closed');
    await app.idle();
    expect(establishedBy(setting, LOANS_ID)).toBe('#1');
  },
  SLOW,
);

test(
  'a direct push is attributed to its commit, and keeps its name later',
  async () => {
    const { repository, webhooks, app } = setting;
    await judged(setting);
    const before = (await repository.tip('refs/heads/main'))!;
    const first = await repository.commit('refs/heads/main', { 'a.routes': 'GET /a authentication\n' }, 'A');
    const second = await repository.commit(
      'refs/heads/main',
      { 'b.routes': 'GET /b authentication\n' },
      'B (#77)',
    );
    await webhooks.push(repository, before, second);
    await app.idle();
    expect(establishedBy(setting, 'app: http GET /a')).toBe(first);
    expect(establishedBy(setting, 'app: http GET /b')).toBe('#77');
  },
  SLOW,
);

test(
  'the check of a later pull request names the one that established the protection',
  async () => {
    const { github, repository, webhooks, app } = setting;
    await repository.commit('refs/heads/main', { 'api.routes': 'GET /ping\n' }, 'Nothing is protected yet');
    const opened = await judged(setting);
    await repository.merge(opened);
    await webhooks.pullRequest(repository, opened, 'closed');
    const later = await repository.openPullRequest({
      title: 'Live',
      files: { 'live.routes': 'GET /live\n' },
    });
    await webhooks.pullRequest(repository, later, 'opened');
    await app.idle();
    const [run] = github.checksOf(later.headSha);
    expect(run).toMatchObject({ conclusion: 'failure' });
    expect(run!.output.summary).toContain('established in #1');
    expect(run!.annotations[0]!['message']).toContain('established in #1');
  },
  SLOW,
);

test(
  'a pull request that is closed unmerged leaves nothing behind',
  async () => {
    const { repository, webhooks, app } = setting;
    const opened = await judged(setting);
    expect(app.store.pullRequests.overlay(repository.id, opened.number)).not.toBeNull();
    opened.state = 'closed';
    await webhooks.pullRequest(repository, opened, 'closed');
    await app.idle();
    expect(app.store.pullRequests.overlay(repository.id, opened.number)).toBeNull();
    expect(establishedBy(setting, LOANS_ID)).toBeNull();
  },
  SLOW,
);
