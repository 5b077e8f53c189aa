import { secretUses, type SecretUse } from '../protections/secret-uses.js';
import type { SecretInUse } from '../model/model.js';
import type { Argument, Expression, FunctionNode, Module } from '../syntax/ast.js';
import {
  declarationOf,
  functionOf,
  importedFrom,
  MAX_STEPS,
  valueIn,
  visit,
  type Node,
  type Where,
} from './code.js';
import { headOf, typeHanded } from './handed.js';
import { calledOf, packagesIn, pathOf, type Packages } from './packages.js';
import { askedByName, groupHanded } from './settings-handed.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { ModuleInstance } from '../wiring/instance.js';

/**
 * Secrets that tokens and cookies of the program rest on, and where they come from. They are read off the code rather than
 * off values: it matters that a constant is written there, whether or not a run would come to use it.
 */
export function secretsInUse(it: Evaluator): SecretInUse[] {
  const found = new Map<string, SecretInUse>();
  for (const instance of it.modules.loaded) {
    const packages = packagesIn(it, instance, (name) => secretUses(name) !== null);
    if (packages.size === 0) continue;
    visit(instance.module.body, (node) => {
      const use = useIn(node, packages) ?? useOfHanded(node, instance, packages);
      for (const each of use ? [use] : usesOfBase(node, packages)) note(each, node);
    });
    function note(use: Use, node: Node): void {
      const origin = originOf(use.secret, { it, instance, depth: 0 });
      if (!origin) return;
      const place = { file: instance.path, line: node.line };
      found.set(`${origin.file}:${origin.line}|${use.does}|${place.file}:${place.line}`, {
        configuration: origin.configuration,
        constant: origin.constant && !isRefused(origin.in.module, origin.names),
        origin: { file: origin.file, line: origin.line },
        does: use.does,
        place,
      });
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, s]) => s);
}
interface Use {
  secret: Expression;
  does: string;
}
function useIn(node: Node, packages: Packages): Use | null {
  if (node.k !== 'call' && node.k !== 'new') return null;
  const called = calledOf(node, packages);
  if (called) return secretIn(secretUses(called.package)?.[called.member], node.args);
  const isForJose =
    pathOf(node.callee)?.join('.') === 'TextEncoder.encode' &&
    [...packages.values()].some((p) => p.package === 'jose');
  return isForJose ? secretIn(secretUses('jose')?.['TextEncoder.encode'], node.args) : null;
}
/** `super({ … })` in a class that extends what takes a secret, or a class that a function makes of that. */
function usesOfBase(node: Node, packages: Packages): Use[] {
  if (node.k !== 'classDeclaration' && node.k !== 'class') return [];
  const base = node.cls.superClass;
  const named = base?.k === 'call' ? base.args : base ? [base] : [];
  for (const e of named) {
    const path = e.k === 'spread' ? null : pathOf(e);
    const of = path && packages.get(path[0]!);
    const takes = of && secretUses(of.package)?.[[...of.path, ...path.slice(1)].join('.')];
    if (!takes) continue;
    const found: Use[] = [];
    visit(node.cls.members, (inner) => {
      if (inner.k !== 'call' || inner.callee.k !== 'super') return;
      const use = secretIn(takes, inner.args);
      if (use) found.push(use);
    });
    return found;
  }
  return [];
}
/** A method of an instance that a class is handed: `this.tokens.sign(claims, { secret })`. */
function useOfHanded(node: Node, { module }: ModuleInstance, packages: Packages): Use | null {
  if (node.k !== 'call' || node.callee.k !== 'member') return null;
  if (node.callee.object.k !== 'member' && node.callee.object.k !== 'identifier') return null;
  const type = typeHanded(node.callee.object, module);
  const of = type === null ? undefined : packages.get(headOf(type));
  return of
    ? secretIn(secretUses(of.package)?.[`#${of.path.join('.')}.${node.callee.name}`], node.args)
    : null;
}
function secretIn(use: SecretUse | undefined, args: readonly Argument[]): Use | null {
  const argument = use && args[use.argument];
  if (!use || !argument || argument.k === 'spread') return null;
  if (!use.options) return { secret: argument, does: use.does };
  if (argument.k !== 'object') return null;
  if (use.made) {
    const make = valueIn(argument, use.made);
    if (make?.k === 'function')
      for (const options of returnedBy(make.fn)) {
        const { made: _, ...plain } = use;
        const found = secretIn({ ...plain, argument: 0 }, [options]);
        if (found) return found;
      }
    return null;
  }
  for (const p of argument.properties)
    if (p.k === 'property' && typeof p.key === 'string' && use.options.includes(p.key)) {
      const first = p.value.k === 'array' ? p.value.elements[0] : p.value;
      return first && first.k !== 'spread' ? { secret: first, does: use.does } : null;
    }
  return null;
}
interface Origin {
  file: string;
  line: number;
  /** The setting that it is read from; null where a constant stands alone. */
  configuration: string | null;
  /** A text in the code is used where the setting is missing, or always. */
  constant: boolean;
  in: ModuleInstance;
  /** Names under which a test may refer to it. */
  names: readonly string[];
}
/** Calls that only reshape a text. */
const RESHAPES = /^(?:String|encode|from|createSecretKey|toString|trim)$/;

/** Follows a secret back to a setting or a constant; null where it comes from anything else. */
function originOf(e: Expression, at: Where): Origin | null {
  if (at.depth > MAX_STEPS) return null;
  const { it, instance } = at;
  const next: Where = { ...at, depth: at.depth + 1 };
  const here = { file: instance.path, line: e.line, in: instance };
  switch (e.k) {
    case 'literal':
      return typeof e.value === 'string' && e.value.length > 0
        ? { ...here, configuration: null, constant: true, names: [] }
        : null;
    case 'as':
      return originOf(e.expression, next);
    case 'await':
      return originOf(e.argument, next);
    case 'logical': {
      if (e.operator === '&&') return null;
      const left = originOf(e.left, next);
      const right = originOf(e.right, next);
      if (!left?.configuration) return null;
      return right ? { ...left, ...here, constant: left.constant || right.constant } : left;
    }
    case 'identifier': {
      const found = declarationOf(instance.module, e.name);
      if (found) {
        const origin = originOf(found, next);
        return origin && { ...origin, names: [...origin.names, e.name] };
      }
      const imported = importedFrom(it, instance, e.name);
      return (
        imported &&
        originOf(
          { k: 'identifier', name: imported.name, line: e.line },
          { ...next, instance: imported.instance },
        )
      );
    }
    case 'member': {
      const setting = settingIn(e);
      if (setting) return { ...here, configuration: setting, constant: false, names: [setting] };
      const member = memberOf(e, next);
      if (!member) return null;
      const origin = originOf(member.value, { ...next, instance: member.instance });
      return origin && { ...origin, names: [...origin.names, e.name] };
    }
    case 'call': {
      const name = pathOf(e.callee)?.at(-1) ?? '';
      const [first] = e.args;
      const asked = askedByName(e, at);
      if (asked?.k === 'made') return originOf(asked.value, { ...next, instance: asked.instance });
      if (asked) {
        const fallback = asked.fallback && originOf(asked.fallback, next);
        return {
          ...here,
          configuration: asked.name,
          constant: fallback?.constant ?? false,
          names: [asked.name],
        };
      }
      if (RESHAPES.test(name)) {
        const inner =
          first && first.k !== 'spread' ? first : e.callee.k === 'member' ? e.callee.object : null;
        return inner && originOf(inner, next);
      }
      const fn = e.callee.k === 'identifier' ? functionOf(e.callee.name, next) : null;
      for (const returned of fn ? returnedBy(fn.fn) : []) {
        const origin = originOf(returned, { ...next, instance: fn!.instance });
        if (origin) return origin;
      }
      return schemaDefault(e, instance);
    }
    default:
      return null;
  }
}
/** `process.env.X`, `Bun.env.X`, `import.meta.env.X` */
function settingIn(e: Expression & { k: 'member' }): string | null {
  const { object } = e;
  return object.k === 'member' && object.name === 'env' ? e.name : null;
}
/** `z.string().min(8).default('x')`: a setting that a schema fills in. */
function schemaDefault(e: Expression & { k: 'call' }, instance: ModuleInstance): Origin | null {
  let call: Expression = e;
  while (call.k === 'call' && call.callee.k === 'member') {
    const [value] = call.args;
    if (
      /^(default|catch)$/.test(call.callee.name) &&
      value?.k === 'literal' &&
      typeof value.value === 'string'
    )
      return value.value.length === 0
        ? null
        : {
            file: instance.path,
            line: call.line,
            in: instance,
            configuration: '',
            constant: true,
            names: [],
          };
    call = call.callee.object;
  }
  return null;
}
function memberOf(
  e: Expression & { k: 'member' },
  at: Where,
): { value: Expression; instance: ModuleInstance } | null {
  const group = groupHanded(e.object, at);
  const object = group ? { value: group.object, instance: group.instance } : objectOf(e.object, at);
  const value = object && valueIn(object.value, e.name);
  return value && { value, instance: object.instance };
}
/** The object that is written where an expression leads: `Object.freeze({ … })`, `schema.parse(process.env)` too. */
function objectOf(
  e: Expression,
  at: Where,
): { value: Expression & { k: 'object' }; instance: ModuleInstance } | null {
  if (at.depth > MAX_STEPS) return null;
  const next: Where = { ...at, depth: at.depth + 1 };
  const { instance } = at;
  switch (e.k) {
    case 'object':
      return { value: e, instance };
    case 'as':
      return objectOf(e.expression, next);
    case 'member': {
      // `import * as config from './config'` has its exports as members; so has a module that is required.
      const member = memberOf(e, next);
      return member && objectOf(member.value, { ...next, instance: member.instance });
    }
    case 'call': {
      const name = pathOf(e.callee)?.at(-1) ?? '';
      if (/^(parse|cast|validateSync)$/.test(name) && e.callee.k === 'member')
        return objectOf(e.callee.object, next);
      const [first] = e.args;
      return first && first.k !== 'spread' && /^(freeze|object|strictObject|defineConfig)$/.test(name)
        ? objectOf(first, next)
        : null;
    }
    case 'identifier': {
      const found = declarationOf(instance.module, e.name);
      if (found) return objectOf(found, next);
      const imported = importedFrom(at.it, instance, e.name);
      return (
        imported &&
        objectOf(
          { k: 'identifier', name: imported.name, line: e.line },
          { ...next, instance: imported.instance },
        )
      );
    }
    default:
      return null;
  }
}
const returnedBy = (fn: FunctionNode): Expression[] =>
  fn.body.flatMap((s) => (s.k === 'return' && s.value ? [s.value] : []));
/** The program does not start, or does not go on, without the setting: `if (!SECRET && production) throw …`. */
function isRefused(module: Module, names: readonly string[]): boolean {
  let refused = false;
  visit(module.body, (node) => {
    if (node.k !== 'if' || refused) return;
    const test = JSON.stringify(node.test);
    if (!names.some((n) => test.includes(`"name":${JSON.stringify(n)}`))) return;
    const arm = JSON.stringify(node.consequent);
    refused = arm.includes('"k":"throw"') || arm.includes('"name":"exit"');
  });
  return refused;
}
