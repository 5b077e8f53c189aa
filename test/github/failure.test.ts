import { setTimeout as sleep } from 'node:timers/promises';
import type { Analyst } from '../../app/github/analysis.js';
import type { Fault } from '../../app/demo/standin/http.js';
import { SLOW, setUp, THOROUGH, until, type Setting } from './setting.js';

let setting: Setting;
afterEach(() => setting.end(), SLOW);

const FILES = { 'live.routes': 'GET /tools/live authentication\n' };

/** Analyses nothing, until it is interrupted. */
const STUCK: Analyst = {
  model: (_request, signal) => untilAborted(signal),
  judge: (_request, signal) => untilAborted(signal),
  inspect: (_request, signal) => untilAborted(signal),
};

async function untilAborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}

test(
  'a GitHub that fails for a while is asked again',
  async () => {
    setting = await setUp();
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    github.fail({ times: 2, status: 502, matches: /access_tokens|check-runs/ });
    github.fail({ times: 2, status: 503, matches: /\.git\// });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    expect(github.checksOf(opened.headSha).map(({ conclusion }) => conclusion)).toEqual(['success']);
  },
  SLOW,
);

test(
  'a secondary rate limit is waited for',
  async () => {
    setting = await setUp();
    const { github, repository, webhooks, app, logged } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    const limited = { message: 'You have exceeded a secondary rate limit. Please wait a few minutes.' };
    github.fail({
      times: 1,
      status: 403,
      matches: /PATCH .*check-runs/,
      headers: { 'retry-after': '7' },
      body: limited,
    });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    expect(github.checksOf(opened.headSha)[0]).toMatchObject({ conclusion: 'success' });
    expect(logged()).toContain('GitHub asked to wait 7 s');
  },
  SLOW,
);

test(
  'an answer that is lost does not leave a second check run open',
  async () => {
    setting = await setUp();
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    github.fail({ times: 1, status: 502, matches: /POST .*check-runs/, afterwards: true });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    expect(github.checksOf(opened.headSha).map(({ conclusion }) => conclusion)).toEqual(['success']);
  },
  SLOW,
);

test(
  'a GitHub that stays away is answered at the next start, with the reason for the delay',
  async () => {
    setting = await setUp();
    const { github, repository, webhooks } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    github.fail({ times: Infinity, status: 502 });
    await webhooks.pullRequest(repository, opened, 'opened');
    await setting.app.idle();
    expect(setting.app.store.deliveries.unfinished()).toEqual([expect.objectContaining({ state: 'failed' })]);
    expect(github.checkRuns).toEqual([]);
    github.recover();
    await setting.restart();
    await setting.app.idle();
    const [run] = github.checksOf(opened.headSha);
    expect(run).toMatchObject({ status: 'completed', conclusion: 'success' });
    expect(run!.output.summary).toContain('This answer is late');
    expect(setting.app.store.deliveries.unfinished()).toEqual([]);
  },
  SLOW,
);

test(
  'a repository that cannot be read is neither green nor red, and says why',
  async () => {
    setting = await setUp();
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    github.fail({ times: Infinity, status: 500, matches: /\.git\// });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const [run] = github.checksOf(opened.headSha);
    expect(run).toMatchObject({ status: 'completed', conclusion: 'neutral' });
    expect(run!.output.summary).toContain('could not fetch');
    expect(app.store.deliveries.unfinished()).toEqual([]);
  },
  SLOW,
);

test(
  'an analysis that fails is neither green nor red',
  async () => {
    const broken = (): Promise<never> => Promise.reject(new Error('the analysis is out of order'));
    setting = await setUp({ analyst: { model: broken, judge: broken, inspect: broken } });
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const [run] = github.checksOf(opened.headSha);
    expect(run).toMatchObject({ status: 'completed', conclusion: 'neutral' });
    expect(run!.output.summary).toContain('the analysis is out of order');
  },
  SLOW,
);

test(
  'an analysis that takes too long is stopped, and the check says so',
  async () => {
    setting = await setUp({ analyst: STUCK, deadlineMs: 2_000 });
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const [run] = github.checksOf(opened.headSha);
    expect(run).toMatchObject({ status: 'completed', conclusion: 'neutral' });
    expect(run!.output.summary).toContain('was stopped after');
  },
  SLOW,
);

test(
  'an analysis under way is interrupted by a newer head and by a shutdown, and nothing stays open',
  async () => {
    setting = await setUp({ analyst: STUCK });
    const { github, repository, webhooks } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    const older = opened.headSha;
    await webhooks.pullRequest(repository, opened, 'opened');
    await until('the first check run', () => github.checksOf(older).length === 1);
    await repository.push(opened, { 'more.routes': 'GET /more authentication\n' }, 'More');
    await webhooks.pullRequest(repository, opened, 'synchronize');
    await until('the end of the first', () => github.checksOf(older)[0]!.conclusion === 'cancelled');
    await until('the second check run', () => github.checksOf(opened.headSha).length === 1);
    await setting.restart();
    await setting.app.idle();
    expect(github.checksOf(opened.headSha)).toEqual([expect.objectContaining({ conclusion: 'success' })]);
  },
  SLOW,
);

test(
  'a delivery that ends process after process is given up, with a word on its check run',
  async () => {
    setting = await setUp();
    const { github, repository, webhooks } = setting;
    github.fail({ times: Infinity, status: 502 });
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    await webhooks.pullRequest(repository, opened, 'opened');
    await setting.app.idle();
    const { deliveries } = setting.app.store;
    const [delivery] = deliveries.unfinished();
    // What processes leave behind that are killed while they work.
    for (let crash = 0; crash < 3; crash += 1) deliveries.begin(delivery!.id);
    github.recover();
    await setting.restart();
    await setting.app.idle();
    const [run] = github.checksOf(opened.headSha);
    expect(run).toMatchObject({ conclusion: 'neutral' });
    expect(run!.output.summary).toContain('ended the process');
    expect(setting.app.store.deliveries.get(delivery!.id)).toMatchObject({ state: 'abandoned' });
  },
  SLOW,
);

const LIMITED = { message: 'You have exceeded a secondary rate limit. Please wait a few minutes.' };
const WAYS: [string, Omit<Fault, 'matches'>][] = [
  ['loses two answers', { times: 2, status: 502, afterwards: true }],
  ['asks for patience', { times: 2, status: 403, headers: { 'retry-after': '2' }, body: LIMITED }],
  ['answers 500', { times: 2, status: 500 }],
  ['loses its answer', { times: 1, status: 502, afterwards: true }],
  ['does not answer', { times: 1, status: 0, silent: true }],
  ['does what was asked, and does not answer', { times: 1, status: 0, silent: true, afterwards: true }],
];
test.each(THOROUGH ? WAYS : WAYS.slice(0, 2))(
  'a GitHub that %s while sixty findings are told has each of them once',
  async (_, fault) => {
    setting = await setUp({ timeoutMs: 3_000 });
    const { github, repository, webhooks, app } = setting;
    const many = Array.from({ length: 60 }, (_, at) => `GET /tools/${at}\n`).join('');
    const opened = await repository.openPullRequest({ title: 'Many', files: { 'many.routes': many } });
    github.fail({ ...fault, matches: /PATCH .*check-runs/ });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const runs = github.checksOf(opened.headSha);
    expect(runs.map(({ conclusion, batches }) => ({ conclusion, batches }))).toEqual([
      { conclusion: 'failure', batches: [50, 10] },
    ]);
    expect(new Set(runs[0]!.annotations.map((each) => each['start_line'])).size).toBe(60);
    expect(github.reviews).toHaveLength(1);
    expect(app.store.deliveries.unfinished()).toEqual([]);
  },
  SLOW,
);

test(
  'a check run that only GitHub knows of is ended when a newer head was pushed meanwhile',
  async () => {
    setting = await setUp({ timeoutMs: 1_000 });
    const { github, repository, webhooks } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    const older = opened.headSha;
    // It is opened, and GitHub is not to be reached from then on.
    github.fail({ times: 1, status: 502, matches: /POST .*check-runs/, afterwards: true });
    github.fail({ times: Infinity, status: 502, matches: /check-runs|\.git\// });
    await webhooks.pullRequest(repository, opened, 'opened');
    await setting.app.idle();
    expect(github.checksOf(older).map(({ status }) => status)).toEqual(['in_progress']);
    await setting.app.close();
    github.recover();
    await repository.push(opened, { 'more.routes': 'GET /more authentication\n' }, 'More');
    await setting.restart();
    await setting.webhooks.pullRequest(repository, opened, 'synchronize');
    await setting.app.idle();
    await until('the end', () => setting.app.store.deliveries.unfinished().length === 0);
    expect(github.checksOf(older).map(({ status }) => status)).toEqual(['completed']);
    expect(github.checksOf(opened.headSha).map(({ conclusion }) => conclusion)).toEqual(['success']);
  },
  SLOW,
);

test(
  'what is tried again while a newer head is judged does not end that judgement',
  async () => {
    setting = await setUp();
    const { github, repository, webhooks, app } = setting;
    // Its check is concluded; what there is to say on lines is put off.
    github.fail({ times: Infinity, status: 502, matches: /POST .*\/reviews$/ });
    const opened = await repository.openPullRequest({
      title: 'Live',
      files: { 'live.routes': 'GET /tools/live\n' },
    });
    const older = opened.headSha;
    await webhooks.pullRequest(repository, opened, 'opened');
    await until('the first verdict', () => app.store.deliveries.depth().failed === 1);
    github.recover();
    await repository.push(opened, FILES, 'Ask who it is');
    const release = github.holdGit();
    await webhooks.pullRequest(repository, opened, 'synchronize');
    await until('the second judgement', () => app.store.deliveries.depth().working === 1);
    // What was put off is taken up after six hundred units, behind the one that is under way.
    await sleep(7_000);
    expect(github.checksOf(opened.headSha).map(({ status }) => status)).toEqual(['in_progress']);
    release();
    await app.idle();
    expect(github.checksOf(older).map(({ conclusion }) => conclusion)).toEqual(['failure']);
    expect(github.checksOf(opened.headSha).map(({ history }) => history)).toEqual([
      ['in_progress', 'success'],
    ]);
    expect(app.store.deliveries.unfinished()).toEqual([]);
  },
  SLOW,
);

test(
  'a check run whose annotations GitHub does not take has its verdict without them',
  async () => {
    setting = await setUp();
    const { github, repository, webhooks, app, logged } = setting;
    const many = Array.from({ length: 60 }, (_, at) => `GET /tools/${at}\n`).join('');
    const opened = await repository.openPullRequest({ title: 'Many', files: { 'many.routes': many } });
    github.fail({
      times: 1,
      status: 422,
      matches: /PATCH .*check-runs/,
      body: { message: 'Invalid request' },
    });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    expect(github.checksOf(opened.headSha)).toEqual([
      expect.objectContaining({ conclusion: 'failure', annotations: [] }),
    ]);
    expect(github.checksOf(opened.headSha)[0]!.output.summary).toContain('/tools/59');
    expect(github.reviews).toHaveLength(1);
    expect(logged()).toContain('took no annotations');
  },
  SLOW,
);

test(
  'what GitHub refuses in the middle of the work does not leave the check run open',
  async () => {
    setting = await setUp();
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    const body = { message: 'Resource not accessible by integration' };
    github.fail({ times: 1, status: 403, matches: /PATCH .*check-runs/, body });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const [run, ...others] = github.checksOf(opened.headSha);
    expect(others).toEqual([]);
    expect(run).toMatchObject({ conclusion: 'neutral' });
    expect(run!.output.summary).toContain('Resource not accessible by integration');
    expect(app.store.deliveries.unfinished()).toEqual([]);
  },
  SLOW,
);

const REQUESTS: [string, RegExp][] = [
  ['opens a check run', /POST .*check-runs$/],
  ['reads what holds for the organisation', /GET .*contents/],
  ['reads comments', /GET .*pulls\/\d+\/comments$/],
  ['reads what a review brought', /GET .*reviews\/\d+\/comments$/],
];
test.each(THOROUGH ? REQUESTS : REQUESTS.slice(0, 1))(
  'a GitHub that fails in every way while the App %s has one answer in the end',
  async (_, matches) => {
    setting = await setUp({ timeoutMs: 1_000 });
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({
      title: 'Live',
      files: { 'live.routes': 'GET /tools/live\n' },
    });
    github.fail({ times: 1, status: 500, matches });
    github.fail({ times: 1, status: 403, headers: { 'retry-after': '2' }, body: LIMITED, matches });
    github.fail({ times: 1, status: 0, silent: true, matches });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    expect(github.checksOf(opened.headSha).map(({ conclusion }) => conclusion)).toEqual(['failure']);
    expect(github.reviews).toHaveLength(1);
    expect(app.store.deliveries.unfinished()).toEqual([]);
  },
  SLOW,
);
