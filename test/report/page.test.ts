import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { pageAddress, servedAt } from '../../app/report/links.js';
import type { PageData } from '../../app/report/page/contract.js';
import { toPage } from '../../app/report/page/page.js';
import { toPageData } from '../../app/report/page/page-data.js';
import { pageScript } from '../../app/report/page/script.js';
import { toReport, type Report } from '../../app/report/report.js';
import type { Timeline } from '../../app/report/timeline.js';
import { reportPage, type PageOptions } from '../../app/cli/report.js';
import { here, postern, program, PROGRAM } from '../cli/cli.js';
import { GUARDED_ROUTE, lendingApplication, LOANS, OPEN_ROUTE, withRoutes } from '../cli/lending.js';
import { startBrowser, WITHOUT_BROWSER } from './chromium.js';
import { entryPoint, finding, judgement, model, socket } from './example.js';

const HOSTILE = '</script><img src=x onerror="globalThis.owned = 1"><!-- \u202egnp.exe';
/** As the program was built; the sources are not what runs in a browser. */
const SCRIPT = pageScript(new URL('report/page/browser/', pathToFileURL(PROGRAM)));

const loan = entryPoint();
const diary = entryPoint({
  id: 'server: http GET /diary',
  trigger: { kind: 'http', method: 'GET', path: '/diary' },
  chain: [],
  protections: ['validation'],
  unknown: [],
  effects: [],
  assumed: [
    { protection: 'authentication', by: 'the gateway', place: { file: '.github/postern.yml', line: 3 } },
  ],
  public: 'said so',
});
const waiver = { who: 'Robin', why: 'a kiosk lends', until: null };
function example(): Report {
  const entryPoints = [loan, socket, diary];
  const findings = [
    finding({
      id: 'f-open',
      entryPoint: socket.id,
      missing: 'authentication',
      status: 'existing',
      waiver: undefined,
    }),
    finding({ id: 'f-waived', entryPoint: loan.id, missing: 'ownership', status: 'waived', waiver } as never),
  ];
  const inModel = model({ entryPoints });
  return toReport({
    mode: 'scan',
    model: inModel,
    judgement: judgement({ findings }),
    base: null,
    head: 'c0ffee',
  });
}
const dataIn = (html: string): PageData =>
  JSON.parse(/<script type="application\/json" id="data">(.*)<\/script>/.exec(html)![1]!);

test('each cell says what it knows, and which code shows it', () => {
  const data = toPageData({ report: example(), title: 'lending' });
  const row = (id: string) => data.rows.find((each) => each.id === id)!;
  const cells = (id: string) =>
    Object.fromEntries(data.columns.map((name, at) => [name, row(id).cells[at]?.state ?? null]));
  expect(data.columns).toEqual(['authentication', 'authorization', 'ownership', 'rate-limit', 'validation']);
  expect(cells(loan.id)).toMatchObject({
    authentication: 'has',
    ownership: 'waived',
    'rate-limit': 'unknown',
    validation: null,
  });
  expect(cells(socket.id)).toMatchObject({ authentication: 'diverges', authorization: null });
  expect(cells(diary.id)).toMatchObject({ authentication: 'assumed', validation: 'has' });
  const guard = data.guards[row(loan.id).cells[0]!.guards[0]!]!;
  expect([guard.name, data.files[guard.place[0]]!.name, guard.place[1]]).toEqual([
    'requireRole',
    'src/app.ts',
    7,
  ]);
  expect(data.groups.map(({ about, name, rows }) => [about, name, rows.length])).toEqual([
    ['entity', 'Loan', 2],
    ['path', '/diary', 1],
  ]);
  expect(data.entities).toEqual([{ name: 'Loan', writes: expect.any(Array), reads: [] }]);
  expect(data.findings.find(({ id }) => id === 'f-waived')!.waiver).toBe('waived by Robin: a kiosk lends');
});

test('what is not passed on every way is told apart from what is not there, and a guard is listed once', () => {
  const report = example();
  const whole = report.entryPoints.find(({ id }) => id === loan.id)!;
  const [link] = whole.chain;
  const half = { ...whole, protections: [], unknown: [], chain: [link!, link!] };
  const data = toPageData({ report: { ...report, entryPoints: [half], findings: [] }, title: 'lending' });
  const [row] = data.rows;
  expect(row!.chain).toHaveLength(1);
  expect(data.columns.map((name, at) => [name, row!.cells[at]?.state ?? null])).toEqual([
    ['authentication', 'partly'],
    ['authorization', 'partly'],
    ['ownership', null],
  ]);
  expect(data.guards[row!.cells[0]!.guards[0]!]!.name).toBe('requireRole');
});

test('remotes whose pages are known lead there, without what they hold of credentials', () => {
  for (const remote of [
    'git@github.com:o/n.git',
    'https://me:secret@github.com/o/n',
    'ssh://git@github.com:22/o/n.git/',
  ])
    expect(servedAt(remote)).toBe('https://github.com/o/n');
  for (const remote of [
    '../elsewhere',
    '/srv/git/n.git',
    'https://git.example.org/o/n',
    'git@github.com:"><b>/n',
  ])
    expect(servedAt(remote)).toBeNull();
  expect(pageAddress('https://h/o/blob/main/')('a b/[id]/#x?.ts')).toBe(
    'https://h/o/blob/main/a%20b/%5Bid%5D/%23x%3F.ts',
  );
});

describe('postern report', () => {
  const sandbox = lendingApplication();
  afterAll(() => sandbox.remove());
  const report = (...args: string[]) =>
    program(['report', '--repo', sandbox.dir, '--no-cache', ...args], { cwd: sandbox.root });
  /** Without the second that a process takes to start. */
  const page = (options: Partial<PageOptions> = {}) =>
    here(
      () =>
        reportPage(
          { repo: sandbox.dir, cache: false, output: 'postern-report.html', history: 10, ...options },
          () => SCRIPT,
        ),
      { cwd: sandbox.root },
    );
  const written = (file: string) => readFileSync(path.join(sandbox.root, file), 'utf8');

  test('writes one file, links what is committed as it is, and says so', async () => {
    sandbox.git('remote', 'add', 'origin', 'https://me:secret@github.com/lenders/lending.git');
    sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
    const run = await report();
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(/^Written to postern-report\.html\. 1 divergence in 5 entry points/);
    const html = written('postern-report.html');
    expect(html).not.toContain('secret');
    const data = dataIn(html);
    expect(data.title).toBe('lenders/lending');
    const head = sandbox.git('rev-parse', 'HEAD');
    const address = (name: string) => data.files.find((file) => file.name === name)?.address;
    expect(address('src/app.js')).toBe(`https://github.com/lenders/lending/blob/${head}/src/app.js`);
    expect(address(LOANS)).toBeNull();
  });

  test('of a revision, elsewhere, with addresses of its own', async () => {
    const run = await report(
      '--rev',
      'main',
      '--output',
      'main.html',
      '--link-base',
      'https://git.example.org/l/',
    );
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(dataIn(written('main.html')).files.map(({ address }) => address)).toContain(
      `https://git.example.org/l/${LOANS}`,
    );
  });

  test('tells which pull request established what, and with the judgement of each, what was taken away', async () => {
    sandbox.git('checkout', '-q', '-f', 'main');
    sandbox.commit('Nobody has to sign in to extend (#2)', { [LOANS]: withRoutes(OPEN_ROUTE) });
    sandbox.commit('Ask again (#3)', { [LOANS]: withRoutes(GUARDED_ROUTE) });
    sandbox.commit('Open it (#4)', { [LOANS]: withRoutes(OPEN_ROUTE) });
    const place = path.join(sandbox.root, 'history.html');
    expect(await page({ output: place })).toMatchObject({ status: 0, stderr: '' });
    const { timeline, rows } = dataIn(readFileSync(place, 'utf8'));
    const named = (all: { protection: string; entryPoints: (number | string)[] }[]) =>
      all.map(({ protection, entryPoints }) => [
        protection,
        entryPoints.map((each) => (typeof each === 'string' ? each : rows[each]!.name)),
      ]);
    const first = ['POST /loans', 'PUT /loans/:id', 'PATCH /loans/:id/return', 'DELETE /loans/:id'];
    expect(timeline!.moments.map(({ name, established, lost }) => [name, named(established), lost])).toEqual([
      ['#1', [['authentication', expect.arrayContaining(first)]], []],
    ]);
    expect(timeline).toMatchObject({ unknown: [], replayed: null });
    const replayed = await postern(['replay', '--repo', sandbox.dir, '--no-cache']);
    writeFileSync(path.join(sandbox.root, 'replay.jsonl'), replayed.stdout);
    await page({ output: place, replay: 'replay.jsonl' });
    const whole = dataIn(readFileSync(place, 'utf8')).timeline!;
    expect(
      whole.moments.map(({ name, established, lost }) => [name, named(established).length, named(lost)]),
    ).toEqual([
      ['#4', 0, [['authentication', ['PATCH /loans/:id/extend']]]],
      ['#3', 1, []],
      ['#1', 1, []],
    ]);
    expect(whole.replayed).toEqual({ commits: 4, from: '#1', to: '#4' });
    await page({ output: place, history: 0 });
    expect(dataIn(readFileSync(place, 'utf8')).timeline).toBeNull();
    await expect(page({ output: place, replay: 'history.html' })).rejects.toThrow(
      /line 1 is none of its lines$/,
    );
  });

  test('of a clone whose history is cut off, and of files that are not committed, it says that it does not know', async () => {
    sandbox.git('clone', '-q', '--depth', '1', `file://${sandbox.dir}`, '../shallow');
    const shallow = path.join(sandbox.root, 'shallow');
    const place = path.join(sandbox.root, 'shallow.html');
    await page({ repo: shallow, output: place });
    const { timeline } = dataIn(readFileSync(place, 'utf8'));
    expect(timeline).toMatchObject({
      moments: [],
      unknown: [{ reason: 'the clone has no history before it', count: 4 }],
    });
    sandbox.write(LOANS, withRoutes('// changed\n'));
    await page({ output: place });
    expect(dataIn(readFileSync(place, 'utf8')).timeline!.unknown).toEqual([
      { reason: 'the file is changed, and not committed', count: 4 },
    ]);
  });

  test('says what is wrong with a place that cannot be written, and with an address that is none', async () => {
    const nowhere = await report('--output', 'no/where.html');
    expect(nowhere.status).toBe(2);
    expect(nowhere.stderr).toMatch(/no\/where\.html: its folder does not exist; say where with --output/);
    expect((await report('--link-base', 'javascript:alert(1)')).status).toBe(2);
  });
});

const inBrowser = WITHOUT_BROWSER === null ? describe : describe.skip;
if (WITHOUT_BROWSER !== null) console.warn(`The page is not tried in a browser: ${WITHOUT_BROWSER}`);

inBrowser('in a browser', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-page-'));
  const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opened as a reader does, from a file; what it logs or asks the network for is a mistake. */
  async function opened(html: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const file = path.join(folder, 'page.html');
    writeFileSync(file, html);
    const page = await browser.newPage(options);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) complaints.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    return page;
  }
  let complaints: string[] = [];
  beforeEach(() => (complaints = []));
  afterEach(() => expect(complaints).toEqual([]));
  const html = (report = example()) => toPage({ report, title: 'lending', timeline: past(60) }, SCRIPT);
  /** A history in which each pull request establishes something, and the newest takes something away too. */
  function past(length: number): Timeline {
    const step = { entryPoint: loan.id, protection: 'authentication', withIt: true };
    const moments = Array.from({ length }, (_, at) => ({
      commit: { sha: `c${at}`, subject: `Do ${HOSTILE}`, date: '2027-01-31', pullRequest: length - at },
      established: [step, { ...step, protection: 'ownership', withIt: false }],
      lost: at === 0 ? [{ ...step, entryPoint: 'server: http GET /gone' }] : [],
    }));
    const [to, from] = [moments[0]!.commit, moments[3]!.commit];
    const unknown = [{ reason: 'no time', count: 2 }];
    return { moments, unknown, replayed: { commits: 4, from, to } };
  }
  const names = (page: Page) => page.locator('#groups .entry').allTextContents();

  test('search and filters narrow what is shown', async () => {
    const page = await opened(html());
    expect(await names(page)).toEqual(['POST /loans', 'WebSocket /live "lend"', 'GET /diary']);
    await page.getByLabel('Search').fill('loan requirerole');
    expect(await names(page)).toEqual(['POST /loans']);
    expect(await page.locator('#result').textContent()).toBe('1 of 3 entry points');
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Only').selectOption('diverging');
    expect(await names(page)).toEqual(['WebSocket /live "lend"']);
    await page.getByLabel('Transport', { exact: true }).selectOption('HTTP');
    expect(await page.locator('#groups').textContent()).toBe('No entry point is like this.');
    await page.getByLabel('Only').selectOption('');
    await page.getByLabel('Lacking').selectOption('authentication');
    expect(await names(page)).toEqual([]);
    await page.getByRole('button', { name: 'WebSocket /live "lend"' }).click();
    expect(await names(page)).toEqual(['WebSocket /live "lend"']);
    await page.close();
  });

  test('the timeline says who established and took away what, and what it does not know', async () => {
    const page = await opened(html());
    const timeline = page.locator('#timeline');
    expect(await timeline.locator('h2').textContent()).toBe('Timeline (60)');
    const text = await timeline.textContent();
    expect(text).toContain('known of 4 commits, #57 to #60, which were judged one by one');
    expect(text).toContain('Not here: 2 protections (no time).');
    const moments = timeline.locator('.moments > li');
    expect(await moments.first().textContent()).toMatch(
      /^2027-01-31 #60 Do .*−authentication taken away from 1 entry point\+authentication on 1 entry point, which came with it\+ownership on 1 entry point that had been without it$/,
    );
    await moments.first().locator('summary').first().click();
    expect(await moments.first().textContent()).toContain('server: http GET /gone (no more)');
    expect(await moments.count()).toBe(40);
    // By key: what was opened above it still finds its size, and moves it away below a pointer.
    await timeline.getByRole('button', { name: 'Show 20 earlier ones' }).press('Enter');
    await moments.nth(59).waitFor({ state: 'attached' });
    expect(await moments.count()).toBe(60);
    expect(await page.evaluate("document.activeElement.closest('.moments > li p + *') !== null")).toBe(true);
    await moments.nth(1).locator('summary').first().click();
    await moments.nth(1).getByRole('button', { name: 'POST /loans' }).click();
    expect(await names(page)).toEqual(['POST /loans']);
    await page.locator('.entry').first().click();
    expect(await page.locator('.details .since').textContent()).toMatch(
      /^authentication: 2027-01-31, #60 Do /,
    );
    await page.close();
  });

  test('the keyboard is enough', async () => {
    const page = await opened(html());
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('search');
    await page.locator('.entry').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    const details = page.locator('.details');
    expect(await details.textContent()).toContain(
      'requireRole authentication, authorization (asks for LENDER; not if process.env.OPEN)',
    );
    expect(await details.textContent()).toContain('waived by Robin: a kiosk lends');
    await page.keyboard.press('Enter');
    expect(await details.count()).toBe(0);
    await page.close();
  });

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)('nothing is in the way of anybody: %s, %d wide', async (colorScheme, width) => {
    const page = await opened(html(), { colorScheme, viewport: { width, height: 800 } });
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground === 'rgb(255, 255, 255)').toBe(colorScheme === 'light');
    for (const entry of await page.locator('.entry').all()) await entry.click();
    for (const summary of (await page.locator('summary').all()).slice(0, 12)) await summary.click();
    // Through the debugger, which the policy of the page does not bind.
    await page.evaluate(AXE);
    const found = (await page.evaluate('axe.run()')) as {
      violations: { id: string; nodes: { html: string }[] }[];
    };
    expect(found.violations.map(({ id, nodes }) => [id, nodes[0]!.html])).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.close();
  });

  test('on paper the table is a table, with its columns', async () => {
    // As wide as A4 is between its margins.
    const page = await opened(html(), { viewport: { width: 680, height: 960 } });
    const matrix = page.locator('.matrix').first();
    const display = () => page.evaluate("getComputedStyle(document.querySelector('.matrix')).display");
    expect(await display()).toBe('block');
    await page.emulateMedia({ media: 'print' });
    expect(await display()).toBe('table');
    const heads = await matrix
      .locator('thead th')
      .evaluateAll((all) => all.map((head) => [head.scrollWidth <= head.clientWidth, head.clientHeight > 1]));
    expect(new Set(heads.flat())).toEqual(new Set([true]));
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(680);
    expect(await page.locator('.filters').isVisible()).toBe(false);
    await page.close();
  });

  test('what a repository holds is text, and nothing but text', async () => {
    const place = { file: `src/${HOSTILE}.ts`, line: 1 };
    const hostile = entryPoint({
      id: HOSTILE,
      program: HOSTILE,
      trigger: { kind: 'graphql', name: HOSTILE },
      registration: place,
      chain: [{ ...loan.chain[0]!, name: HOSTILE, arguments: [HOSTILE], unless: HOSTILE, place }],
      effects: [{ ...loan.effects[0]!, target: HOSTILE }],
      public: HOSTILE,
    });
    const report = toReport({
      mode: 'scan',
      model: model({ entryPoints: [hostile] }),
      judgement: judgement({
        findings: [finding({ entryPoint: HOSTILE, message: HOSTILE, remedy: HOSTILE, place })],
        gaps: [{ reason: HOSTILE, ...place, introduced: false } as never],
      }),
      base: null,
      head: null,
    });
    const page = await opened(
      toPage({ report, title: HOSTILE, addressOf: pageAddress('https://git.example.org/l') }, SCRIPT),
    );
    for (const entry of await page.locator('.entry').all()) await entry.click();
    for (const summary of await page.locator('summary').all()) await summary.click();
    expect(await page.evaluate('globalThis.owned ?? null')).toBeNull();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toContain('</script><img');
    const shown = (await page.locator('body').innerText()).split('\\u{202e}');
    expect(shown.length).toBeGreaterThan(5);
    expect(shown.join('')).not.toMatch(/\u202e/);
    expect(await page.locator('a.place').first().getAttribute('href')).toMatch(
      /^https:\/\/git\.example\.org\/l\/src\/%3C%2Fscript|^https:\/\/git\.example\.org\/l\/src\/%3C\/script/,
    );
    // Nor would a script that got in: the policy of the page lets only its own run.
    await page.evaluate(
      "document.body.append(Object.assign(document.createElement('script'), { textContent: 'owned = 1' }))",
    );
    expect(await page.evaluate('globalThis.owned ?? null')).toBeNull();
    expect(complaints.splice(0)).toEqual([expect.stringContaining('Content Security Policy')]);
    await page.close();
  });

  test('thousands of entry points are all there to be searched and printed', async () => {
    const report = example();
    const first = report.entryPoints.find(({ id }) => id === loan.id)!;
    report.entryPoints = Array.from({ length: 1200 }, (_, at) => ({
      ...first,
      id: `e${at}`,
      path: `/loans/${at}`,
    }));
    const page = await opened(html(report));
    const [atFirst, printed] = (await page.evaluate(`(() => {
      const count = () => document.querySelectorAll('#groups .entry').length;
      document.querySelector('#search').dispatchEvent(new Event('input'));
      const first = count();
      dispatchEvent(new Event('beforeprint'));
      return [first, count()];
    })()`)) as number[];
    expect(atFirst).toBeLessThan(1200);
    expect(printed).toBe(1200);
    await page.getByLabel('Search').fill('/loans/1199');
    expect(await names(page)).toEqual(['POST /loans/1199']);
    await page.close();
  });
});
