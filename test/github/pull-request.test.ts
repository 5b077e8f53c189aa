import { SLOW, setUp, until, type Setting } from './setting.js';

let setting: Setting;
beforeEach(async () => {
  setting = await setUp();
}, SLOW);
afterEach(() => setting.end());

const GUARDED = { 'live.routes': 'GET /tools/live authentication\n' };
const UNGUARDED = { 'live.routes': 'GET /tools/live\n' };

test(
  'a pull request gets a check run at once, and its conclusion later',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const release = github.holdGit();
    const opened = await repository.openPullRequest({ title: 'Live list', files: GUARDED });
    const response = await webhooks.pullRequest(repository, opened, 'opened');
    expect(response.status).toBe(200);
    await until('the check run', () => github.checksOf(opened.headSha).length === 1);
    const run = github.checksOf(opened.headSha)[0]!;
    expect(run).toMatchObject({ name: 'Postern', status: 'in_progress', conclusion: null });
    release();
    await app.idle();
    expect(run).toMatchObject({
      status: 'completed',
      conclusion: 'success',
      history: ['in_progress', 'success'],
    });
    expect(run.output.summary).toContain('GET /tools/live');
  },
  SLOW,
);

test(
  'a divergence fails the check, and is annotated where it is',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live list', files: UNGUARDED });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const [run] = github.checksOf(opened.headSha);
    expect(run).toMatchObject({ conclusion: 'failure' });
    expect(run!.annotations).toEqual([
      expect.objectContaining({ path: 'live.routes', start_line: 1, annotation_level: 'failure' }),
    ]);
    expect(app.store.findings.of(repository.id, opened.number)).toEqual([
      expect.objectContaining({ rule: 'missing-protection', status: 'new', firstHead: opened.headSha }),
    ]);
  },
  SLOW,
);

test(
  'the summary says which agent wrote it, and by what that shows',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'aider: Live list', files: GUARDED });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const [run] = github.checksOf(opened.headSha);
    expect(run!.output.summary).toContain('Written with Aider: its mark in the message in 1 of 1 commit.');
  },
  SLOW,
);

test(
  'more than fifty annotations are sent in batches',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const many = Array.from({ length: 120 }, (_, at) => `GET /tools/${at}\n`).join('');
    const opened = await repository.openPullRequest({ title: 'Many', files: { 'many.routes': many } });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const [run] = github.checksOf(opened.headSha);
    expect(run!.batches).toEqual([50, 50, 20]);
    expect(new Set(run!.annotations.map((annotation) => annotation['start_line'])).size).toBe(120);
    expect(run).toMatchObject({ conclusion: 'failure' });
  },
  SLOW,
);

test(
  'a summary that would be too long says what was cut',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const long = Array.from(
      { length: 400 },
      (_, at) => `GET /${'long/'.repeat(30)}${at} authentication\n`,
    ).join('');
    const opened = await repository.openPullRequest({ title: 'Long', files: { 'long.routes': long } });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const [run] = github.checksOf(opened.headSha);
    expect(run).toMatchObject({ conclusion: 'success' });
    expect(run!.output.summary).toMatch(/too long: \d+ entry points/);
  },
  SLOW,
);

test(
  'a head that was not fully understood is neither green nor red',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({
      title: 'Odd',
      files: { 'odd.routes': '??? what is this\n' },
    });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    expect(github.checksOf(opened.headSha)[0]).toMatchObject({ conclusion: 'neutral' });
  },
  SLOW,
);

test(
  'a newer head supersedes the check of an older one',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const release = github.holdGit();
    const opened = await repository.openPullRequest({ title: 'Live list', files: UNGUARDED });
    const older = opened.headSha;
    await webhooks.pullRequest(repository, opened, 'opened');
    await until('the first check run', () => github.checksOf(older).length === 1);
    await repository.push(opened, GUARDED, 'Ask who it is');
    await webhooks.pullRequest(repository, opened, 'synchronize');
    await until('the second check run', () => github.checksOf(opened.headSha).length === 1);
    release();
    await app.idle();
    expect(github.checksOf(older)[0]).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
    expect(github.checksOf(opened.headSha)[0]).toMatchObject({ status: 'completed', conclusion: 'success' });
  },
  SLOW,
);

test(
  'a finding that a later push mends is resolved, and a person can ask for the check again',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live list', files: UNGUARDED });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    await repository.push(opened, GUARDED, 'Ask who it is');
    await webhooks.pullRequest(repository, opened, 'synchronize');
    await app.idle();
    expect(app.store.findings.of(repository.id, opened.number)).toEqual([
      expect.objectContaining({ status: 'resolved' }),
    ]);
    await webhooks.checkRunRerequested(repository, github.checksOf(opened.headSha)[0]!);
    await app.idle();
    expect(github.checksOf(opened.headSha).map(({ conclusion }) => conclusion)).toEqual([
      'success',
      'success',
    ]);
  },
  SLOW,
);

test(
  'what is judged is what the merge would produce',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live list', files: GUARDED });
    // The base gains a route that the head lacks; judged alone, the head would seem to remove it.
    await repository.commit('refs/heads/main', { 'more.routes': 'GET /more authentication\n' }, 'More');
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const summary = github.checksOf(opened.headSha)[0]!.output.summary!;
    expect(summary).toContain('/tools/live');
    expect(summary).not.toContain('/more');
  },
  SLOW,
);

test(
  'a pull request in conflict with its base is judged by its head, and says so',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({
      title: 'Rewrite',
      files: { 'api.routes': 'GET /tools\n' },
    });
    await repository.commit(
      'refs/heads/main',
      { 'api.routes': 'GET /others authentication\n' },
      'Rewrite as well',
    );
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const [run] = github.checksOf(opened.headSha);
    expect(run).toMatchObject({ conclusion: 'failure' });
    expect(run!.output.summary).toContain('conflicts with its base branch');
  },
  SLOW,
);

test(
  'a pull request from a fork is judged like any other',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'From outside', files: UNGUARDED, fork: true });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    expect(github.checksOf(opened.headSha)[0]).toMatchObject({ conclusion: 'failure' });
  },
  SLOW,
);

test(
  'text of a pull request is not rendered',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const hostile = 'GET /<img/src=x>/@everyone/[click](https://evil.example)\n';
    const opened = await repository.openPullRequest({
      title: 'Hostile',
      files: { 'hostile.routes': hostile },
    });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const outsideCode = github.checksOf(opened.headSha)[0]!.output.summary!.replace(/(`+)[^`]+\1/g, '');
    // Links of the App's own lead to lines on GitHub, and nowhere else.
    expect(outsideCode.replaceAll(`](${github.url}/library/tools/blob/`, '')).not.toMatch(
      /<img|@everyone|\]\(/,
    );
  },
  SLOW,
);
