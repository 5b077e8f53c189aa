import { filesOf, type Step } from '../../app/demo/application.js';
import type { StandInPullRequest } from '../../app/demo/standin/repository.js';
import { ENGINE } from '../../app/github/analysis-here.js';
import { SLOW, setUp, type Setting } from './setting.js';

/** The application of the demonstration, through signed webhooks, with the project's own analysis. */
let setting: Setting;
beforeEach(async () => {
  setting = await setUp({ engine: ENGINE });
  await setting.repository.commit('refs/heads/main', await filesOf('0-base'), 'A tool shed');
}, SLOW);
afterEach(() => setting.end());

async function open(step: Step): Promise<StandInPullRequest> {
  const { repository, webhooks, app } = setting;
  const opened = await repository.openPullRequest({ title: step, files: await filesOf(step) });
  await webhooks.pullRequest(repository, opened, 'opened');
  await app.idle();
  return opened;
}

async function merge(pullRequest: StandInPullRequest): Promise<void> {
  const { repository, webhooks, app } = setting;
  const before = (await repository.tip('refs/heads/main'))!;
  const after = await repository.merge(pullRequest);
  await webhooks.pullRequest(repository, pullRequest, 'closed');
  await webhooks.push(repository, before, after);
  await app.idle();
}

const checkOf = ({ headSha }: StandInPullRequest) => setting.github.checksOf(headSha).at(-1)!;

async function lineOf(step: Step, file: string, text: string): Promise<number> {
  const lines = (await filesOf(step))[file]!.split('\n');
  const at = lines.findIndex((line) => line.includes(text));
  if (at === -1) throw new Error(`${step}/${file} has no line with ${text}`);
  return at + 1;
}

test(
  'protections that one pull request establishes are asked of the next, over another transport',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const lending = await open('1-lending');
    expect(checkOf(lending)).toMatchObject({ conclusion: 'success', annotations: [] });
    await merge(lending);

    const live = await open('2-live');
    const failed = checkOf(live);
    expect(failed.conclusion).toBe('failure');
    expect(failed.annotations.map(({ path, start_line, title }) => ({ path, start_line, title }))).toEqual([
      {
        path: 'src/live.js',
        start_line: await lineOf('2-live', 'src/live.js', "sockets.on('connection'"),
        title: 'missing-protection: authentication',
      },
      {
        path: 'src/live.js',
        start_line: await lineOf('2-live', 'src/live.js', 'prisma.loan.update'),
        title: 'missing-protection: authorization',
      },
    ]);
    expect(failed.annotations[0]!['message']).toMatch(/src\/routes\/loans\.js:\d+, established in #1/);

    await repository.push(live, await filesOf('2-live-guarded'), 'Ask who is there');
    await webhooks.pullRequest(repository, live, 'synchronize');
    await app.idle();
    expect(checkOf(live)).toMatchObject({ conclusion: 'success', annotations: [] });
    expect(app.store.findings.of(repository.id, live.number).map(({ status }) => status)).toEqual([
      'resolved',
      'resolved',
    ]);
    await merge(live);

    const overdue = await open('3-overdue');
    expect(checkOf(overdue)).toMatchObject({ conclusion: 'success', annotations: [] });
    expect(github.checkRuns.every(({ status }) => status === 'completed')).toBe(true);
  },
  SLOW,
);

test(
  'taking a guard away from what is there is a failure',
  async () => {
    const { repository, webhooks, app } = setting;
    await merge(await open('1-lending'));
    const file = 'src/routes/loans.js';
    const guarded = (await filesOf('1-lending'))[file]!;
    const opened = await repository.openPullRequest({
      title: 'Let every member remove loans',
      files: { [file]: guarded.replace("delete('/:id', requireRole('LIBRARIAN'), ", "delete('/:id', ") },
    });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const { conclusion, annotations } = checkOf(opened);
    const line = guarded.split('\n').find((each) => each.startsWith('loans.delete('))!;
    expect(setting.github.commentsOn(opened.number)).toEqual([
      expect.objectContaining({
        path: file,
        line: await lineOf('1-lending', file, 'loans.delete('),
        body: expect.stringContaining(`\n\`\`\`suggestion\n${line}\n\`\`\`\n`) as string,
      }),
    ]);
    expect(conclusion).toBe('failure');
    expect(annotations).toEqual([
      expect.objectContaining({
        path: file,
        annotation_level: 'failure',
        title: 'guard-removed: authorization',
      }),
    ]);
  },
  SLOW,
);
