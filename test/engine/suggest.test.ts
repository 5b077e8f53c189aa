import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyse } from '../../analysis/analyse.js';
import type { Edit } from '../../analysis/divergences/finding.js';
import { judge, type Judgement } from '../../analysis/judge.js';
import { withEdits } from '../../analysis/suggest.js';
import { treeOf } from './memory-tree.js';

type Files = Record<string, string>;

async function judgedWithEdits(base: Files, head: Files): Promise<Judgement> {
  const [before, now] = [treeOf(base), treeOf(head)];
  const [baseModel, headModel] = [await analyse(before), await analyse(now)];
  return withEdits(
    {
      base: { model: baseModel, source: before },
      head: { model: headModel, source: now },
      judgement: judge(baseModel, headModel),
    },
    async (tree) => judge(baseModel, await analyse(tree)),
  );
}

async function editsOf(base: Files, head: Files): Promise<string[]> {
  const { findings } = await judgedWithEdits(base, head);
  return findings.filter((f) => f.status === 'new').map((f) => `${f.missing}: ${f.edit?.replacement ?? '-'}`);
}

const EXPRESS = {
  'package.json': '{ "name": "pier", "main": "pier.ts", "dependencies": { "express": "5" } }',
};
const GUARDS = `
export const harbourMaster = (req, res, next) => {
  if (!req.session.user) return res.status(401).end();
  next();
};
export const pilotOf = (rank) => (req, res, next) => {
  if (req.session.user?.rank !== rank) return res.status(403).end();
  next();
};`;
const pier = (...routes: string[]): Files => ({
  ...EXPRESS,
  'guards.ts': GUARDS,
  'pier.ts': `import express from 'express';
import { PrismaClient } from '@prisma/client';
import { harbourMaster, pilotOf } from './guards';
const db = new PrismaClient();
const app = express();
const log = (req, res, next) => { console.log(req.url); next(); };
${routes.join('\n')}
app.listen(1);
`,
});
const CREATE =
  "app.post('/moorings', harbourMaster, async (req, res) => res.json(await db.mooring.create({ data: req.body })));";
const REMOVE =
  "app.delete('/moorings/:id', harbourMaster, async (req, res) => res.json(await db.mooring.delete({ where: { id: req.params.id } })));";

describe('a route', () => {
  test('gets the guard that its neighbours have in front of their handlers', async () => {
    const open =
      "app.put('/moorings/:id', async (req, res) => res.json(await db.mooring.update({ where: { id: req.params.id }, data: req.body })));";
    expect(await editsOf(pier(CREATE, REMOVE), pier(CREATE, REMOVE, open))).toEqual([
      `authentication: ${open.replace("':id'", '').replace("/:id', ", "/:id', harbourMaster, ")}`,
    ]);
  });

  test('gets it behind what its neighbours have before the guard, and where the handler begins a block', async () => {
    const logged = CREATE.replace('harbourMaster, ', 'log, harbourMaster, ');
    const open = `app.put('/moorings/:id', log, async (req, res) => {
  res.json(await db.mooring.update({ where: { id: req.params.id }, data: req.body }));
});`;
    expect(await editsOf(pier(logged, REMOVE), pier(logged, REMOVE, open))).toEqual([
      "authentication: app.put('/moorings/:id', log, harbourMaster, async (req, res) => {",
    ]);
  });

  test('gets a guard made with constants only where two of its neighbours agree', async () => {
    const ranked = (line: string): string => line.replace('harbourMaster', "harbourMaster, pilotOf('first')");
    const open =
      "app.put('/moorings/:id', harbourMaster, async (req, res) => res.json(await db.mooring.update({ where: { id: req.params.id }, data: req.body })));";
    const both = pier(ranked(CREATE), ranked(REMOVE));
    expect(await editsOf(both, pier(ranked(CREATE), ranked(REMOVE), open))).toEqual([
      `authorization: ${ranked(open)}`,
    ]);
    const second = ranked(REMOVE).replace('first', 'second');
    expect(await editsOf(pier(ranked(CREATE), second), pier(ranked(CREATE), second, open))).toEqual([
      'authorization: -',
    ]);
  });

  test('gets back what the change took from it, though nobody else has it', async () => {
    const ranked = REMOVE.replace('harbourMaster', "harbourMaster, pilotOf('first')");
    // What makes guards makes none any more.
    expect(await editsOf(pier(CREATE, ranked), pier(CREATE, REMOVE))).toEqual([
      `authorization: ${ranked}`,
      'never-mounted: -',
    ]);
  });

  test('is left alone where the guard cannot be put on its line, or hides something', async () => {
    const put = (path: string): string =>
      `app.put(${path}, async (req, res) => res.json(await db.mooring.update({ where: { id: req.params.id }, data: req.body })));`;
    expect(await editsOf(pier(CREATE, REMOVE), pier(CREATE, REMOVE, put('/^.moorings/')))).toEqual([
      'authentication: -',
    ]);
    expect(await editsOf(pier(CREATE, REMOVE), pier(CREATE, REMOVE, put("'/moor\u202eings/:id'")))).toEqual([
      'authentication: -',
    ]);
    const chained = `app.route('/moorings/:id')\n  .put(async (req, res) => res.json(await db.mooring.update({ where: { id: req.params.id }, data: req.body })));`;
    expect(await editsOf(pier(CREATE, REMOVE), pier(CREATE, REMOVE, chained))).toEqual(['authentication: -']);
  });

  test('is not given a guard that is not in scope there', async () => {
    const inner = `function berths(harbourMaster) {
  app.put('/moorings/:id', async (req, res) => res.json(await db.mooring.update({ where: { id: req.params.id }, data: req.body })));
}
berths((req, res, next) => next());`;
    expect(await editsOf(pier(CREATE, REMOVE), pier(CREATE, REMOVE, inner))).toEqual(['authentication: -']);
  });
});

const NEST = {
  'package.json':
    '{ "name": "pier", "main": "main.ts", "dependencies": { "@nestjs/core": "11", "@nestjs/common": "11" } }',
  'watch.ts': `import { CanActivate, ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
@Injectable()
export class OnWatch implements CanActivate {
  canActivate(context: ExecutionContext) {
    if (!context.switchToHttp().getRequest().session.user) throw new UnauthorizedException();
    return true;
  }
}`,
};
const controller = (...methods: string[]): Files => ({
  ...NEST,
  'main.ts': `import { Body, Controller, Delete, Module, Param, Post, Put, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PrismaClient } from '@prisma/client';
import { OnWatch } from './watch';
const db = new PrismaClient();

@Controller('moorings')
class Moorings {
${methods.join('\n')}
}
@Module({ controllers: [Moorings] })
class Root {}
NestFactory.create(Root).then((app) => app.listen(1));
`,
});

test('a method gets the decorator of its neighbours, on the side on which they have it', async () => {
  const create =
    '  @Post()\n  @UseGuards(OnWatch)\n  create(@Body() data: any) { return db.mooring.create({ data }); }';
  const remove =
    "  @Delete(':id')\n  @UseGuards(OnWatch)\n  remove(@Param('id') id: string) { return db.mooring.delete({ where: { id } }); }";
  const open =
    "  @Put(':id')\n  change(@Param('id') id: string, @Body() data: any) { return db.mooring.update({ where: { id }, data }); }";
  expect(await editsOf(controller(create, remove), controller(create, remove, open))).toEqual([
    "authentication:   @Put(':id')\n  @UseGuards(OnWatch)",
  ]);
  const above = (method: string): string =>
    method.replace(/^(.*)\n {2}@UseGuards\(OnWatch\)/, '  @UseGuards(OnWatch)\n$1');
  const [first, second] = [above(create), above(remove)];
  expect(await editsOf(controller(first, second), controller(first, second, open))).toEqual([
    "authentication:   @UseGuards(OnWatch)\n  @Put(':id')",
  ]);
});

test('a procedure is built with what builds its neighbours', async () => {
  const router = (...procedures: string[]): Files => ({
    'package.json': '{ "name": "pier", "main": "main.ts", "dependencies": { "@trpc/server": "11" } }',
    'trpc.ts': `import { initTRPC, TRPCError } from '@trpc/server';
const t = initTRPC.context<{ user?: { id: string } }>().create();
export const router = t.router;
export const open = t.procedure;
export const onWatch = t.procedure.use(({ ctx, next }) => {
  if (!ctx.user) throw new TRPCError({ code: 'UNAUTHORIZED' });
  return next({ ctx: { user: ctx.user } });
});`,
    'main.ts': `import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { PrismaClient } from '@prisma/client';
import { onWatch, open, router } from './trpc';
const db = new PrismaClient();
const moorings = router({
${procedures.join('\n')}
});
createHTTPServer({ router: router({ moorings }) }).listen(1);
`,
  });
  const create = '  create: onWatch.mutation(({ input }) => db.mooring.create({ data: input })),';
  const remove = '  remove: onWatch.mutation(({ input }) => db.mooring.delete({ where: { id: input } })),';
  const change =
    '  change: open.mutation(({ input }) => db.mooring.update({ where: { id: input.id }, data: input })),';
  expect(await editsOf(router(create, remove), router(create, remove, change))).toEqual([
    `authentication: ${change.replace('open', 'onWatch')}`,
  ]);
  // Where it goes on over lines, it is the first that says what builds it.
  const long =
    '  change: open\n    .input(z.any())\n    .mutation(({ input }) => db.mooring.update({ where: { id: input.id }, data: input })),';
  expect(await editsOf(router(create, remove), router(create, remove, long))).toEqual([
    'authentication:   change: onWatch',
  ]);
  // An edit after which nothing is seen of the procedure mends nothing.
  const ranked = router(
    "  create: gated.on('first').mutation(({ input }) => db.mooring.create({ data: input })),",
    remove,
  );
  const gated = (files: Files): Files => ({
    ...files,
    'main.ts': files['main.ts']!.replace(
      'const moorings',
      'const gated = { on: (_rank) => onWatch };\nconst moorings',
    ),
  });
  const two = router(
    "  create: gated.on('first').mutation(({ input }) => db.mooring.create({ data: input })),",
    change,
  );
  expect(await editsOf(gated(ranked), gated(two))).toEqual(['authentication: -']);
  // What is not imported any more cannot be put back on this line alone.
  const gone = Object.fromEntries(
    Object.entries(router(create.replace('onWatch', 'open'))).map(([file, text]) => [
      file,
      file === 'main.ts' ? text.replace('onWatch, ', '') : text,
    ]),
  );
  expect(await editsOf(router(create), gone)).toEqual(['authentication: -']);
});

describe('each edit that is made at the pull requests of the fixtures', () => {
  const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
  const cases = readdirSync(FIXTURES, { withFileTypes: true })
    .filter((e) => e.isDirectory())
    .flatMap(({ name }) => readdirSync(path.join(FIXTURES, name)).map((each) => path.join(name, each)))
    .filter((name) => existsSync(path.join(FIXTURES, name, 'head')));

  test('mends its finding by itself', async () => {
    let made = 0;
    for (const name of cases) {
      const [base, head] = [
        filesIn(path.join(FIXTURES, name, 'base')),
        filesIn(path.join(FIXTURES, name, 'head')),
      ];
      const { findings } = await judgedWithEdits(base, head);
      for (const { id, edit } of findings) {
        if (!edit) continue;
        made++;
        const mended = { ...head, [edit.file]: applied(head[edit.file]!, edit) };
        const after = judge(await analyse(treeOf(base)), await analyse(treeOf(mended)));
        const open = after.findings.filter((f) => f.id === id && f.status !== 'resolved');
        expect({ name, edit, open }).toEqual({ name, edit, open: [] });
      }
    }
    expect(made).toBeGreaterThan(2);
  });
});

function applied(text: string, { line, endLine, replacement }: Edit): string {
  const lines = text.split('\n');
  return [...lines.slice(0, line - 1), replacement, ...lines.slice(endLine)].join('\n');
}

function filesIn(folder: string): Files {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]),
  );
}

test('a remedy names what is asked for, and not how a number of the caller is compared', async () => {
  const { findings } = await judgedWithEdits(
    {},
    {
      ...EXPRESS,
      'pier.ts': `import express from 'express';
import { PrismaClient } from '@prisma/client';
const db = new PrismaClient();
const app = express();
const crew = (req, res, next) => (req.session.user ? next() : res.status(401).end());
function mayTow(req, res, next) {
  if (req.session.user.rank !== 'PILOT' || req.session.user.fuel <= 0) return res.status(403).end();
  next();
}
app.post('/tows', crew, mayTow, async (req, res) => res.json(await db.tow.create({ data: { at: req.body.at } })));
app.patch('/tows/:id', crew, mayTow, async (req, res) =>
  res.json(await db.tow.update({ where: { id: req.params.id }, data: { at: req.body.at } })));
app.delete('/tows/:id', crew, async (req, res) => res.json(await db.tow.delete({ where: { id: req.params.id } })));
app.listen(1);
`,
    },
  );
  const remedies = findings.filter((f) => f.missing === 'authorization').map((f) => f.remedy);
  expect(remedies).toHaveLength(1);
  expect(remedies[0]).toContain('`mayTow(PILOT)`');
});

test('a remedy names the guard of what stands nearest, and not the one that most have', async () => {
  const tow = (method: string, path: string, guard: string): string =>
    `router.${method}('${path}', ${guard}async (req, res) => res.json(await db.tow.${method === 'post' ? 'create({ data: { at: req.body.at } })' : method === 'delete' ? 'delete({ where: { id: req.params.id } })' : 'update({ where: { id: req.params.id }, data: { at: req.body.at } })'}));`;
  const file = (name: string, ...routes: string[]): string => `import express from 'express';
import { PrismaClient } from '@prisma/client';
const db = new PrismaClient();
const router = express.Router();
const ${name} = (req, res, next) => (req.session.user ? next() : res.status(401).end());
${routes.join('\n')}
export default router;
`;
  const { findings } = await judgedWithEdits(
    {},
    {
      ...EXPRESS,
      'pier.ts': `import express from 'express';
import harbour from './harbour';
import river from './river';
express().use('/harbour', harbour).use('/river', river).listen(1);
`,
      'harbour.ts': file(
        'pilots',
        tow('post', '/tows', 'pilots, '),
        tow('put', '/tows/:id', 'pilots, '),
        tow('delete', '/tows/:id', 'pilots, '),
      ),
      'river.ts': file('ferrymen', tow('post', '/tows', 'ferrymen, '), tow('delete', '/tows/:id', '')),
    },
  );
  const open = findings.filter((f) => f.missing === 'authentication');
  expect(open.map((f) => f.remedy)).toEqual([expect.stringContaining('`ferrymen`')]);
  expect(open[0]!.precedents[0]).toMatchObject({ file: 'river.ts', guard: 'ferrymen' });
});
