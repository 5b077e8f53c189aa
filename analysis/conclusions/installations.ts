import type { Installation } from '../model/model.js';
import type { Argument } from '../syntax/ast.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { ModuleInstance } from '../wiring/instance.js';
import { functionOf, importedFrom, visit } from './code.js';

const ROUTE = /^(?:get|post|put|patch|delete|del|all|route|use|mount)$/;

/**
 * Where a guard that stands in front of nothing is installed: `app.use(guard)`, `app.use('/path', guard)`. Null where it
 * is mentioned in any other way as well, since it may then be called, or handed to what was not followed.
 */
export function installationOf(it: Evaluator, home: ModuleInstance, name: string): Installation | null {
  const found: Installation[] = [];
  let mentions = 0;
  for (const instance of it.modules.loaded) {
    const local = localName(it, instance, home, name);
    if (local === null) continue;
    visit(instance.module.body, (node) => {
      if (node.k === 'identifier' && node.name === local) mentions++;
      if (node.k !== 'call' || node.callee.k !== 'member' || node.callee.name !== 'use') return;
      const at = node.args.findIndex((a) => a.k === 'identifier' && a.name === local);
      const [first] = node.args;
      if (at < 0 || !first) return;
      const path = first.k === 'literal' && typeof first.value === 'string' ? first.value : null;
      if (at > 0 && path === null) return;
      const { object } = node.callee;
      const receiver = object.k === 'identifier' ? object.name : null;
      if (receiver === null) return;
      const routes = routesOf(it, instance, receiver, node.line);
      found.push({
        file: instance.path,
        line: node.line,
        path,
        routesBefore: routes.before,
        routesAfter: routes.after,
      });
    });
  }
  // A declaration with `const` is a mention; one of a function is none.
  const declared = home.module.body.some((s) => s.k === 'functionDeclaration' && s.fn.name === name) ? 0 : 1;
  return found.length === 1 && mentions - declared === 1 ? found[0]! : null;
}
function localName(
  it: Evaluator,
  instance: ModuleInstance,
  home: ModuleInstance,
  name: string,
): string | null {
  if (instance === home) return name;
  for (const [local, { source, imported }] of instance.imports) {
    const target = it.loader.resolve(instance.path, source);
    if (target.kind === 'file' && target.path === home.path && home.ownExports.get(imported) === name)
      return local;
  }
  return null;
}
interface Routes {
  before: number;
  after: number;
}
/**
 * What a receiver is given that answers, before and after a line. After it, everything counts that could: whoever installs
 * a guard in front of a page of last resort means it.
 */
function routesOf(it: Evaluator, instance: ModuleInstance, receiver: string, line: number): Routes {
  const routes: Routes = { before: 0, after: 0 };
  visit(instance.module.body, (node) => {
    if (node.k !== 'call' || node.callee.k !== 'member' || !ROUTE.test(node.callee.name)) return;
    const { object, name } = node.callee;
    if (object.k !== 'identifier' || object.name !== receiver || node.line === line) return;
    const last = node.args.at(-1);
    if (!last) return;
    if (node.line > line) {
      if (!isErrorHandler(it, instance, last)) routes.after++;
    } else if (name !== 'use' || isRouter(it, instance, last)) routes.before++;
  });
  return routes;
}
function isErrorHandler(it: Evaluator, instance: ModuleInstance, e: Argument): boolean {
  const fn =
    e.k === 'function'
      ? e.fn
      : e.k === 'identifier'
        ? functionOf(e.name, { it, instance, depth: 0 })?.fn
        : undefined;
  return fn?.params.length === 4;
}
/** `router`, of this module or another; `router.routes()`. */
function isRouter(it: Evaluator, instance: ModuleInstance, e: Argument): boolean {
  if (e.k === 'call' && e.callee.k === 'member' && e.args.length === 0)
    return isRouter(it, instance, e.callee.object);
  if (e.k !== 'identifier') return false;
  const imported = importedFrom(it, instance, e.name);
  const value = (imported?.instance ?? instance).scope.variables.get(imported?.name ?? e.name);
  return value?.k === 'native';
}
