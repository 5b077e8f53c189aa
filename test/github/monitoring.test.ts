import { connect } from 'node:net';
import { pullRequestPayload } from '../../app/demo/standin/webhooks.js';
import { versionProblem } from '../../app/github/monitoring/readiness.js';
import { RateLimits } from '../../app/github/monitoring/rate-limits.js';
import { SLOW, setUp, type Setting } from './setting.js';

let setting: Setting;
afterEach(async () => {
  await setting?.end();
  setting = undefined!;
});

const FILES = { 'live.routes': 'GET /tools/live authentication\n' };
const at = (path: string, port = setting.app.port): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`);
/** Value of a series, by its name and labels as the page has them. */
async function series(port = setting.app.port): Promise<(name: string) => number> {
  const text = await (await at('/metrics', port)).text();
  return (name) =>
    Number(new Map(text.split('\n').map((line) => line.split(/ (?=\S+$)/) as [string, string])).get(name));
}

test(
  'metrics count what was received, judged and concluded, and name no repository',
  async () => {
    setting = await setUp();
    const { github, repository, webhooks, app } = setting;
    const open = await repository.openPullRequest({
      title: 'Open',
      files: { 'live.routes': 'PUT /tools\n' },
    });
    github.fail({ times: 1, status: 502, matches: /check-runs/ });
    await webhooks.pullRequest(repository, open, 'opened');
    await app.idle();
    await webhooks.send('pull_request', {}, { secret: 'another' });
    const value = await series();
    expect(value('postern_deliveries_total{event="pull_request.opened",state="received"}')).toBe(1);
    expect(value('postern_deliveries_total{event="pull_request.opened",state="done"}')).toBe(1);
    const { conclusion } = github.checksOf(open.headSha)[0]!;
    expect(value(`postern_check_conclusions_total{conclusion="${conclusion}"}`)).toBe(1);
    expect(value('postern_delivery_to_conclusion_seconds_count')).toBe(1);
    expect(value('postern_analysis_duration_seconds_count{kind="judge",outcome="done"}')).toBe(1);
    expect(value('postern_queue_deliveries{state="received"}')).toBe(0);
    expect(value('postern_webhook_requests_total{code="200"}')).toBe(1);
    expect(value('postern_webhook_requests_total{code="400"}')).toBe(1);
    expect(value('postern_github_requests_total{code="502"}')).toBe(1);
    const text = await (await at('/metrics')).text();
    expect(text).toMatch(/^postern_findings_total\{rule="[a-z-]+",outcome="(blocking|advisory)"\} [1-9]/m);
    expect(text).toMatch(/^postern_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toMatch(/library|tools/);
    // Each name as Prometheus has it: counters end in _total, durations are in seconds.
    for (const [, name, type] of text.matchAll(/^# TYPE (postern_\w+) (\w+)$/gm))
      expect(`${type} ${name}`).toMatch(/^(counter \w+_total|gauge \w+|histogram \w+_seconds)$/);
  },
  SLOW,
);

test(
  'metrics on a port of their own are not served beside the webhooks',
  async () => {
    setting = await setUp({ metrics: { port: 0, host: '127.0.0.1' } });
    expect((await at('/metrics')).status).toBe(404);
    const { metricsPort } = setting.app;
    expect((await at('/metrics', metricsPort!)).status).toBe(200);
    expect((await at('/healthz', metricsPort!)).status).toBe(200);
    expect((await at('/api/github/webhooks', metricsPort!)).status).toBe(404);
  },
  SLOW,
);

test(
  'ready is who can do the work: with what is missing by name otherwise',
  async () => {
    let broken = true;
    const usable = (): Promise<void> =>
      broken ? Promise.reject(new Error('no room for a process')) : Promise.resolve();
    const never = (): Promise<never> => Promise.reject(new Error('not asked'));
    setting = await setUp({ analyst: { model: never, judge: never, inspect: never, usable } });
    const refused = await at('/readyz');
    expect(refused.status).toBe(503);
    expect(await refused.json()).toEqual({
      status: 'not ready',
      checks: { store: 'ok', queue: 'ok', git: 'ok', analysis: 'no room for a process' },
    });
    expect((await at('/healthz')).status).toBe(200);
    broken = false;
    expect((await at('/readyz')).status).toBe(200);
  },
  SLOW,
);

test(
  'lines of the log belong to the request and to the delivery, and none holds what a stranger sent',
  async () => {
    setting = await setUp();
    const { repository, webhooks, app, logged } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    const payload = pullRequestPayload(repository, opened, 'opened');
    const guid = '9f1d1c0e-0000-4000-8000-000000000002';
    await webhooks.send('pull_request', payload, { guid });
    await app.idle();
    const lines = logged()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const answered = lines.find((line) => line['msg'] === 'a webhook was answered');
    expect(answered).toMatchObject({ delivery: guid, status: 200, request: expect.any(String) as string });
    expect(lines.find((line) => line['msg'] === 'done')).toMatchObject({ delivery: guid });
    // What the client of GitHub logs belongs to the delivery as well.
    const asked = lines.filter((line) => String(line['msg']).startsWith('GitHub request: POST'));
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every((line) => line['delivery'] === guid)).toBe(true);
    await webhooks.send('pull_request', { title: 'sent by a stranger' }, { secret: 'another' });
    expect(logged()).toContain('signature does not match');
    expect(logged()).not.toContain('sent by a stranger');
  },
  SLOW,
);

test(
  'what strangers send at once is bounded, and GitHub is heard again afterwards',
  async () => {
    setting = await setUp();
    const { repository, webhooks, app } = setting;
    const head = [
      'POST /api/github/webhooks HTTP/1.1',
      'host: x',
      'x-github-event: push',
      'x-github-delivery: 1',
      `x-hub-signature-256: sha256=${'0'.repeat(64)}`,
      'content-type: application/json',
      `content-length: ${25 * 1024 * 1024}`,
      '\r\n{',
    ].join('\r\n');
    const sockets = Array.from({ length: 8 }, () => connect(app.port, '127.0.0.1'));
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.write(head);
    }
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    const payload = pullRequestPayload(repository, opened, 'opened');
    const send = async (): Promise<number> => (await webhooks.send('pull_request', payload)).status;
    while ((await send()) !== 503);
    // One goes on: the end of this test does not wait for it.
    for (const socket of sockets.slice(1)) socket.destroy();
    while ((await send()) !== 200);
  },
  SLOW,
);

test('of a limit, the least that anybody has left counts, until GitHub gives it back', () => {
  const limits = new RateLimits();
  const saw = (who: string, remaining: number, resetAt: number, resource = 'core'): void =>
    limits.saw(
      who,
      new Headers({
        'x-ratelimit-remaining': String(remaining),
        'x-ratelimit-reset': String(resetAt),
        'x-ratelimit-resource': resource,
      }),
    );
  saw('a', 4000, 100);
  saw('b', 12, 50);
  saw('b', 30, 100, 'graphql');
  saw('c', 1, 100, 'made up by somebody');
  limits.saw('d', new Headers());
  expect(Object.fromEntries(limits.remaining(40_000))).toEqual({ core: 12, graphql: 30, other: 1 });
  expect(Object.fromEntries(limits.remaining(60_000))).toEqual({ core: 4000, graphql: 30, other: 1 });
});

test('a git that is too old is told', () => {
  expect(versionProblem('git version 2.37.9\n')).toContain('install 2.38');
  expect(versionProblem('git version 2.38.0 (Apple Git-1)')).toBeNull();
  expect(versionProblem('git version 3.0.1')).toBeNull();
  expect(versionProblem('no git')).toContain('no git');
});
