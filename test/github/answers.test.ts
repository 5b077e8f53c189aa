import { MAINTAINER, OUTSIDER } from '../../app/demo/standin/emulated.js';
import type { StandInPullRequest } from '../../app/demo/standin/repository.js';
import { SLOW, setUp, type Setting } from './setting.js';

const UNGUARDED = { 'live.routes': 'GET /tools/live\n' };
const FINDING = 'missing-protection authentication app: http GET /tools/live';
const ACCEPT = `/postern accept "${FINDING}" anybody may look`;

let setting: Setting;
beforeEach(async () => {
  setting = await setUp();
  setting.listen();
}, SLOW);
afterEach(() => setting.end());

/** Opened by an outsider from a fork, or by the maintainer. */
async function open(files: Record<string, string> = UNGUARDED, fork = true): Promise<StandInPullRequest> {
  const opened = await setting.repository.openPullRequest({ title: 'Live list', files, fork });
  await setting.app.idle();
  return opened;
}
async function say(...args: Parameters<Setting['repository']['say']>): Promise<number> {
  const id = await setting.repository.say(...args);
  await setting.app.idle();
  return id;
}
const reactionsTo = (comment: number): string[] =>
  setting.github.conversation.reactions.filter((r) => r.comment === comment).map(({ content }) => content);
const replies = (): string[] =>
  setting.github.conversation.replies.map(({ body }) => body.replaceAll('\u200b', '').replaceAll('\\', ''));
const inForce = (): unknown[] => setting.app.store.answers.inForce(setting.repository.id, [1, 2, 3]);
/** The newest check run of a pull request; its summary without what keeps GitHub from making links. */
function checkOf({ headSha }: StandInPullRequest) {
  const run = setting.github.checksOf(headSha).at(-1)!;
  const summary = run.output.summary!.replaceAll('\u200b', '').replaceAll('\\', '');
  return { conclusion: run.conclusion, summary, actions: run.actions };
}

test(
  'a maintainer accepts what somebody else brings: at once there, after the merge in the repository, until it is revoked',
  async () => {
    const { repository, app } = setting;
    const opened = await open();
    expect(checkOf(opened)).toMatchObject({ conclusion: 'failure', actions: ['rescan', 'explain'] });
    const comment = await say(opened, `Fine by me.\r\n${ACCEPT}`);
    expect(reactionsTo(comment)).toEqual(['+1']);
    expect(replies()).toEqual([]);
    expect(checkOf(opened).conclusion).toBe('success');
    expect(checkOf(opened).summary).toContain('accepted by @robin: anybody may look');
    expect(inForce()).toEqual([
      expect.objectContaining({
        kind: 'accept',
        subject: FINDING,
        rule: 'missing-protection',
        who: MAINTAINER.login,
        why: 'anybody may look',
        pullRequest: 1,
        headSha: opened.headSha,
        scope: 'pull-request',
      }),
    ]);

    // It says nothing yet of what others bring.
    const other = await open();
    expect(checkOf(other).conclusion).toBe('failure');
    await repository.merge(opened);
    await app.idle();
    expect(app.store.outcomes.perRule(repository.id)).toEqual([
      { rule: 'missing-protection', fixed: 0, accepted: 1, ignored: 0 },
    ]);
    await repository.commit('refs/heads/main', { 'live.routes': 'GET /tools\n' }, 'Away');
    const again = await open();
    expect(checkOf(again).conclusion).toBe('success');
    expect(checkOf(again).summary).toContain('accepted by @robin');

    // GitHub fails after it was done: done once more, it is still done, and not refused.
    setting.github.fail({ times: 3, status: 502, matches: /reactions/ });
    const revoked = await say(again, `/postern revoke "${FINDING}"`);
    expect(reactionsTo(revoked)).toEqual(['+1']);
    expect(checkOf(again).conclusion).toBe('failure');
    expect(checkOf(again).summary).toContain(
      '`missing-protection` 0 fixed, 1 accepted, 0 merged as they were',
    );
    expect(app.store.answers.all(repository.id)).toEqual([
      expect.objectContaining({ revokedBy: MAINTAINER.login, scope: 'repository' }),
    ]);
  },
  SLOW,
);

test(
  'neither the author, nor a program, nor anybody without the right decides; and nothing without a reason',
  async () => {
    const { github } = setting;
    const own = await open(UNGUARDED, false);
    const byAuthor = await say(own, ACCEPT);
    expect(reactionsTo(byAuthor)).toEqual(['confused']);
    expect(replies().at(-1)).toContain(
      'Not done: who opened a pull request does not decide about its findings.',
    );

    await say(own, ACCEPT, OUTSIDER);
    expect(replies().at(-1)).toContain(
      'only those who maintain or administer the repository and code owners of `.github/postern.yml` decide',
    );

    const theirs = await open();
    const said = replies().length;
    const byBot = await say(theirs, ACCEPT, { ...MAINTAINER, type: 'Bot' });
    expect(reactionsTo(byBot)).toEqual(['confused']);
    expect(replies()).toHaveLength(said);

    await say(theirs, `/postern accept "${FINDING}"`);
    expect(replies().at(-1)).toContain('a reason is needed');
    await say(theirs, '/postern accept f00ba7f00ba7 <img src=x> @everyone [x](http://evil)');
    expect(replies().at(-1)).toContain('there is no finding `f00ba7f00ba7` here');
    await say(theirs, '/postern `<img>@everyone` x');
    expect(replies().at(-1)).toContain('there is no such command');
    await say(theirs, `> ${ACCEPT}\n\n\`\`\`\n${ACCEPT}\n\`\`\``);

    expect(inForce()).toEqual([]);
    expect(checkOf(own).conclusion).toBe('failure');
    expect(checkOf(theirs).conclusion).toBe('failure');
    expect(github.checksOf(theirs.headSha)).toHaveLength(1);
  },
  SLOW,
);

test(
  'a code owner of the policy decides; a team whose members cannot be read does not, and that is said',
  async () => {
    const { repository } = setting;
    await repository.commit(
      'refs/heads/main',
      { CODEOWNERS: '* @robin\n/.github/ @library/board\n' },
      'Owners',
    );
    const opened = await open(UNGUARDED, false);
    await say(opened, ACCEPT, OUTSIDER);
    expect(replies().at(-1)).toContain('who is in @library/board could not be read');
    await repository.commit('refs/heads/main', { CODEOWNERS: '.github/* @Someone # and more\n' }, 'Owners');
    const accepted = await say(opened, ACCEPT, OUTSIDER);
    expect(reactionsTo(accepted)).toEqual(['+1']);
    expect(checkOf(opened).summary).toContain('accepted by @someone');

    await repository.commit('refs/heads/main', { '.github/postern.yml': 'accept: nobody\n' }, 'Nobody');
    await say(opened, `/postern revoke "${FINDING}"`, OUTSIDER);
    expect(replies().at(-1)).toContain('the policy lets nobody decide by comment');
  },
  SLOW,
);

test(
  'in the thread of a finding it need not be named; an entry point is opened by its name',
  async () => {
    const { github } = setting;
    const opened = await open();
    const [thread] = github.commentsOn(1);
    await say(opened, '/postern explain', MAINTAINER, thread!.id);
    expect(github.conversation.replies.at(-1)).toMatchObject({ thread: thread!.id });
    expect(replies().at(-1)).toContain('Peers require `authentication`; this entry point does not.');
    await say(opened, '/postern accept anybody may look', MAINTAINER, thread!.id);
    expect(checkOf(opened).summary).toContain('accepted by @robin: anybody may look');
    expect(github.commentsOn(1)[0]!.body).toContain('Waived.');

    const second = await open({ 'more.routes': 'GET /more\n' });
    await say(second, '/postern public GET /more it is a *catalogue* @everyone');
    expect(checkOf(second)).toMatchObject({ conclusion: 'success' });
    await say(second, '/postern explain');
    expect(replies().at(-1)).toContain('open on purpose by @robin');
    const raw = github.conversation.replies.at(-1)!.body;
    expect(raw).toContain('\\*catalogue\\* @\u200beveryone');
    await say(second, '/postern revoke GET /more');
    expect(checkOf(second)).toMatchObject({ conclusion: 'failure' });
  },
  SLOW,
);

test(
  'a button asks for the same; a command that arrives twice is done once, and answered once after a crash',
  async () => {
    const { github, repository, webhooks, app } = setting;
    const opened = await open();
    const press = (identifier: string): Promise<Response> =>
      webhooks.checkRunAction(repository, github.checksOf(opened.headSha)[0]!, MAINTAINER, identifier);
    await press('rescan');
    await press('something else');
    await app.idle();
    expect(github.checksOf(opened.headSha).map(({ conclusion }) => conclusion)).toEqual([
      'failure',
      'failure',
    ]);
    // The answer of GitHub is lost: it is not said again.
    github.fail({ times: 1, status: 502, matches: /POST .*\/issues\/1\/comments/, afterwards: true });
    await press('explain');
    await app.idle();
    expect(github.conversation.replies).toHaveLength(1);
    expect(replies()[0]).toContain('1 new divergence');
    expect(replies()[0]).toContain('/postern accept');
  },
  SLOW,
);
