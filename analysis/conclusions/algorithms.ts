import type { AlgorithmsAllowed } from '../model/model.js';
import { algorithmChoices, weaknessOf, type AlgorithmChoice } from '../protections/token-algorithms.js';
import type { Argument, Expression } from '../syntax/ast.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { ModuleInstance } from '../wiring/instance.js';
import { declarationOf, importedFrom, MAX_STEPS, valueIn, visit, type Node, type Where } from './code.js';
import { headOf, typeHanded } from './handed.js';
import { calledOf, packagesIn, type Packages } from './packages.js';

/**
 * With which algorithms tokens of the program may be signed, where that is written. Read off the code, as secrets are, tests left out as
 * far as they are no part of the program.
 */
export function algorithmsAllowed(it: Evaluator): AlgorithmsAllowed[] {
  const found = new Map<string, AlgorithmsAllowed>();
  for (const instance of it.modules.loaded) {
    const packages = packagesIn(it, instance, (name) => algorithmChoices(name) !== null);
    if (packages.size === 0) continue;
    visit(instance.module.body, (node) => {
      const choice = choiceAt(node, instance, packages);
      if (!choice || (node.k !== 'call' && node.k !== 'new')) return;
      const said = saidIn(node.args, choice, { it, instance, depth: 0 });
      const place = { file: instance.path, line: node.line };
      const weak = said?.allowed ? weaknessOf(said.allowed) : null;
      if (said)
        found.set(`${place.file}:${place.line}`, {
          does: choice.does,
          ...said,
          ...(weak ? { weak } : {}),
          place,
        });
    });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, a]) => a);
}
function choiceAt(node: Node, { module }: ModuleInstance, packages: Packages): AlgorithmChoice | null {
  if (node.k !== 'call' && node.k !== 'new') return null;
  const called = calledOf(node, packages);
  if (called) return algorithmChoices(called.package)?.[called.member] ?? null;
  if (node.callee.k !== 'member') return null;
  const { object, name } = node.callee;
  const type = object.k === 'member' || object.k === 'identifier' ? typeHanded(object, module) : null;
  const of = type === null ? undefined : packages.get(headOf(type));
  return of ? (algorithmChoices(of.package)?.[`#${of.path.join('.')}.${name}`] ?? null) : null;
}
/** Null where it cannot be read off; without `allowed` where nothing is said. */
function saidIn(
  args: readonly Argument[],
  { argument, under }: AlgorithmChoice,
  at: Where,
): { allowed?: string[] } | null {
  let options: Expression | null = null;
  const given = args[argument];
  if (args.slice(0, argument + 1).some((a) => a.k === 'spread')) return null;
  // In its place may stand what is called when it is done.
  if (!given || given.k === 'spread' || given.k === 'function') return {};
  options = constantOf(given, at);
  for (const name of under) {
    if (options?.k !== 'object' || options.properties.some((p) => p.k !== 'property')) return null;
    const value: Expression | null = valueIn(options, name);
    if (!value) return {};
    options = constantOf(value, at);
  }
  if (!options) return null;
  const each = options.k === 'array' ? options.elements : [options];
  const allowed = each.flatMap((e) => (e?.k === 'literal' && typeof e.value === 'string' ? [e.value] : []));
  return allowed.length === each.length && allowed.length > 0 ? { allowed: allowed.sort() } : null;
}
/** What a name stands for, in its module or in the one that it comes from. */
function constantOf(e: Expression, at: Where): Expression | null {
  // `TOKENS as Options`
  if (e.k === 'as') return constantOf(e.expression, at);
  if (e.k !== 'identifier') return e;
  if (at.depth > MAX_STEPS) return null;
  const declared = declarationOf(at.instance.module, e.name);
  if (declared) return constantOf(declared, { ...at, depth: at.depth + 1 });
  const from = importedFrom(at.it, at.instance, e.name);
  return (
    from && constantOf({ ...e, name: from.name }, { it: at.it, instance: from.instance, depth: at.depth + 1 })
  );
}
