import { PERMISSIONS } from '../../app/demo/standin/emulated.js';
import { SLOW, setUp, type Setting } from './setting.js';

const POLICY = { '.github/postern.yml': 'codeScanning: upload\n' };
const OPEN = { 'live.routes': 'PUT /tools\n' };

let setting: Setting;
afterEach(async () => {
  await setting?.end();
  setting = undefined!;
});
const uploads = () => setting.github.requests.filter(({ path }) => path.endsWith('/code-scanning/sarifs'));

test(
  'by policy, findings of a pull request and of the default branch are given to code scanning, and a refusal is a note',
  async () => {
    setting = await setUp({ permissions: { ...PERMISSIONS, security_events: 'write' } });
    const { github, repository, webhooks, app } = setting;
    const tip = await repository.commit('refs/heads/main', POLICY, 'Say so');
    const open = await repository.openPullRequest({ title: 'Open', files: OPEN });
    await webhooks.pullRequest(repository, open, 'opened');
    await app.idle();
    expect(github.sarifs.map(({ commit, ref }) => [commit, ref])).toEqual([
      [open.headSha, 'refs/pull/1/head'],
      [tip, 'refs/heads/main'],
    ]);
    const results = github.sarifs.map(({ log }) => log.runs[0]!.results.map(({ ruleId }) => ruleId));
    expect(results).toEqual([['missing-protection'], []]);
    const [run] = github.checksOf(open.headSha);
    expect(run!.conclusion).toBe('failure');
    expect(run!.output.summary).not.toContain('Code scanning');

    github.scanning = false;
    await repository.push(open, { 'live.routes': 'PUT /tools\nDELETE /tools\n' }, 'More');
    await webhooks.pullRequest(repository, open, 'synchronize');
    await app.idle();
    const [refused] = github.checksOf(open.headSha);
    expect(refused!.conclusion).toBe('failure');
    expect(refused!.output.summary).toMatch(
      /^> Code scanning does not have these findings: .*is not enabled/,
    );

    github.scanning = true;
    github.fail({ times: 1, status: 502, matches: /sarifs/ });
    const merged = await repository.merge(open);
    await webhooks.pullRequest(repository, open, 'closed');
    await app.idle();
    expect(setting.logged()).toContain('does not have what diverges in refs/heads/main');
    expect(setting.app.store.baseModels.position(repository.id)!.commit).toBe(merged);
    expect(github.sarifs).toHaveLength(2);
  },
  SLOW,
);

test(
  'without the permission GitHub is not asked, and the check says what is missing; a change cannot ask for it',
  async () => {
    setting = await setUp();
    const { github, repository, webhooks, app } = setting;
    const own = await repository.openPullRequest({ title: 'Own', files: { ...OPEN, ...POLICY } });
    await webhooks.pullRequest(repository, own, 'opened');
    await app.idle();
    expect(github.checksOf(own.headSha)[0]!.output.summary).not.toContain('Code scanning does not');
    await repository.commit('refs/heads/main', POLICY, 'Say so');
    const open = await repository.openPullRequest({ title: 'Open', files: OPEN });
    await webhooks.pullRequest(repository, open, 'opened');
    await app.idle();
    const [run] = github.checksOf(open.headSha);
    expect(run!.conclusion).toBe('failure');
    expect(run!.output.summary).toContain('was not given the permission Code scanning alerts: write');
    expect(uploads()).toEqual([]);
  },
  SLOW,
);
