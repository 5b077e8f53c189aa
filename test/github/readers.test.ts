import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { MAINTAINER, OUTSIDER } from '../../app/demo/standin/emulated.js';
import type { StandInPullRequest } from '../../app/demo/standin/repository.js';
import type { PageData } from '../../app/report/page/contract.js';
import { startBrowser, WITHOUT_BROWSER } from '../report/chromium.js';
import { Browsing } from './browsing.js';
import { SLOW, setUp, until, type Setting } from './setting.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HERE = '/repositories/library/tools';
const OPEN = { 'live.routes': 'PUT /tools\n' };

let setting: Setting;
let base: string;
let pullRequest: StandInPullRequest;
beforeAll(async () => {
  setting = await setUp({ reading: true });
  base = setting.configuration.reading!.publicUrl;
  const { repository, webhooks, app } = setting;
  pullRequest = await repository.openPullRequest({ title: 'Open', files: OPEN });
  await webhooks.pullRequest(repository, pullRequest, 'opened');
  await app.idle();
}, SLOW);
afterAll(() => setting.end());
afterEach(() => setting.github.recover());

const browsing = (): Browsing => new Browsing(base, setting.github.url);
const signedIn = async (to = HERE, person = MAINTAINER): Promise<Browsing> => {
  const browser = browsing();
  await browser.signIn(to, person.login);
  return browser;
};
const dataIn = (html: string): PageData =>
  JSON.parse(/<script type="application\/json" id="data">(.*)<\/script>/.exec(html)![1]!) as PageData;

test('the details of a check lead to its pull request, whose divergences stand out', async () => {
  const [run] = setting.github.checksOf(pullRequest.headSha);
  const created = setting.github.requests.find(
    ({ method, path }) => method === 'POST' && path.endsWith('/check-runs'),
  )!;
  const { details_url: details } = JSON.parse(created.body) as { details_url: string };
  expect(run!.conclusion).toBe('failure');
  expect(details).toBe(`${base}${HERE}/pull/1`);
  const browser = await signedIn(new URL(details).pathname);
  const page = await browser.get(new URL(details).pathname);
  expect(page.status).toBe(200);
  const data = dataIn(page.text);
  expect(data).toMatchObject({ title: 'library/tools, pull request #1', change: true });
  expect(data.rows.map(({ name, change }) => [name, change])).toEqual([
    ['GET /tools', null],
    ['POST /tools', null],
    ['PUT /tools', 'added'],
  ]);
  expect(data.findings.filter(({ fresh }) => fresh).length).toBeGreaterThan(0);
  expect(data.files.find(({ name }) => name === 'live.routes')!.address).toBe(
    `${setting.github.url}/library/tools/blob/${pullRequest.headSha}/live.routes`,
  );
});

test('the default branch as the store has it, in a page that nobody else gets', async () => {
  const browser = await signedIn();
  const page = await browser.get(HERE);
  expect(dataIn(page.text)).toMatchObject({
    title: 'library/tools',
    change: false,
    timeline: { moments: [], unknown: [{ count: expect.any(Number) }] },
  });
  expect(dataIn(page.text).rows.map(({ name }) => name)).toEqual(['GET /tools', 'POST /tools']);
  const policy = page.headers.get('content-security-policy')!;
  expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'/);
  expect(policy).toMatch(/; frame-ancestors 'none'$/);
  expect(policy).not.toContain('unsafe');
  expect(Object.fromEntries(page.headers)).toMatchObject({
    'cache-control': 'private, no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  expect(await (await fetch(`${base}/metrics`)).text()).toMatch(
    /^postern_reader_requests_total\{code="200"\} [1-9]/m,
  );
  for (const line of browser.set) expect(line).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
});

test('without a session every address leads to GitHub, whether there is something or not', async () => {
  for (const path of [HERE, '/repositories/library/none', '/repositories/library/tools/pull/99']) {
    const answer = await browsing().get(path);
    expect(answer.status).toBe(302);
    const to = new URL(answer.headers.get('location')!);
    expect(to.origin + to.pathname).toBe(`${setting.github.url}/login/oauth/authorize`);
    expect(Object.fromEntries(to.searchParams)).toMatchObject({
      code_challenge_method: 'S256',
      redirect_uri: `${base}/sign-in/callback`,
      state: expect.stringMatching(/^[\w-]{40,}$/),
    });
    expect(answer.text).toBe('');
  }
});

test('who may not read a repository is told the same as of one that is not there', async () => {
  const browser = await signedIn(HERE, OUTSIDER);
  const [forbidden, absent] = [await browser.get(HERE), await browser.get('/repositories/library/none')];
  expect([forbidden.status, forbidden.text]).toEqual([404, absent.text]);
  expect((await browser.get(`${HERE}/pull/1`)).text).toBe(absent.text);
  expect(absent.text).not.toMatch(/library|tools/);
});

test('a repository that GitHub has and the App was not installed on is not there', async () => {
  await setting.github.createRepository('riverside', 'unwatched', { isPrivate: true });
  const browser = await signedIn();
  const absent = await browser.get('/repositories/library/none');
  expect((await browser.get('/repositories/riverside/unwatched')).text).toBe(absent.text);
});

test('a token that knows of the repository and may not read its code shows nothing', async () => {
  const browser = await signedIn('/repositories', MAINTAINER);
  setting.github.fail({ times: 1, status: 403, matches: /git\/ref/ });
  expect((await browser.get(HERE)).status).toBe(404);
});

test.each([
  '/repositories/library/..%2f..%2fmetrics',
  '/repositories/..%2flibrary/tools',
  '/repositories/library/%2e%2e',
  '/repositories/library/tools/pull/0',
  '/repositories/library/tools/pull/1e9',
  '/repositories/library/tools/../../../etc/passwd',
  '/repositories/library/tools/pull/1/x',
  '/repositories/library/tools%00',
])('an address that is none leads nowhere: %s', async (path) => {
  const answer = await (await signedIn()).get(path);
  expect(answer.status).toBe(404);
});

describe('an answer of GitHub', () => {
  test('counts for the browser alone that began', async () => {
    const [victim, attacker] = [browsing(), browsing()];
    const answer = await attacker.consent(await attacker.begin(HERE), MAINTAINER.login);
    // Another browser is led to what the attacker has begun.
    const refused = await victim.get(answer);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('not begun to sign in');
    await victim.begin(HERE);
    expect((await victim.get(answer)).status).toBe(400);
    expect((await victim.get(HERE)).status).toBe(302);
  });

  test('counts once, and not with another state', async () => {
    const browser = browsing();
    const begun = await browser.begin(HERE);
    const answer = await browser.consent(begun, MAINTAINER.login);
    const cookies = browser.cookies();
    const wrong = await browser.get(answer.replace(/state=[^&]+/, 'state=guessed'));
    expect(wrong.status).toBe(400);
    browser.restore(cookies);
    expect((await browser.get(answer)).headers.get('location')).toBe(`${base}${HERE}`);
    browser.restore(cookies);
    const again = await browser.get(answer);
    expect(again.status).toBe(400);
    expect(again.text).toContain('Begin again');
  });

  test('is exchanged with the verifier of the one who began alone', async () => {
    const [browser, other] = [browsing(), browsing()];
    const stolen = new URL(await other.consent(await other.begin(HERE), OUTSIDER.login), base);
    const own = new URL((await browser.begin(HERE)).searchParams.get('redirect_uri')!);
    own.search = new URLSearchParams({
      code: stolen.searchParams.get('code')!,
      state: browser.begun!.searchParams.get('state')!,
    }).toString();
    const answer = await browser.get(own.pathname + own.search);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(answer.text).toContain('did not accept the code');
  });

  test('that refuses is said as that; one that does not come too', async () => {
    const browser = browsing();
    const state = (await browser.begin(HERE)).searchParams.get('state')!;
    const declined = await browser.get(`/sign-in/callback?error=access_denied&state=${state}`);
    expect(declined.text).toContain('GitHub was told not to sign you in');
    const answer = await browser.consent(await browser.begin(HERE), MAINTAINER.login);
    setting.github.fail({ times: 1, status: 502, matches: /access_token/ });
    expect((await browser.get(answer)).status).toBe(503);
  });

  test('leads to no address but ours', async () => {
    for (const to of ['https://evil.example', '//evil.example', '/repositories/../metrics', '/sign-out']) {
      const browser = browsing();
      const answer = await browser.consent(
        await browser.begin(`/sign-in?to=${encodeURIComponent(to)}`),
        MAINTAINER.login,
      );
      expect((await browser.get(answer)).headers.get('location')).toBe(`${base}/repositories`);
    }
  });
});

describe('a session', () => {
  test('ends by a form of ours alone, and its token with it', async () => {
    const browser = await signedIn();
    const token = setting.github.signIn.issued.at(-1)!;
    const { text } = await browser.get(HERE);
    const csrf = /name="csrf" value="([^"]+)"/.exec(text)![1]!;
    const cookies = browser.cookies();
    expect((await browser.post('/sign-out', {})).status).toBe(403);
    expect((await browser.post('/sign-out', { csrf: 'x'.repeat(csrf.length) })).status).toBe(403);
    expect((await browser.post('/sign-out', { csrf: 'x'.repeat(5000) })).status).toBe(403);
    expect((await browser.post('/sign-out', { csrf }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await browser.get('/sign-out')).status).toBe(405);
    expect((await browser.get(HERE)).status).toBe(200);
    expect((await browser.post('/sign-out', { csrf })).status).toBe(200);
    browser.restore(cookies);
    expect((await browser.get(HERE)).status).toBe(302);
    await until('the revocation', () => setting.github.signIn.person(`token ${token}`) === 'revoked');
  });

  test('is another one after each sign-in, and the earlier is over', async () => {
    const browser = await signedIn();
    const before = browser.cookies();
    await browser.signIn(HERE, MAINTAINER.login);
    expect(browser.cookies()).not.toEqual(before);
    browser.restore(before);
    expect((await browser.get(HERE)).status).toBe(302);
  });

  test('ends with its token: one that has expired, and one that was revoked', async () => {
    setting.github.signIn.lifetime = 0;
    const short = await signedIn();
    setting.github.signIn.lifetime = 28_800;
    expect((await short.get(HERE)).status).toBe(302);
    const browser = await signedIn();
    setting.github.signIn.revoke(setting.github.signIn.issued.at(-1)!);
    const refused = await browser.get(HERE);
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('Sign in with GitHub');
    expect(refused.text).not.toContain('library/tools</h1>');
    expect((await browser.get(HERE)).status).toBe(302);
  });

  test('that GitHub says nothing about shows nothing', async () => {
    const browser = await signedIn();
    setting.github.fail({ times: 1, status: 500, matches: /GET \/repos\/library\/tools$/ });
    expect((await browser.get(HERE)).status).toBe(503);
    const limited = { 'x-ratelimit-remaining': '0' };
    setting.github.fail({ times: 1, status: 403, matches: /GET \/repos\/library\/tools$/, headers: limited });
    expect((await browser.get(HERE)).status).toBe(503);
    expect((await browser.get(HERE)).status).toBe(200);
  });
});

const inBrowser = WITHOUT_BROWSER === null ? test : test.skip;
inBrowser(
  'in a browser: signing in, looking, and signing out, with nothing in the way of anybody',
  async () => {
    const browser = await startBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (said) => complaints.push(said.text()));
      await page.goto(`${base}${HERE}/pull/1`);
      await page.getByRole('button', { name: MAINTAINER.login }).click();
      await page.waitForURL(`${base}${HERE}/pull/1`);
      const brought = page.locator('#brought');
      expect(await brought.locator('h2').textContent()).toMatch(/^This change brings \(\d+\)$/);
      await page.getByLabel('Only').selectOption('of this change');
      expect(await page.locator('#groups .entry').allTextContents()).toEqual(['PUT /tools']);
      expect(await page.locator('.mark.change').textContent()).toBe('added');
      await page.evaluate(AXE);
      const run =
        "axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))";
      expect(await page.evaluate(run)).toEqual([]);
      if (process.env['SCREENSHOTS'])
        await page.screenshot({ path: `${process.env['SCREENSHOTS']}/pull.png` });
      await page.getByRole('link', { name: 'What holds in main' }).click();
      await page.waitForURL(`${base}${HERE}`);
      expect(await page.locator('h1').textContent()).toBe('library/tools');
      if (process.env['SCREENSHOTS'])
        await page.screenshot({ path: `${process.env['SCREENSHOTS']}/branch.png`, fullPage: true });
      await page.getByRole('button', { name: 'Sign out robin' }).click();
      expect(await page.locator('h1').textContent()).toBe('You are signed out');
      await page.goto(`${base}${HERE}`);
      expect(new URL(page.url()).pathname).toBe('/login/oauth/authorize');
      expect(complaints.filter((each) => !/favicon|404|font|OTS/.test(each))).toEqual([]);
    } finally {
      await browser.close();
    }
  },
  SLOW,
);

test('what the person did to sign in is in no line of the log', () => {
  const logged = setting.logged();
  for (const token of setting.github.signIn.issued) expect(logged).not.toContain(token);
  expect(logged).not.toContain(setting.configuration.reading!.clientSecret);
  expect(logged).not.toMatch(/code_verifier|[?&]code=/);
});

test(
  'a pull request that is merged is shown with the default branch, and a repository that is gone is not there',
  async () => {
    const { repository, webhooks, app } = setting;
    const browser = await signedIn();
    await repository.merge(pullRequest);
    await webhooks.pullRequest(repository, pullRequest, 'closed');
    await app.idle();
    expect((await browser.get(`${HERE}/pull/1`)).text).toContain('Nothing is kept of it');
    const data = dataIn((await browser.get(HERE)).text);
    const put = data.rows.findIndex(({ name }) => name === 'PUT /tools');
    expect(put).toBeGreaterThan(-1);
    await webhooks.event(repository, 'repository', 'renamed', { action: 'deleted' });
    await app.idle();
    expect((await browser.get(HERE)).status).toBe(404);
  },
  SLOW,
);
