import { createRequire } from 'node:module';
import type { Analyst } from '../../app/github/analysis.js';
import { SLOW, setUp, type Setting } from './setting.js';

interface Payload {
  action?: string;
  installation?: { id: number };
}
/** What GitHub really sent once: every event, with and without an installation. */
const EXAMPLES = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
  name: string;
  examples: Payload[];
}[];

let setting: Setting;
let judged: string[] = [];
const ANALYST: Analyst = {
  model: ({ commit }) => record(commit),
  judge: ({ head }) => record(head),
  inspect: ({ commit }) => record(commit),
};
function record(commit: string): Promise<never> {
  judged.push(commit);
  return Promise.reject(new Error('nothing of these payloads is there to be analysed'));
}

beforeEach(async () => {
  judged = [];
  setting = await setUp({ analyst: ANALYST });
}, SLOW);
afterEach(() => setting.end(), SLOW);

test(
  'every payload that GitHub sends is taken, and none is an error',
  async () => {
    const { webhooks, app, github, logged } = setting;
    const answers: string[] = [];
    for (const { name, examples } of EXAMPLES) {
      for (const payload of examples) {
        const { status } = await webhooks.send(name, payload);
        if (status !== 200 && status !== 202) answers.push(`${name}.${payload.action ?? ''}: ${status}`);
      }
    }
    expect(answers).toEqual([]);
    await app.idle();
    expect(errorsIn(logged())).toEqual([]);
    // The installations that they speak of are not those of this App: there is nothing to judge, and nothing to say.
    expect(judged).toEqual([]);
    expect(github.checkRuns).toEqual([]);
    expect(github.reviews).toEqual([]);
    expect(app.store.deliveries.unfinished()).toEqual([]);
    const { origin } = new URL(webhooks.url);
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  },
  SLOW,
);

test(
  'a payload that names no installation is left alone, and the log says so',
  async () => {
    const { webhooks, app, github, logged } = setting;
    const opened = EXAMPLES.find(({ name }) => name === 'pull_request')!.examples.find(
      ({ action, installation }) => action === 'opened' && !installation,
    )!;
    expect((await webhooks.send('pull_request', opened)).status).toBe(200);
    await app.idle();
    expect(logged()).toContain('names no installation');
    expect(github.requests).toEqual([]);
  },
  SLOW,
);

/** What was logged as an error or worse. */
function errorsIn(logged: string): object[] {
  return logged
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { level: number; msg: string; err?: { message: string } })
    .filter(({ level }) => level >= 50)
    .map(({ msg, err }) => ({ msg, reason: err?.message }));
}
