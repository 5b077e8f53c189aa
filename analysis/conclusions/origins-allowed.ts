import type { OriginsAllowed } from '../model/model.js';
import type { Argument, Expression, Statement } from '../syntax/ast.js';
import type { Evaluator } from '../wiring/evaluator.js';
import { declarationOf, valueIn, visit, type Node } from './code.js';
import { calledOf, packagesIn, pathOf } from './packages.js';

/** How a package is told which sites may read answers. Sources: the packages' own documentation. */
interface Telling {
  /** Which argument holds the options. */
  options: number;
  /** Without `origin` whoever asks is answered that they may. */
  anyByDefault?: true;
}
/** By import name and member path; `register` stands for a plugin that is registered with options. */
const TELLING: Readonly<Record<string, Readonly<Record<string, Telling>>>> = {
  cors: { '': { options: 0 } },
  '@koa/cors': { '': { options: 0, anyByDefault: true } },
  '@fastify/cors': { register: { options: 1 } },
  hono: { 'cors.cors': { options: 0 } },
};
/** https://docs.nestjs.com/security/cors */
const NEST = '@nestjs/core';

/**
 * Where a program says which other sites may read what it answers to somebody's cookies (Fetch standard, 3.3). Read off the
 * code: what is written there is what is meant, whatever path leads to it.
 */
export function originsAllowed(it: Evaluator, program: string): OriginsAllowed[] {
  return it.modules.loaded.flatMap((instance) => {
    const packages = packagesIn(it, instance, (name) => name === NEST || Object.hasOwn(TELLING, name));
    if (packages.size === 0) return [];
    const isNest = [...packages.values()].some((p) => p.package === NEST);
    const found: OriginsAllowed[] = [];
    const tellingIn = (node: Node & { k: 'call' }): Telling | undefined => {
      if (pathOf(node.callee)?.at(-1) === 'enableCors') return isNest ? { options: 0 } : undefined;
      const called = calledOf(node, packages);
      return called ? TELLING[called.package]?.[called.member] : undefined;
    };
    visit(instance.module.body, (node) => {
      if (node.k !== 'call') return;
      const telling = tellingIn(node);
      const given = telling && node.args[telling.options];
      const options = given?.k === 'identifier' ? declarationOf(instance.module, given.name) : given;
      if (!telling || options?.k !== 'object' || !isTrue(valueIn(options, 'credentials'))) return;
      const origin = valueIn(options, 'origin');
      const any = origin ? isAny(origin) : telling.anyByDefault === true;
      // That nothing is said of it, or all, is answered without regard to cookies: browsers then keep the answer back.
      if (any || (origin && !isTrue(origin) && origin.k !== 'literal'))
        found.push({ program, any, place: { file: instance.path, line: (origin ?? node).line } });
    });
    if (found.every((o) => o.any === found[0]!.any)) return found;
    const arms = armsIn(instance.module.body);
    return found.filter(
      (o) => !o.any || !found.some((f) => !f.any && areArms(arms, f.place.line, o.place.line)),
    );
  });
}
/** Lines of the two arms of each choice that is written out. */
function armsIn(body: readonly Statement[]): ReadonlySet<number>[][] {
  const arms: ReadonlySet<number>[][] = [];
  visit(body, (node) => {
    if ((node.k === 'if' || node.k === 'conditional') && node.alternate)
      arms.push([linesOf(node.consequent), linesOf(node.alternate)]);
  });
  return arms;
}
function linesOf(part: Node): ReadonlySet<number> {
  const lines = new Set<number>();
  visit(part, (node) => lines.add(node.line));
  return lines;
}
/** Sites are named in one arm of a choice, and any is let in by the other: a setting says which, as while a program is being developed. */
const areArms = (arms: readonly ReadonlySet<number>[][], named: number, any: number): boolean =>
  arms.some(([a, b]) => (a!.has(named) && b!.has(any)) || (b!.has(named) && a!.has(any)));
const isTrue = (e: Argument | null): boolean => e?.k === 'literal' && e.value === true;
/** `true`, `(origin) => origin`, `(_origin, done) => done(null, true)` */
function isAny(origin: Expression): boolean {
  if (isTrue(origin)) return true;
  if (origin.k !== 'function' || origin.fn.body.length !== 1) return false;
  const [asked] = origin.fn.params.map((p) => (p.pattern.k === 'identifier' ? p.pattern.name : null));
  const [only] = origin.fn.body;
  const value = only?.k === 'return' ? only.value : only?.k === 'expression' ? only.expression : null;
  if (value?.k === 'identifier') return value.name === asked;
  return value?.k === 'call' && value.callee.k === 'identifier' && isTrue(value.args[1] ?? null);
}
