import ts from 'typescript';
import { analyse } from '../../analysis/analyse.js';
import { treeOf } from '../engine/memory-tree.js';
import { apply, random, shuffled, type Mutant } from './mutant.js';
import { neutral } from './neutral.js';
import { Project } from './project.js';
import { removals } from './removals.js';
import { ProcessCache, tried, type Trial } from './trial.js';

/** A ferry company: routes, a controller, procedures and a wrapped handler, each kind of guard once or twice. */
const FILES: Record<string, string> = {
  'package.json': JSON.stringify({ name: 'ferries', workspaces: ['*'] }),
  'quay/package.json': JSON.stringify({
    name: 'quay',
    main: 'index.js',
    type: 'module',
    dependencies: { express: '4', '@prisma/client': '5' },
  }),
  'quay/gangway.js': `
export async function sailorOnly(req, res, next) {
  if (!req.session.sailor) return res.status(401).end();
  next();
}
export function withPurser(work) {
  return async (req, res) => {
    if (req.session.rank !== 'purser') return res.status(403).end();
    return work(req, res);
  };
}
`,
  'quay/index.js': `
import express from 'express';
import { PrismaClient } from '@prisma/client';
import { sailorOnly, withPurser } from './gangway.js';
const db = new PrismaClient();
const app = express();
app.post('/crossings', sailorOnly, async (req, res) => {
  res.json(await db.crossing.create({ data: req.body }));
});
app.get('/crossings', sailorOnly, async (req, res) => {
  res.json(await db.crossing.findMany());
});
app.delete('/cabins/:cabin', async (req, res) => {
  if (!req.session.sailor) {
    return res.status(401).end();
  }
  await db.cabin.delete({ where: { id: req.params.cabin } });
  res.end();
});
app.put('/fares', withPurser(async (req, res) => {
  await db.fare.updateMany({ data: req.body });
  res.end();
}));
app.listen(80);
`,
  'bridge/package.json': JSON.stringify({
    name: 'bridge',
    main: 'main.ts',
    dependencies: { '@nestjs/common': '10', '@nestjs/core': '10' },
  }),
  'bridge/watch.guard.ts': `
import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
@Injectable()
export class WatchGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    return Boolean(context.switchToHttp().getRequest().session.mate);
  }
}
`,
  'bridge/helm.controller.ts': `
import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import { WatchGuard } from './watch.guard';
@Controller('helm')
export class HelmController {
  @Get('bearing')
  bearing() { return 'north'; }
  @UseGuards(WatchGuard)
  @Post('bearing')
  turn() { return 'turned'; }
}
@Controller('lamps')
@UseGuards(WatchGuard)
export class LampController {
  @Get('port')
  port() { return 'red'; }
  @Get('starboard')
  starboard() { return 'green'; }
}
`,
  'bridge/main.ts': `
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HelmController, LampController } from './helm.controller';
@Module({ controllers: [HelmController, LampController] })
class Bridge {}
void NestFactory.create(Bridge).then((app) => app.listen(81));
`,
  'hold/package.json': JSON.stringify({
    name: 'hold',
    main: 'index.ts',
    dependencies: { '@trpc/server': '11' },
  }),
  'hold/builders.ts': `
import { initTRPC, TRPCError } from '@trpc/server';
const t = initTRPC.context<{ user: { id: string } | null }>().create();
export const router = t.router;
export const loaderProcedure = t.procedure.use(({ ctx, next }) => {
  if (!ctx.user) throw new TRPCError({ code: 'UNAUTHORIZED' });
  return next({ ctx: { user: ctx.user } });
});
`,
  'hold/index.ts': `
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { loaderProcedure, router } from './builders';
export const cargo = router({
  weigh: loaderProcedure.query(() => 12),
  lash: loaderProcedure.mutation(() => true),
});
createHTTPServer({ router: cargo }).listen(82);
`,
};
const source = treeOf(FILES);
const cache = new ProcessCache();
const base = await analyse(source, { cache });
const project = await Project.read(source, base);

/** The files of a mutant; each must still be a program that parses. */
function filesOf(mutant: Mutant): Record<string, string> {
  const changed = apply(mutant, project.texts);
  for (const [path, text] of changed) {
    const { diagnostics } = ts.transpileModule(text, { fileName: path, reportDiagnostics: true });
    expect({ path, text, errors: diagnostics?.map((d) => d.messageText) }).toEqual({
      path,
      text,
      errors: [],
    });
  }
  const files = { ...FILES, ...Object.fromEntries(changed) };
  if (!mutant.move) return files;
  const { [mutant.move.from]: moved, ...rest } = files;
  return { ...rest, [mutant.move.to]: moved! };
}
const answered = async (mutants: readonly Mutant[]): Promise<Trial[]> => {
  const trials: Trial[] = [];
  for (const m of mutants) trials.push(await tried(m, base, treeOf(filesOf(m)), cache));
  return trials;
};

test('each kind of guard is taken away, from the entry points that had it', async () => {
  const { mutants } = removals(project, 1);
  const made = mutants.map((m) => `${m.mutator} ${m.file}:${m.line} ${m.expected.join(', ')}`);
  expect(made.sort()).toEqual(
    [
      'remove-argument quay/index.js:7 quay: http POST /crossings',
      'remove-argument quay/index.js:10 quay: http GET /crossings',
      'remove-builder hold/builders.ts:5 hold: rpc lash',
      'remove-builder hold/builders.ts:5 hold: rpc weigh',
      'remove-check quay/index.js:14 quay: http DELETE /cabins/:cabin',
      'remove-decorator bridge/helm.controller.ts:13 bridge: http GET /lamps/port, bridge: http GET /lamps/starboard',
      'remove-decorator bridge/helm.controller.ts:8 bridge: http POST /helm/bearing',
      'remove-wrapper quay/index.js:20 quay: http PUT /fares',
    ].sort(),
  );
  expect((await answered(mutants)).filter((t) => t.verdict !== 'exact')).toEqual([]);
});

test('what is no guard changes nothing', async () => {
  const mutants = await neutral(project, 1, 100);
  expect([...new Set(mutants.map((m) => m.mutator))].sort()).toEqual([
    'extract-function',
    'move-file',
    'reformat',
    'rename-guard',
    'swap-routes',
  ]);
  const trials = await answered(mutants);
  expect(trials.filter((t) => t.verdict !== 'quiet' || t.partial)).toEqual([]);
});

test('the same seed chooses the same mutants, another one others', () => {
  const orderOf = (seed: number): string =>
    removals(project, seed)
      .mutants.map((m) => m.what)
      .join();
  expect(orderOf(7)).toBe(orderOf(7));
  const numbers = Array.from({ length: 50 }, (_, i) => i);
  expect(shuffled(numbers, random(1))).not.toEqual(shuffled(numbers, random(2)));
});
