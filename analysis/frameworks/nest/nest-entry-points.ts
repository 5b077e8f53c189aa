import { decorationsOf, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  type ClassValue,
  UNDEFINED,
  type Value,
  constantText,
  list,
  textOf,
  isNullish,
} from '../../wiring/value.js';
import type { Trigger } from '../../model/model.js';
import { appOf, apps, unsetApp, type AppState } from './nest-application.js';
import { argumentsOf } from './nest-arguments.js';
import { linksToFields, typesOf, type Fields } from '../graphql/graphql-fields.js';
import { runConnection, runGuards, runInterceptors, runMiddlewareOf } from './nest-chain.js';
import { activation, EXECUTION_CONTEXT, nowServing, type Activation } from './nest-context.js';
import { madeContext } from './nest-graphql.js';
import {
  conventional,
  CONTRACTS,
  fieldName,
  handlersOf,
  kindOf,
  pathsIn,
  resolvedType,
  typeName,
  versionsIn,
} from './nest-handlers.js';
import type { Handler } from '../web/controllers.js';
import { containerOf, named, topModules, type Container, type Global, type Listed } from './nest-modules.js';
import { findUnread, keepUnread } from './nest-metadata.js';
import { readings } from '../../wiring/metadata.js';
import { joinPaths, pathCovers } from '../web/paths.js';
import { routesInContract } from '../rpc/ts-rest-contract.js';

/** Turns every application of the program, and what no application reaches, into entry points. */
export function observeAll(it: Evaluator): void {
  const known = apps(it).map(appOf);
  // Start-up code that could not be followed, or that is elsewhere: what no module imports stands for the root.
  const all = known.length > 0 ? known : unseenApp(it);
  const serving = all.some((a) => a.starts) ? all.filter((a) => a.starts || a.kind === 'microservice') : all;
  const done = new Set<string>();
  const reached = new Set<ClassValue>();
  const fields: Fields & { waiting: Waiting[] } = { roots: [], resolved: new Map(), waiting: [] };
  const look = (listed: Listed, app: AppState, container: Container, unmounted: boolean): void => {
    const site = { module: listed.cls.module, line: listed.cls.node.line };
    it.attempt(it.place(site), () => {
      it.withBudget(CLASS_STEPS, () =>
        observeClass(it, app, container, listed, unmounted, (observed) => {
          const field = isField(observed.trigger) ? waiting(it, observed, fields) : null;
          if (field) fields.waiting.push(field);
          else observe(it, observed, done, fields);
        }),
      );
    });
  };
  for (const app of serving) {
    const container = (app.container ??= containerOf(it, app.root));
    for (const listed of container.controllers) {
      reached.add(listed.cls);
      look(listed, app, container, known.length === 0);
    }
    for (const cls of container.providers) {
      reached.add(cls);
      look({ cls, prefix: '' }, app, container, known.length === 0);
    }
  }
  observeUnreached(it, all[0] ?? null, reached, look);
  // Fields of types come last: what stands in front of them is what leads to their type.
  const linkTo = linksToFields(it, fields, (cls) => typeName(it, cls) ?? '?');
  for (const { observed, type } of fields.waiting)
    observe(it, { ...observed, leading: linkTo(type, it.place(observed.handler.mark.site)) }, done, fields);
  findUnread(it);
}
interface Waiting {
  observed: Observed;
  type: string;
}
const isField = (trigger: Trigger): boolean =>
  trigger.kind === 'graphql' && !/^(Query|Mutation|Subscription)\./.test(trigger.name);
function waiting(it: Evaluator, observed: Observed, { resolved }: Fields): Waiting {
  const { handler } = observed;
  const type = resolvedType(it, handler);
  const returns = typesOf(it, handler.mark, handler.method.fn.returnType, handler.owner.module);
  resolved.set(type, [...(resolved.get(type) ?? []), ...returns]);
  return { observed, type };
}
/** Layers of services take more than a plain handler does. */
const STEPS = 100_000;
/** Where very many take all of them, each of the rest is given fewer. */
const MANY = 30;
const FEWER_STEPS = 30_000;
/** For reading the decorators of one class; its entry points have their own. */
const CLASS_STEPS = 100_000;
/** Classes with handlers that no module lists, as far as modules could be followed. */
function observeUnreached(
  it: Evaluator,
  app: AppState | null,
  reached: ReadonlySet<ClassValue>,
  look: (listed: Listed, app: AppState, container: Container, unmounted: boolean) => void,
): void {
  const bases = new Set(it.decorated.map((cls) => cls.base));
  for (const cls of it.decorated) {
    if (reached.has(cls) || bases.has(cls) || cls.madeBy) continue;
    const declared = classMark(it, cls);
    if (!declared || !/^(Controller|Resolver|WebSocketGateway)$/.test(declared.name)) continue;
    const isAbstract = declared.args[0]?.k === 'record' && declared.args[0].members.has('isAbstract');
    if (isAbstract) continue;
    if (!app) continue;
    look({ cls, prefix: '' }, app, (app.container ??= containerOf(it, app.root)), true);
  }
}
function unseenApp(it: Evaluator): AppState[] {
  const roots = topModules(it);
  const [first] = roots;
  return first ? [unsetApp('http', list(roots), { module: first.module, line: first.node.line })] : [];
}
const MARKS = ['Controller', 'Resolver', 'WebSocketGateway', 'Processor', 'TypedController'];
/** What makes a class one of handlers; inherited where a class does not say it itself. */
function classMark(it: Evaluator, cls: ClassValue): Decoration | null {
  for (let current: Value | null = cls; current?.k === 'class'; current = current.base) {
    const found = decorationsOf(it, current).own.findLast(
      (d) => MARKS.includes(d.name) && d.package.startsWith('@nest'),
    );
    if (found) return found;
  }
  return null;
}

function observeClass(
  it: Evaluator,
  app: AppState,
  container: Container,
  listed: Listed,
  unmounted: boolean,
  take: (observed: Observed) => void,
): void {
  const { cls } = listed;
  const mark = classMark(it, cls);
  for (const handler of handlersOf(it, cls))
    for (const [kind, trigger] of triggersOf(it, app, listed, handler, mark))
      take({ app, container, handler, kind, trigger, unmounted, mark });
  const also =
    mark?.name === 'WebSocketGateway' ? 'handleConnection' : mark?.name === 'Processor' ? 'process' : null;
  const handler = also && mark ? conventional(it, cls, also, mark) : null;
  if (!handler || !mark) return;
  const trigger: Trigger =
    also === 'process'
      ? { kind: 'job', name: nameIn(mark.args[0]) ?? cls.node.name ?? '?' }
      : { kind: 'websocket', path: namespaceOf(mark), name: null };
  const kind = also === 'process' ? 'rpc' : 'ws';
  take({ app, container, handler, kind, trigger, unmounted, mark });
}
const nameIn = (value: Value | undefined): string | null =>
  value === undefined
    ? null
    : value.k === 'record'
      ? (nameIn(value.members.get('name')) ?? nameIn(value.members.get('cmd')))
      : textOf(value);
/** `@WebSocketGateway(port, { namespace })` */
function namespaceOf(mark: Decoration): string {
  for (const arg of mark.args) {
    const given = arg.k === 'record' ? (arg.members.get('namespace') ?? arg.members.get('path')) : undefined;
    const text = given && textOf(given);
    if (text) return joinPaths('/', text);
  }
  return '/';
}
/** What a pattern of messages is called: its text, or the constants in it. */
function patternOf(value: Value | undefined): string | null {
  if (value?.k !== 'record') return value ? textOf(value) : null;
  const parts = [...value.members].map(([key, v]) => [key, patternOf(v)] as const);
  if (parts.length === 1) return parts[0]![1];
  return parts.map(([key, v]) => `${key}:${v ?? '*'}`).join(',');
}

function triggersOf(
  it: Evaluator,
  app: AppState,
  listed: Listed,
  handler: Handler,
  mark: Decoration | null,
): [Activation['kind'], Trigger][] {
  const { name, args } = handler.mark;
  switch (kindOf(handler.mark)) {
    case 'route':
      return routesOf(it, app, listed, handler, mark);
    case 'field': {
      const type = /^(Query|Mutation|Subscription)$/.test(name) ? name : resolvedType(it, handler);
      const field = name === 'ResolveReference' ? '__resolveReference' : fieldName(handler);
      return [['graphql', { kind: 'graphql', name: `${type}.${field}` }]];
    }
    case 'event':
      return [
        ['ws', { kind: 'websocket', path: mark ? namespaceOf(mark) : '/', name: nameIn(args[0]) ?? '*' }],
      ];
    case 'message': {
      if (name.startsWith('Grpc')) {
        const service = (args[0] && textOf(args[0])) ?? handler.cls.node.name ?? '?';
        return [
          [
            'rpc',
            { kind: 'rpc', name: `${service}.${(args[1] && textOf(args[1])) ?? pascal(handler.name)}` },
          ],
        ];
      }
      const patterns = args[0]?.k === 'list' ? args[0].elements : [args[0]];
      const own = `${handler.cls.node.name ?? '?'}.${handler.name}`;
      return patterns.map((p) => ['rpc', { kind: 'message', name: patternOf(p) ?? own }]);
    }
    case 'job': {
      const own = args.map((a) => (name === 'Process' || a.k === 'record' ? nameIn(a) : null)).find((n) => n);
      const queue = mark?.name === 'Processor' ? nameIn(mark.args[0]) : null;
      const job = queue
        ? [queue, own].filter(Boolean).join('.')
        : (own ?? `${handler.cls.node.name ?? '?'}.${handler.name}`);
      return [['rpc', { kind: 'job', name: job }]];
    }
    default:
      return [];
  }
}
const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

function routesOf(
  it: Evaluator,
  app: AppState,
  listed: Listed,
  handler: Handler,
  mark: Decoration | null,
): [Activation['kind'], Trigger][] {
  const { name, args } = handler.mark;
  if (CONTRACTS.has(name))
    return pathsIn(mark?.args[0]).flatMap((base) =>
      routesInContract(it, args[0]).map(({ method, path }): [Activation['kind'], Trigger] => {
        const whole =
          base === null || path === null
            ? null
            : withPrefix(app, joinPaths(listed.prefix, joinPaths(base, path)), '', method);
        return ['http', { kind: 'http', method, path: whole }];
      }),
    );
  const isMapping = name === 'RequestMapping';
  const given = isMapping && args[0]?.k === 'record' ? args[0].members.get('method') : undefined;
  const verb = name.split('.').at(-1)!;
  const method = isMapping
    ? given?.k === 'external'
      ? given.path.at(-1)!
      : given
        ? 'ALL'
        : 'GET'
    : verb === 'Sse'
      ? 'GET'
      : verb.toUpperCase();
  const options = mark?.args[0];
  const versions = versionsIn(named(handler.decorations, 'Version')?.args[0]) ??
    versionsIn(named(decorationsOf(it, handler.cls).own, 'Version')?.args[0]) ??
    (options?.k === 'record' ? versionsIn(options.members.get('version')) : null) ??
    (app.versioning?.k === 'record' ? versionsIn(app.versioning.members.get('defaultVersion')) : null) ?? [
      '',
    ];
  const found: [Activation['kind'], Trigger][] = [];
  for (const base of pathsIn(options))
    for (const own of pathsIn(args[0]))
      for (const version of versions) {
        const path =
          base === null || own === null
            ? null
            : withPrefix(app, joinPaths(listed.prefix, joinPaths(base, own)), version, method);
        found.push(['http', { kind: verb === 'Sse' ? 'sse' : 'http', method, path }]);
      }
  return found;
}
function withPrefix(app: AppState, path: string, version: string, method: string): string {
  const { versioning } = app;
  const type = versioning?.k === 'record' ? versioning.members.get('type') : undefined;
  const isUri =
    versioning !== null &&
    (!type || (type.k === 'external' && type.path.at(-1) === 'URI') || constantText(type) === '0');
  const mark = versioning?.k === 'record' ? versioning.members.get('prefix') : undefined;
  const before = mark ? (textOf(mark) ?? '') : 'v';
  const whole = isUri && version !== '' ? joinPaths(`/${before}${version}`, path) : path;
  const prefix = textOf(app.prefix) ?? (isNullish(app.prefix) ? null : '*');
  const plain = whole === '' ? '/' : joinPaths('/', whole);
  if (!prefix || isExcluded(app, path, method)) return plain;
  return joinPaths(joinPaths('/', prefix), whole);
}
function isExcluded(app: AppState, path: string, method: string): boolean {
  const { exclude } = app;
  if (exclude.k !== 'list') return false;
  return exclude.elements.some((e) => {
    const wanted = e.k === 'record' ? e.members.get('method') : undefined;
    const verb = wanted?.k === 'external' ? wanted.path.at(-1) : 'ALL';
    if (verb !== 'ALL' && verb !== method) return false;
    const scope = pathsIn(e)[0];
    return typeof scope === 'string' && pathCovers(scope, path, true);
  });
}

interface Observed {
  app: AppState;
  container: Container;
  handler: Handler;
  kind: Activation['kind'];
  trigger: Trigger;
  unmounted: boolean;
  mark: Decoration | null;
  /** What leads to a field's type. */
  leading?: AppliedLink;
}
function observe(it: Evaluator, observed: Observed, done: Set<string>, fields: Fields): void {
  const { app, container, handler, kind, trigger, unmounted } = observed;
  const { cls, method, mark } = handler;
  const place = it.place(mark.site);
  const key = `${JSON.stringify(trigger)} ${place.file}:${place.line} ${cls.node.name}`;
  if (done.has(key)) return;
  done.add(key);
  const isHttp = trigger.kind === 'http' || trigger.kind === 'sse';
  const route = isHttp
    ? { method: trigger.method, path: trigger.path }
    : kind === 'graphql'
      ? { method: 'POST', path: '/graphql' }
      : { method: null, path: null };
  const a = activation(it, kind, cls, method, route);
  const context = it.native(EXECUTION_CONTEXT, a);
  const args: Value[] = [];
  // What runs by the clock, and connections, have nothing in front of them.
  const isAsked = trigger.kind !== 'job' && !(trigger.kind === 'websocket' && trigger.name === null);
  const spent = it.stateOf<{ times: number }>('nestjs:spent', () => ({ times: 0 }));
  readings(it).notes.clear();
  const complete = observeEntryPoint(it, {
    framework: 'nestjs',
    steps: spent.times < MANY ? STEPS : FEWER_STEPS,
    trigger,
    registration: mark.site,
    handler: method,
    unmounted,
    *chain(): Iterable<AppliedLink> {
      nowServing(it, a);
      if (kind === 'graphql')
        a.context = madeContext(it, container.graphql ?? UNDEFINED, a, mark.site) ?? a.context;
      if (isHttp || kind === 'graphql') yield* runMiddlewareOf(it, app, container, handler, a, route);
      if (observed.leading) {
        it.facts = [...it.facts, ...observed.leading.facts];
        yield observed.leading;
      }
      if (isAsked) {
        const connection =
          kind === 'ws' && observed.mark ? conventional(it, cls, 'handleConnection', observed.mark) : null;
        if (connection) yield* runConnection(it, container, connection, a);
        yield* runGuards(it, app, container, handler, a, context, trigger);
        yield* runInterceptors(it, app, container, handler, a, context);
      }
      yield* argumentsOf(it, container, handler, a, context, isAsked ? pipesOf(it, observed) : [], args);
    },
    work: () => it.runHandler(method, args, mark.site, container.get(cls)),
  });
  if (!complete) spent.times++;
  const seen = it.observations.at(-1);
  if (complete && isAsked && seen?.trigger === trigger && !observed.leading)
    keepUnread(it, { observation: seen, container, handler, kind, route });
  if (trigger.kind === 'graphql' && !observed.leading && seen?.trigger === trigger)
    fields.roots.push({
      name: trigger.name,
      returns: typesOf(it, handler.mark, method.fn.returnType, handler.owner.module),
      facts: seen.links.flatMap((l) => l.facts),
      place,
    });
}
function pipesOf(it: Evaluator, { app, container, handler }: Observed): Global[] {
  const own = [...decorationsOf(it, handler.owner).own, ...handler.decorations]
    .filter((d) => d.name === 'UsePipes' && d.package === '@nestjs/common')
    .flatMap((d) => d.args.map((value) => ({ value, site: d.site })));
  return [...app.pipes, ...container.pipes, ...own];
}
