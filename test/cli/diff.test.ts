import path from 'node:path';
import type { SurfaceReport } from '../../app/report/surface.js';
import type { Sandbox } from '../git/sandbox.js';
import { postern } from './cli.js';
import { lendingApplication, LOANS, withRoutes } from './lending.js';

/** A history of one application: each tag brings one kind of change. */
let sandbox: Sandbox;
let cache: string;
const WITH_HISTORY = `loans.get('/:id/history', signedIn, async (req, res) => {
  res.json(await prisma.loan.findMany({ where: { id: req.params.id } }));
});
`;
const routes = withRoutes(WITH_HISTORY);
const REMINDER = `import { Router } from 'express';
export const reminders = Router();
reminders.post('/remind', async function remind(req, res) {
  res.json(await mailer.send(req.body.text));
});
`;
beforeAll(() => {
  sandbox = lendingApplication();
  cache = path.join(sandbox.root, 'cache');
  const tag = (name: string, files: Record<string, string | null>): void => {
    sandbox.commit(name, files);
    sandbox.git('tag', name);
  };
  tag('start', { [LOANS]: routes, 'src/reminders.js': REMINDER });
  const app = 'src/app.js';
  const moved = sandbox.git('show', `HEAD:${app}`).replace('./loans.js', './lending/routes.js');
  const atNewPlace = (text: string): string => text.replaceAll("from './", "from '../");
  tag('moved', {
    [LOANS]: null,
    'src/lending/routes.js': `// Moved.\n\n${atNewPlace(routes)}`,
    'src/reminders.js': null,
    'src/lending/reminders.js': REMINDER,
    [app]: moved,
  });
  const place = 'src/lending/routes.js';
  const gone = routes.replace(WITH_HISTORY, '');
  tag('without-history', { [place]: atNewPlace(gone) });
  // The handler of PUT deletes loans too, that of DELETE asks nobody any more, and every PATCH is limited.
  const changed = gone
    .replace("loans.delete('/:id', signedIn, ", "loans.delete('/:id', ")
    .replace(
      'prisma.loan.update({ where',
      'prisma.loan.deleteMany({ where: { overdue: req.body.overdue } }));\n  res.json(await prisma.loan.update({ where',
    )
    .replace("loans.patch('/:id/return', signedIn, ", "loans.patch('/:id/return', limited, signedIn, ")
    .replace(
      'export const loans',
      "import rateLimit from 'express-rate-limit';\nconst limited = rateLimit({ max: 5 });\nexport const loans",
    );
  tag('changed', { [place]: atNewPlace(changed) });
  tag('hidden', { [place]: `${atNewPlace(changed)}\nexport const broken = {{{;\n` });
});
afterAll(() => sandbox.remove());

const run = (...args: string[]) =>
  postern(['diff', '--repo', sandbox.dir, '--cache', cache, ...args], { cwd: sandbox.root });
async function json(...args: string[]): Promise<SurfaceReport> {
  const { stdout, stderr } = await run(...args, '--format', 'json');
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}
const idsOf = (all: { id: string }[]): string[] => all.map(({ id }) => id);

test('what moved to another file is what it was', async () => {
  const report = await json('start', 'moved');
  expect(report).toMatchObject({ added: [], removed: [], changed: [] });
  expect(report.summary).toMatchObject({ before: 6, after: 6 });
  expect((await run('start', 'moved')).stdout).toBe('No entry point differs (6 compared).\n');
});

test('entry points come and go, with what protects them', async () => {
  const gone = await json('moved', 'without-history');
  expect(idsOf(gone.removed)).toEqual(['lending: http GET /loans/:id/history']);
  expect(gone.removed[0]).toMatchObject({
    protections: ['authentication'],
    effects: [{ effect: 'list', target: 'Loan' }],
  });
  const back = await json('without-history', 'moved');
  expect(idsOf(back.added)).toEqual(idsOf(gone.removed));
  expect(back).toMatchObject({
    from: sandbox.git('rev-parse', 'without-history'),
    to: sandbox.git('rev-parse', 'moved'),
    removed: [],
    changed: [],
  });
});

test('protections lost and gained, and what is done that was not', async () => {
  const report = await json('without-history', 'changed');
  expect(report).toMatchObject({ status: 'complete', added: [], removed: [] });
  expect(
    report.changed.map(({ entryPoint, gained, lost, effects }) => [entryPoint.id, { gained, lost, effects }]),
  ).toEqual([
    [
      'lending: http DELETE /loans/:id',
      { gained: [], lost: ['authentication'], effects: { added: [], removed: [] } },
    ],
    [
      'lending: http PUT /loans/:id',
      { gained: [], lost: [], effects: { added: [{ effect: 'delete', target: 'Loan' }], removed: [] } },
    ],
    [
      'lending: http PATCH /loans/:id/return',
      { gained: ['rate-limit'], lost: [], effects: { added: [], removed: [] } },
    ],
  ]);
  expect(report.summary).toMatchObject({ changed: 3, gained: 1, lost: 1, newEffects: 1 });
  const { stdout, status } = await run('without-history', 'changed');
  expect(status).toBe(0);
  expect(stdout).toBe(`Changed
  DELETE /loans/:id  src/lending/routes.js:17
    loses authentication
  PUT /loans/:id  src/lending/routes.js:10
    does delete Loan, which it did not
  PATCH /loans/:id/return  src/lending/routes.js:14
    gains rate-limit

5 entry points before, 5 after: 3 changed; 1 protection lost, 1 protection gained, 1 new operation.
`);
});

test('as Markdown, of a bare repository, and of the work tree', async () => {
  sandbox.git('clone', '-q', '--bare', '.', '../bare');
  const bare = path.join(sandbox.root, 'bare');
  const args = ['--repo', bare, 'moved', 'changed', '--format', 'markdown', '--no-cache'];
  const { stdout, status } = await postern(['diff', ...args]);
  expect(status).toBe(0);
  expect(stdout).toContain('### Removed\n\n| Entry point |');
  expect(stdout).toContain(
    '| `GET /loans/:id/history` | authentication | `list Loan` | `src/lending/routes.js:',
  );
  expect(stdout).toContain('  - **loses authentication**\n');
  sandbox.git('checkout', '-q', 'start');
  sandbox.write(LOANS, withRoutes(''));
  const uncommitted = await json('start');
  sandbox.git('checkout', '-q', '-f', 'main');
  expect(uncommitted.to).toBeNull();
  expect(idsOf(uncommitted.removed)).toEqual(['lending: http GET /loans/:id/history']);
});

test('what only one of them hides is no difference that is known', async () => {
  const { status, stdout } = await run('changed', 'hidden');
  expect(status).toBe(3);
  expect(stdout).toContain('(only after)');
  expect(stdout).toMatch(/incomplete: 1 gap in one of the two trees only, which may be why they differ\.\n$/);
});

test('a revision that is none is said, to programs too', async () => {
  const { status, stdout, stderr } = await run('start', 'nowhere', '--format', 'json');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^postern: "nowhere" is not a revision [^\n]+\n$/);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', gaps: [{ reason: expect.any(String) }] });
  expect((await run()).stderr).toMatch(/missing required argument 'from'/);
});
