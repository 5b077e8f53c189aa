import { pullRequestPayload } from '../../app/demo/standin/webhooks.js';
import { SLOW, setUp, type Setting } from './setting.js';

let setting: Setting;
beforeEach(async () => {
  setting = await setUp();
}, SLOW);
afterEach(() => setting.end());

const FILES = { 'live.routes': 'GET /tools/live authentication\n' };

test(
  'a wrong signature is refused, and nothing is stored',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    const payload = pullRequestPayload(repository, opened, 'opened');
    const response = await webhooks.send('pull_request', payload, { secret: 'another secret' });
    expect(response.status).toBe(400);
    await app.idle();
    expect(app.store.deliveries.unfinished()).toEqual([]);
    expect(app.store.repositories.get(repository.id)).toBeNull();
    expect(github.requests).toEqual([]);
  },
  SLOW,
);

test(
  'a delivery that arrives twice is worked once',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    const payload = pullRequestPayload(repository, opened, 'opened');
    const guid = '9f1d1c0e-0000-4000-8000-000000000001';
    expect((await webhooks.send('pull_request', payload, { guid })).status).toBe(200);
    expect((await webhooks.send('pull_request', payload, { guid })).status).toBe(200);
    await app.idle();
    expect(github.checksOf(opened.headSha)).toHaveLength(1);
  },
  SLOW,
);

test(
  'events and paths that are not handled leave nothing behind',
  async () => {
    const { repository, webhooks, app, github } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    const response = await webhooks.send('pull_request', {
      ...pullRequestPayload(repository, opened, 'opened'),
      action: 'labeled',
    });
    expect(response.status).toBe(200);
    const { origin } = new URL(webhooks.url);
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
    expect((await fetch(`${origin}/elsewhere`)).status).toBe(404);
    expect((await fetch(webhooks.url, { method: 'POST', body: 'x'.repeat(26 * 1024 * 1024) })).status).toBe(
      413,
    );
    await app.idle();
    expect(github.checkRuns).toEqual([]);
  },
  SLOW,
);

test(
  'neither tokens nor keys are logged',
  async () => {
    const { github, repository, webhooks, app, logged } = setting;
    github.fail({ times: 1, status: 502, matches: /check-runs/ });
    github.fail({ times: 1, status: 500, matches: /\.git\// });
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    expect(github.checksOf(opened.headSha)[0]).toMatchObject({ conclusion: 'success' });
    expect(github.credentials.issued.length).toBeGreaterThan(0);
    for (const token of github.credentials.issued) {
      expect(logged()).not.toContain(token);
      expect(logged()).not.toContain(Buffer.from(`x-access-token:${token}`).toString('base64'));
    }
    expect(logged()).not.toContain('PRIVATE KEY');
  },
  SLOW,
);
