import type { StandInPullRequest } from '../../app/demo/standin/repository.js';
import type { Analyst } from '../../app/github/analysis.js';
import { SLOW, setUp, type Setting } from './setting.js';

const POLICY = '.github/postern.yml';
const UNGUARDED = { 'live.routes': 'GET /tools/live\n' };
const FINGERPRINT = 'missing-protection authentication app: http GET /tools/live';
const WAIVER = `waivers:\n  - finding: '${FINGERPRINT}'\n    who: Ada\n    why: anybody may look\n`;

let setting: Setting;
beforeEach(async () => {
  setting = await setUp();
}, SLOW);
afterEach(() => setting.end());

const decide = (text: string): Promise<unknown> =>
  setting.repository.commit('refs/heads/main', { [POLICY]: text }, 'Decide');
async function open(files: Record<string, string>, title = 'Live list'): Promise<StandInPullRequest> {
  const { repository, webhooks, app } = setting;
  const opened = await repository.openPullRequest({ title, files });
  await webhooks.pullRequest(repository, opened, 'opened');
  await app.idle();
  return opened;
}
/** The check run of a pull request; its summary without what keeps GitHub from making links. */
function checkOf({ headSha }: StandInPullRequest) {
  const run = setting.github.checksOf(headSha).at(-1)!;
  const summary = run.output.summary!.replaceAll('\u200b', '').replaceAll('\\', '');
  return { conclusion: run.conclusion, title: run.output.title, summary, annotations: run.annotations };
}

test(
  'what the base waives does not fail the check; it is listed, and recorded',
  async () => {
    await decide(WAIVER);
    const opened = await open(UNGUARDED);
    const check = checkOf(opened);
    expect(check).toMatchObject({ conclusion: 'success', annotations: [] });
    expect(check.summary).toContain('1 waived');
    expect(check.summary).toContain('waived by Ada: anybody may look');
    expect(setting.app.store.findings.of(setting.repository.id, opened.number)).toEqual([
      expect.objectContaining({ fingerprint: FINGERPRINT, status: 'waived' }),
    ]);
  },
  SLOW,
);

test(
  'a pull request that waives what it brings fails, and is told what its policy would do',
  async () => {
    const check = checkOf(await open({ ...UNGUARDED, [POLICY]: WAIVER }));
    expect(check.conclusion).toBe('failure');
    expect(check.summary).toContain(`this change edits ${POLICY}: what it says counts after the merge`);
    expect(check.summary).toContain(`after the merge it waives \`${FINGERPRINT}\` (Ada: anybody may look)`);
  },
  SLOW,
);

test(
  'in shadow mode nothing fails, and the check says what would have',
  async () => {
    await decide('shadow: true\n');
    const check = checkOf(await open(UNGUARDED));
    expect(check).toMatchObject({
      conclusion: 'neutral',
      title: 'Nothing blocks: shadow mode; 1 divergence would',
    });
    expect(check.summary).toContain('error, would block');
  },
  SLOW,
);

test(
  'where it blocks agents, a pull request of a person is told and not blocked, and one of an agent is',
  async () => {
    await decide('block: agents\n');
    expect(checkOf(await open(UNGUARDED))).toMatchObject({
      conclusion: 'neutral',
      title: 'Nothing blocks: the policy blocks agents, and a person wrote this; 1 divergence would',
    });
    const byAgent = checkOf(await open(UNGUARDED, 'aider: Live list'));
    expect(byAgent.conclusion).toBe('failure');
    expect(byAgent.summary).toContain('Written with Aider');
  },
  SLOW,
);

test(
  'a policy that cannot be parsed counts for nothing, and the check says so',
  async () => {
    await decide('block: [nobody\n');
    const check = checkOf(await open(UNGUARDED));
    expect(check.conclusion).toBe('failure');
    expect(check.summary).toContain(`${POLICY}:2: this is no YAML`);
    // What it may have required is not known.
    const guarded = checkOf(await open({ 'live.routes': 'GET /tools/live authentication\n' }));
    expect(guarded.conclusion).toBe('neutral');
  },
  SLOW,
);

describe('what cannot be followed, where the policy lets nothing of it pass', () => {
  test(
    'needs somebody to act',
    async () => {
      await decide('onIncomplete: block\n');
      expect(checkOf(await open({ 'odd.routes': '??? what is this\n' })).conclusion).toBe('action_required');
      expect(checkOf(await open({ 'fine.routes': 'GET /fine authentication\n' })).conclusion).toBe('success');
    },
    SLOW,
  );

  test(
    'includes an analysis that breaks off',
    async () => {
      const broken = (): Promise<never> => Promise.reject(new Error('out of memory'));
      const breaking: Analyst = { model: broken, judge: broken, inspect: broken };
      await setting.restart({ analyst: breaking });
      expect(checkOf(await open(UNGUARDED)).conclusion).toBe('neutral');
      await decide('onIncomplete: block\n');
      const check = checkOf(await open(UNGUARDED));
      expect(check.conclusion).toBe('action_required');
      expect(check.summary).toContain('onIncomplete: block');
    },
    SLOW,
  );
});

describe('defaults of the organisation', () => {
  const REQUIRED = 'require:\n  - protection: csrf\n    path: /tools/**\n';
  const GUARDED = { 'live.routes': 'GET /tools/live authentication\n' };
  const organise = async (text: string): Promise<unknown> =>
    (await setting.github.createRepository('library', '.github')).commit(
      'refs/heads/main',
      { [POLICY]: text },
      'All',
    );
  const asked = (): number =>
    setting.github.requests.filter(({ path }) => path.includes('/.github/contents/')).length;

  test(
    'hold for each of its repositories, and are read once in a while',
    async () => {
      await organise(REQUIRED);
      const check = checkOf(await open(GUARDED));
      expect(check.conclusion).toBe('failure');
      expect(check.summary).toContain(`library/.github/${POLICY}:2 requires of path \`/tools/**\``);
      await decide('block: nobody\n');
      expect(checkOf(await open(GUARDED)).conclusion).toBe('neutral');
      expect(asked()).toBe(1);
    },
    SLOW,
  );

  test(
    'that cannot be read are missed aloud: what they require is not known',
    async () => {
      await organise(REQUIRED);
      setting.github.fail({
        times: 1,
        status: 403,
        matches: /\.github\/contents/,
        body: { message: 'Not accessible' },
      });
      const check = checkOf(await open(GUARDED));
      expect(check.conclusion).toBe('neutral');
      expect(check.summary).toContain(
        'what holds for all repositories of library could not be read: Not accessible',
      );
      // Not kept: the next time it is asked again.
      expect(checkOf(await open(GUARDED)).conclusion).toBe('failure');
    },
    SLOW,
  );

  test(
    'that are not there are not missed',
    async () => {
      const check = checkOf(await open(GUARDED));
      expect(check.conclusion).toBe('success');
      expect(check.summary).not.toContain('Policy');
    },
    SLOW,
  );
});
