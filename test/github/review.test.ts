import type { Judgement } from '../../analysis/judge.js';
import type { StandInPullRequest } from '../../app/demo/standin/repository.js';
import type { Engine } from '../../app/github/analysis.js';
import { ShutdownError } from '../../app/github/failure.js';
import { LINE_ENGINE } from './line-engine.js';
import { SLOW, setUp, until, type Setting } from './setting.js';

let setting: Setting;
afterEach(() => setting.end(), SLOW);

const FILE = 'a.routes';
const UNGUARDED = { [FILE]: 'GET /tools/live\n' };
const GUARDED = { [FILE]: 'GET /tools/live authentication\n' };

async function open(files: Record<string, string>, fork = false): Promise<StandInPullRequest> {
  const opened = await setting.repository.openPullRequest({ title: 'A change', files, fork });
  await setting.app.idle();
  return opened;
}
async function push(pullRequest: StandInPullRequest, files: Record<string, string>): Promise<void> {
  await setting.repository.push(pullRequest, files, 'More');
  await setting.app.idle();
}
const comments = (pullRequest: StandInPullRequest) => setting.github.commentsOn(pullRequest.number);
const checkOf = ({ headSha }: StandInPullRequest) => setting.github.checksOf(headSha).at(-1)!;
const states = ({ number }: StandInPullRequest): string[] =>
  setting.app.store.reviews.commentsOf(setting.repository.id, number).map(({ state }) => state);

test.each([false, true])(
  'from the first push to the merge, and what the next pull request is told (fork: %s)',
  async (fork) => {
    setting = await setUp();
    const { github, repository, app } = setting;
    setting.listen();
    await repository.requireCheck('Postern');

    const opened = await open(UNGUARDED, fork);
    expect(checkOf(opened)).toMatchObject({ conclusion: 'failure' });
    expect(checkOf(opened).annotations).toHaveLength(1);
    expect(github.reviews).toEqual([expect.objectContaining({ commit: opened.headSha })]);
    expect(comments(opened)).toEqual([expect.objectContaining({ path: FILE, line: 1, edits: 0 })]);
    const { body } = comments(opened)[0]!;
    expect(body).toContain('**Blocking:** Peers require `authentication`');
    expect(body).toContain(`(${github.url}/library/tools/blob/${opened.headSha}/api.routes#L1)`);
    await expect(repository.merge(opened)).rejects.toThrow(/Required status checks/);

    await push(opened, GUARDED);
    expect(checkOf(opened)).toMatchObject({ conclusion: 'success' });
    expect(github.reviews).toHaveLength(1);
    expect(comments(opened)[0]!.body).toMatch(
      new RegExp(`^<!--.*-->\\n~~.*~~\\n\\nFixed in ${opened.headSha.slice(0, 10)}\\.$`),
    );
    expect(states(opened)).toEqual(['fixed']);
    await repository.merge(opened);
    await app.idle();

    const next = await open({ 'b.routes': 'GET /tools/late\n' });
    expect(comments(next)[0]!.body).toContain('established in #1');
    expect(checkOf(next).output.summary).toContain('established in #1');
    expect(github.checkRuns.every(({ status }) => status === 'completed')).toBe(true);
    // Threads can be resolved by whom GitHub gives the right to write contents, which the App does not ask for.
    expect(github.requests.filter(({ path }) => path === '/graphql')).toEqual([]);
    // Asked once, under which name the App writes.
    expect(github.requests.filter(({ path }) => path === '/app')).toHaveLength(1);
  },
  SLOW,
);

test(
  'a finding that stays is told once, and one that comes back is told again in its place',
  async () => {
    setting = await setUp({
      permissions: { contents: 'write', checks: 'write', pull_requests: 'write', metadata: 'read' },
    });
    setting.listen();
    const opened = await open(UNGUARDED);
    await push(opened, { 'other.txt': 'nothing\n' });
    expect(comments(opened)).toEqual([expect.objectContaining({ edits: 0, resolved: false })]);
    await push(opened, GUARDED);
    expect(comments(opened)).toEqual([expect.objectContaining({ edits: 1, resolved: true })]);
    await push(opened, { 'other.txt': 'still nothing\n' });
    expect(comments(opened)).toEqual([expect.objectContaining({ edits: 1 })]);
    await push(opened, { ...UNGUARDED, 'b.routes': 'GET /tools/late\n' });
    expect(comments(opened)).toEqual([
      expect.objectContaining({ edits: 2, resolved: false, path: FILE }),
      expect.objectContaining({ edits: 0, path: 'b.routes' }),
    ]);
    expect(comments(opened)[0]!.body).toContain('\n**Blocking:** Peers');
    expect(setting.github.reviews).toHaveLength(2);
    expect(states(opened)).toEqual(['open', 'open']);
  },
  SLOW,
);

test(
  'sixty findings are one review of twenty comments; the check run tells all of them',
  async () => {
    setting = await setUp();
    setting.listen();
    const many = Array.from({ length: 60 }, (_, at) => `GET /tools/${at}\n`).join('');
    const opened = await open({ [FILE]: many });
    expect(comments(opened)).toHaveLength(20);
    expect(setting.github.reviews.map(({ body }) => body)).toEqual([
      expect.stringMatching(/^20 divergences .* 40 others in the \[check\]\(/),
    ]);
    expect(checkOf(opened).annotations).toHaveLength(60);
    expect(checkOf(opened).output.summary).toContain(
      '60 new, 0 existing. Of the new ones, on lines of the diff: 60, of which 20 have a comment there; only here: 40.',
    );
    // What becomes free is used.
    await push(opened, { [FILE]: many.replace('GET /tools/0\n', 'GET /tools/0 authentication\n') });
    expect(comments(opened).map(({ body }) => body.includes('Fixed in'))).toEqual([
      true,
      ...Array.from({ length: 20 }, () => false),
    ]);
  },
  SLOW,
);

const LIMITED = { message: 'You have exceeded a secondary rate limit. Please wait a few minutes.' };
test.each([
  ['answers 500', { times: 2, status: 500 }],
  ['asks for patience', { times: 2, status: 403, headers: { 'retry-after': '2' }, body: LIMITED }],
  ['loses its answer', { times: 1, status: 502, afterwards: true }],
  ['does not answer', { times: 1, status: 0, silent: true }],
  ['does what was asked, and does not answer', { times: 1, status: 0, silent: true, afterwards: true }],
])(
  'a GitHub that %s while a review is posted has one in the end',
  async (_, fault) => {
    setting = await setUp({ timeoutMs: 3_000 });
    const { github, app } = setting;
    setting.listen();
    github.fail({ ...fault, matches: /POST .*\/reviews$/ });
    const opened = await open(UNGUARDED);
    expect(github.reviews).toHaveLength(1);
    expect(github.checksOf(opened.headSha)).toEqual([expect.objectContaining({ conclusion: 'failure' })]);
    expect(checkOf(opened).history).toEqual(['in_progress', 'failure']);
    expect(app.store.deliveries.unfinished()).toEqual([]);
  },
  SLOW,
);

test(
  'a GitHub that takes no review for long gets it at the next start; what the check says holds meanwhile',
  async () => {
    setting = await setUp();
    const { github } = setting;
    setting.listen();
    github.fail({ times: Infinity, status: 500, matches: /POST .*\/reviews$/ });
    const opened = await open(UNGUARDED);
    expect(checkOf(opened)).toMatchObject({ conclusion: 'failure' });
    expect(github.reviews).toEqual([]);
    github.recover();
    await setting.restart();
    await setting.app.idle();
    expect(github.reviews).toHaveLength(1);
    expect(checkOf(opened).history).toEqual(['in_progress', 'failure']);
    expect(setting.app.store.deliveries.unfinished()).toEqual([]);
  },
  SLOW,
);

test.each(['posted', 'keep'] as const)(
  'a process that ends before it could record what it posted makes the next one repeat nothing (%s)',
  async (write) => {
    setting = await setUp();
    const { github } = setting;
    setting.listen();
    const { reviews } = setting.app.store;
    const original = reviews[write].bind(reviews) as (...args: unknown[]) => void;
    reviews[write] = (...args: unknown[]) => {
      if (github.reviews.length > 0) throw new ShutdownError();
      original(...args);
    };
    const opened = await open(UNGUARDED);
    expect(states(opened)).toEqual([]);
    await setting.restart();
    await setting.app.idle();
    expect(github.reviews).toHaveLength(1);
    expect(states(opened)).toEqual(['open']);
    setting.listen();
    await push(opened, GUARDED);
    expect(comments(opened)).toEqual([
      expect.objectContaining({ edits: 1, body: expect.stringContaining('Fixed in') as string }),
    ]);
  },
  SLOW,
);

test(
  'what a person removed stays away, and what somebody else wrote is not ours',
  async () => {
    setting = await setUp();
    const { github, repository } = setting;
    setting.listen();
    const opened = await open(UNGUARDED);
    const { body, id } = comments(opened)[0]!;
    await repository.removeComment(id);
    await push(opened, { 'other.txt': 'nothing\n' });
    expect(github.reviews).toHaveLength(1);
    const another = await open({ 'b.routes': 'GET /tools/late\n' });
    await repository.comment(another, body.replace(/live/g, 'other'), 'b.routes', 1);
    await push(another, { 'b.routes': 'GET /tools/other\n' });
    expect(comments(another).at(-1)).toMatchObject({ path: 'b.routes', edits: 0 });
    expect(comments(another)).toHaveLength(2);
  },
  SLOW,
);

test(
  'a pull request that was closed and is opened again is still told what became of its comments',
  async () => {
    setting = await setUp();
    const { repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'A change', files: UNGUARDED });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    opened.state = 'closed';
    await webhooks.pullRequest(repository, opened, 'closed');
    await app.idle();
    expect(states(opened)).toEqual([]);
    await repository.push(opened, GUARDED, 'Ask who it is');
    opened.state = 'open';
    await webhooks.pullRequest(repository, opened, 'reopened');
    await app.idle();
    expect(comments(opened)[0]!.body).toContain('Fixed in');
    expect(states(opened)).toEqual(['fixed']);
  },
  SLOW,
);

test(
  'a finding outside of the diff is told in the check run alone, and so is a note',
  async () => {
    setting = await setUp({
      engine: withFindings((f) => ({ ...f, place: { file: 'api.routes', line: 1 } })),
    });
    setting.listen();
    const opened = await open(UNGUARDED);
    expect(setting.github.reviews).toEqual([]);
    expect(checkOf(opened).output.summary).toContain('on lines of the diff: 0; only here: 1.');
    expect(checkOf(opened).annotations).toEqual([expect.objectContaining({ path: 'api.routes' })]);
    await setting.end();
    setting = await setUp({ engine: withFindings((f) => ({ ...f, level: 'note', blocking: false })) });
    setting.listen();
    const other = await open(UNGUARDED);
    expect(setting.github.reviews).toEqual([]);
    expect(checkOf(other)).toMatchObject({ conclusion: 'success' });
  },
  SLOW,
);

test(
  'a line is that of the head, though the merge has it elsewhere',
  async () => {
    setting = await setUp();
    const { repository, app, github } = setting;
    const lines = (from: number): string =>
      Array.from({ length: 9 }, (_, at) => `GET /${from + at} authentication\n`).join('');
    await repository.commit('refs/heads/main', { [FILE]: lines(10) }, 'Many');
    const opened = await repository.openPullRequest({
      title: 'One more',
      files: { [FILE]: `${lines(10)}GET /open\n` },
    });
    await repository.commit(
      'refs/heads/main',
      { [FILE]: `GET /first authentication\n${lines(10)}` },
      'First',
    );
    await setting.webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    expect(github.commentsOn(1)).toEqual([expect.objectContaining({ line: 10 })]);
    expect(checkOf(opened).annotations).toEqual([expect.objectContaining({ start_line: 10 })]);
    const [precedent] = /\[`a\.routes:1`\]\(\S+\)/.exec(comments(opened)[0]!.body) ?? [''];
    const tip = await repository.tip('refs/heads/main');
    // Only the base has it: that is where it is shown.
    expect(precedent).toBe(`[\`a.routes:1\`](${github.url}/library/tools/blob/${tip!}/a.routes#L1)`);
  },
  SLOW,
);

test(
  'what a gap hides is not called fixed',
  async () => {
    setting = await setUp();
    setting.listen();
    const opened = await open(UNGUARDED);
    await push(opened, { [FILE]: '??? who knows\n' });
    expect(checkOf(opened)).toMatchObject({ conclusion: 'neutral' });
    expect(comments(opened)[0]!.body).toContain('parts of which could not be followed');
    expect(comments(opened)[0]!.body).not.toContain('~~');
    await push(opened, GUARDED);
    expect(comments(opened)[0]!.body).toContain('Fixed in');
  },
  SLOW,
);

test(
  'a newer head interrupts what an older one has to say',
  async () => {
    setting = await setUp();
    const { github } = setting;
    setting.listen();
    github.fail({ times: 1, status: 500, matches: /GET .*\/pulls\/1\/comments$/ });
    const opened = await setting.repository.openPullRequest({ title: 'A', files: UNGUARDED });
    await until('the first verdict', () => github.checksOf(opened.headSha)[0]?.conclusion === 'failure');
    await push(opened, GUARDED);
    expect(checkOf(opened)).toMatchObject({ conclusion: 'success' });
    expect(comments(opened).every(({ body }) => body.includes('Fixed in'))).toBe(true);
    expect(setting.app.store.deliveries.unfinished()).toEqual([]);
  },
  SLOW,
);

/** The line engine, with other findings in place of its own. */
function withFindings(
  change: (finding: Judgement['findings'][number]) => Judgement['findings'][number],
): Engine {
  return {
    ...LINE_ENGINE,
    judge: (base, head) => {
      const judgement = LINE_ENGINE.judge(base, head);
      return { ...judgement, findings: judgement.findings.map(change) };
    },
  };
}
