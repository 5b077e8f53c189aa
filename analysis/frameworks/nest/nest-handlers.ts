import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import {
  constantText,
  literal,
  optionsOf,
  stringOf,
  textOf,
  UNDEFINED,
  type ClassValue,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { markedMethods, type Handler } from '../web/controllers.js';
import { named } from './nest-modules.js';

const ROUTES = new Set([
  'Get',
  'Post',
  'Put',
  'Patch',
  'Delete',
  'Head',
  'Options',
  'All',
  'Search',
  'Sse',
  'RequestMapping',
  'Propfind',
  'Proppatch',
  'Mkcol',
  'Copy',
  'Move',
  'Lock',
  'Unlock',
]);
const FIELDS = new Set([
  'Query',
  'Mutation',
  'Subscription',
  'ResolveField',
  'ResolveProperty',
  'ResolveReference',
]);
const MESSAGES = new Set([
  'MessagePattern',
  'EventPattern',
  'GrpcMethod',
  'GrpcStreamMethod',
  'GrpcStreamCall',
]);
/** Of `@ts-rest/nest`: the contract of one route, or of several. */
export const CONTRACTS = new Set(['TsRestHandler', 'TsRest', 'Api']);
const JOBS = new Set(['Cron', 'Interval', 'Timeout', 'Process', 'SqsMessageHandler']);

/** What a decorator makes of a method; null when nothing. */
export function kindOf({
  package: from,
  name,
}: Decoration): 'route' | 'field' | 'event' | 'message' | 'job' | null {
  if (from === '@nestjs/graphql') return FIELDS.has(name) ? 'field' : null;
  if (from === '@nestjs/websockets') return name === 'SubscribeMessage' ? 'event' : null;
  if (from === '@nestjs/microservices') return MESSAGES.has(name) ? 'message' : null;
  if (/^@nestjs\/(schedule|bull)$/.test(from) || from === '@ssut/nestjs-sqs')
    return JOBS.has(name) ? 'job' : null;
  if (from === '@nestjs/common') return ROUTES.has(name) ? 'route' : null;
  if (from === '@ts-rest/nest') return CONTRACTS.has(name) ? 'route' : null;
  return from === '@nestia/core' && /^(Typed|Encrypted)Route\.\w+$/.test(name) ? 'route' : null;
}

/** The handlers of a class and of its base classes: Nest keeps what it knows of a method with the function. */
export function handlersOf(it: Evaluator, cls: ClassValue): Handler[] {
  const marked = markedMethods(it, cls, (d) => kindOf(d) !== null, true);
  return marked.length > 0 ? marked : generated(it, cls);
}
/**
 * `@HeroServiceControllerMethods()` is generated from a `.proto`, and makes a method of the service of each method of the class.
 * Where what was generated is not in the repository, each is taken for one.
 * https://github.com/stephenh/ts-proto/blob/main/NESTJS.markdown
 */
function generated(it: Evaluator, cls: ClassValue): Handler[] {
  for (const { expression, line } of cls.node.decorators) {
    const callee = expression.k === 'call' ? expression.callee : null;
    const name = callee?.k === 'identifier' || callee?.k === 'member' ? callee.name : '';
    const service = /^(\w+)ControllerMethods$/.exec(name)?.[1];
    if (service === undefined) continue;
    const site: Site = { module: cls.module, line };
    return [...decorationsOf(it, cls).methods.keys()].flatMap((method) => {
      const mark: Decoration = {
        package: '@nestjs/microservices',
        name: 'GrpcMethod',
        args: [literal(service)],
        callee: UNDEFINED,
        site,
      };
      return method.startsWith('_') ? [] : (conventional(it, cls, method, mark) ?? []);
    });
  }
  return [];
}
/** A method that the framework calls by its name: `handleConnection`, `process`. */
export function conventional(it: Evaluator, cls: ClassValue, name: string, mark: Decoration): Handler | null {
  for (let owner: Value | null = cls; owner?.k === 'class'; owner = owner.base) {
    const { members, parameters, methods } = decorationsOf(it, owner);
    const method = methods.get(name);
    if (!method) continue;
    const decorations = members.get(name) ?? [];
    const site: Site = { module: owner.module, line: method.fn.line };
    return {
      cls,
      owner,
      name,
      method,
      decorations,
      parameters: parameters.get(name) ?? [],
      mark: { ...mark, site },
    };
  }
  return null;
}
/** Texts of a path, a list of paths, or `{ path }`; null where one is not known. */
export function pathsIn(value: Value | undefined): (string | null)[] {
  if (!value) return [''];
  return optionsOf(value).flatMap(({ value: v }): (string | null)[] => {
    if (v.k === 'list') return v.elements.flatMap((e) => pathsIn(e));
    if (v.k === 'record') return v.cls ? [null] : pathsIn(v.members.get('path'));
    if (v.k === 'literal') return [v.value === undefined || v.value === null ? '' : String(v.value)];
    if (v.k === 'native' && v.type.name === 'RegExp')
      return [`(${(v.state as { pattern: string }).pattern})`];
    return [textOf(v)];
  });
}
/** Versions of a route: of the method, else of its class, else of the application; none when it is neutral. */
export function versionsIn(value: Value | undefined): string[] | null {
  if (!value) return null;
  const found = optionsOf(value).flatMap(({ value: v }) =>
    v.k === 'list'
      ? v.elements.map((e) => constantText(e) ?? '')
      : v.k === 'literal'
        ? v.value === undefined || v.value === null
          ? []
          : [String(v.value)]
        : [''],
  );
  return found.length > 0 ? found : null;
}

/** The name of a field: `{ name }`, a text, else the method's own. */
export function fieldName({ mark, name }: Handler): string {
  for (const arg of mark.args) {
    const text = stringOf(arg);
    if (text !== null) return text;
    const given = arg.k === 'record' && !arg.cls ? arg.members.get('name') : undefined;
    const known = given && textOf(given);
    if (known) return known;
  }
  return name;
}
/** The type whose fields a resolver resolves: `@Resolver(() => User)`, `@Resolver('User')`. */
export function resolvedType(it: Evaluator, handler: Handler): string {
  for (let cls: Value | null = handler.cls; cls?.k === 'class'; cls = cls.base) {
    const declared = named(decorationsOf(it, cls).own, 'Resolver');
    const of = declared?.args[0];
    if (!of || of.k === 'record') continue;
    const text = stringOf(of);
    if (text !== null) return text;
    const site = declared.site;
    const type = of.k === 'function' ? it.call(of, [UNDEFINED], UNDEFINED, site) : of;
    const known = typeName(it, type);
    if (known) return known;
  }
  return handler.cls.node.name?.replace(/Resolver$/, '') ?? '?';
}
/** The name that a class has in the schema. */
export function typeName(it: Evaluator, type: Value): string | null {
  if (type.k === 'list' && type.elements[0]) return typeName(it, type.elements[0]);
  if (type.k !== 'class') return null;
  const declared = named(decorationsOf(it, type).own, 'ObjectType', 'InterfaceType');
  return (declared?.args[0] && stringOf(declared.args[0])) ?? type.node.name;
}
