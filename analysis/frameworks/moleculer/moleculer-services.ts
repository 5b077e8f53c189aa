import { decorationsOf } from '../../wiring/decorators.js';
import { construct } from '../../wiring/classes.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { globalValue } from '../../wiring/globals.js';
import type { LibraryType } from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { atom } from '../../wiring/tests.js';
import {
  isCallable,
  literal,
  promise,
  record,
  stringOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type ClassValue,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { makeContext } from '../web/context.js';

/** A service, with what its mixins bring. */
export interface Service {
  name: string;
  settings: Value;
  actions: Map<string, Value>;
  methods: Map<string, Value>;
  events: Map<string, Value>;
  /** Hooks before actions, its own after those of mixins. */
  before: Value[];
  isGateway: boolean;
  /** Some mixin of it is not known, and may bring anything. */
  isOpen: boolean;
  /** `created` and `started`, those of mixins first. */
  starts: Value[];
  /** `this` of its functions. */
  self: Record_;
  site: Site;
}
export const services = (it: Evaluator): Service[] => it.stateOf<Service[]>('moleculer', () => []);
export const member = (value: Value | null | undefined, name: string): Value | undefined =>
  value?.k === 'record' ? value.members.get(name) : undefined;
export const listed = (value: Value | undefined): Value[] =>
  value === undefined || value.k === 'literal'
    ? value?.k === 'literal' && typeof value.value === 'string'
      ? [value]
      : []
    : value.k === 'list'
      ? value.elements.flatMap(listed)
      : [value];
const pairs = (value: Value | undefined): [string, Value][] =>
  value?.k === 'record' ? [...value.members] : [];

/** What `moleculer-web` exports: as a mixin it makes a service the gateway. */
export const GATEWAY: LibraryType = {
  name: 'gateway',
  methods: {},
  get: (it, _self, name) =>
    name === 'Errors' || name === 'Service'
      ? name === 'Service'
        ? it.native(GATEWAY, null)
        : { k: 'external', package: 'moleculer-web', path: ['Errors'] }
      : null,
};
/** Settings are merged deeply, the service's own over those of mixins. */
function merged(under: Value, over: Value): Value {
  if (under.k !== 'record' || over.k !== 'record') return over;
  const result = record(under.members, under.open ?? over.open);
  for (const [name, value] of over.members) {
    const known = result.members.get(name);
    result.members.set(name, known ? merged(known, value) : value);
  }
  return result;
}
/** Adds what a schema and its mixins declare: a service goes before its mixins, an earlier mixin before a later one. */
function apply(it: Evaluator, service: Service, schema: Value, depth: number): void {
  if (schema.k === 'native' && schema.type === GATEWAY) {
    service.isGateway = true;
    service.name ||= 'api'; // as its own schema is called
  }
  if (schema.k !== 'record' && !(schema.k === 'native' && schema.type === GATEWAY)) service.isOpen = true;
  if (schema.k !== 'record' || depth > 6) return;
  for (const mixin of listed(schema.members.get('mixins')).reverse()) apply(it, service, mixin, depth + 1);
  service.name = stringOf(schema.members.get('name') ?? UNDEFINED) ?? service.name;
  service.settings = merged(service.settings, schema.members.get('settings') ?? record());
  for (const part of ['actions', 'methods', 'events'] as const) {
    for (const [name, value] of pairs(schema.members.get(part))) {
      const known = service[part].get(name);
      if (value.k === 'literal' && value.value === false) service[part].delete(name);
      else if (part === 'actions' && known?.k === 'record' && value.k === 'record')
        service[part].set(name, merged(known, value));
      else service[part].set(name, value);
    }
    const open = schema.members.get(part);
    if (open && open.k === 'record' && open.open)
      it.gap(`some of the ${part} of this service could not be followed`, it.place(service.site));
  }
  for (const name of ['created', 'started'])
    service.starts.push(...listed(schema.members.get(name)).filter((v) => isCallable(v)));
  const before = member(schema.members.get('hooks'), 'before');
  if (before) service.before.push(before);
}
/** https://moleculer.services/docs/0.14/services */
export function addService(it: Evaluator, schema: Value, site: Site, instance?: Record_): void {
  const service: Service = {
    name: '',
    settings: record(),
    actions: new Map(),
    methods: new Map(),
    events: new Map(),
    before: [],
    isGateway: false,
    isOpen: false,
    starts: [],
    self: instance ?? record([], UNKNOWN),
    site,
  };
  apply(it, service, schema, 0);
  const { name } = service;
  const known = it.stateOf('moleculer:schemas', () => new Set<Value>());
  if (name === '' || known.has(schema)) return;
  known.add(schema);
  const version = member(schema, 'version');
  const prefix =
    version?.k === 'literal' && version.value !== undefined && version.value !== null
      ? `${typeof version.value === 'number' ? 'v' : ''}${String(version.value)}.`
      : '';
  service.name = `${prefix}${name}`;
  const { members } = service.self;
  for (const [key, method] of service.methods) if (!members.has(key)) members.set(key, method);
  members.set('settings', service.settings);
  members.set('name', literal(name));
  members.set('broker', brokerOf(it));
  members.set('Promise', globalValue(it, 'Promise', site));
  services(it).push(service);
}

// ── calls ─────────────────────────────────────────────────────────────────────────────────────────────────────────
interface Action {
  service: Service;
  name: string;
  definition: Value;
}
export function actionNamed(it: Evaluator, name: string): Action | null {
  for (const service of services(it)) {
    if (!name.startsWith(`${service.name}.`)) continue;
    const own = name.slice(service.name.length + 1);
    const definition = service.actions.get(own);
    if (definition) return { service, name: own, definition };
  }
  return null;
}
export const handlerOf = (definition: Value): Value =>
  definition.k === 'record' ? (definition.members.get('handler') ?? UNKNOWN) : definition;
/** A function, or the name of a method of the service. */
const methodOf = ({ methods }: Service, value: Value): Value => {
  const name = stringOf(value);
  return name === null ? value : (methods.get(name) ?? UNKNOWN);
};
/** Hooks in front of an action: those for all, those for its name, then those of the action itself. */
export function hooksOf({ service, name, definition }: Action, site: Site): Installed[] {
  const matches = (key: string): boolean =>
    key.split('|').some((k) => new RegExp(`^${k.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name));
  const ofService = service.before.flatMap((table) =>
    [...pairs(table)]
      .sort(([a], [b]) => Number(b === '*') - Number(a === '*'))
      .flatMap(([key, value]) => (matches(key) ? listed(value) : [])),
  );
  const own = listed(member(member(definition, 'hooks'), 'before'));
  return [...ofService, ...own].map((value) => {
    const named = stringOf(value);
    return { value: methodOf(service, value), self: service.self, site, ...(named ? { name: named } : {}) };
  });
}
const BROKER: LibraryType = {
  name: 'broker',
  methods: {
    createService: (it, _self, [schema], site) => {
      addValue(it, schema ?? UNDEFINED, site);
      return UNKNOWN;
    },
    loadService: (it, _self, [path], site) => {
      const text = path ? stringOf(path) : null;
      const module = text === null ? UNKNOWN : it.modules.importPath(site.module, text);
      addValue(it, module, site);
      return UNKNOWN;
    },
    call: (it, _self, args, site) => callAction(it, makeContext(it), args, site),
    emit: () => promise(UNDEFINED),
    broadcast: () => promise(UNDEFINED),
    start: () => promise(UNDEFINED),
    stop: () => promise(UNDEFINED),
  },
};
export const brokerOf = (it: Evaluator): Value =>
  it.stateOf<Value>('moleculer:broker', () => it.native(BROKER, null));
const DECORATORS = /(?:^|\/)moleculer-decorators/;
/** `@Service({ … }) class` with `@Action`, `@Event` and `@Method`; null where it carries no such decorators. */
function decoratedSchema(it: Evaluator, cls: ClassValue): Record_ | null {
  if (!it.decorated.includes(cls)) return null;
  const { own, members, methods } = decorationsOf(it, cls);
  const mark = own.find((d) => DECORATORS.test(d.package) && d.name === 'Service');
  if (!mark) return null;
  const parts: Record<string, Value> = { Action: record(), Event: record(), Method: record() };
  for (const [name, method] of methods)
    for (const { package: of, name: kind, args } of members.get(name) ?? []) {
      const part = DECORATORS.test(of) ? parts[kind] : undefined;
      if (part?.k !== 'record') continue;
      const options = args[0]?.k === 'record' ? args[0] : record();
      const called = stringOf(options.members.get('name') ?? UNDEFINED) ?? name;
      part.members.set(
        called,
        kind === 'Method' ? method : record([...options.members, ['handler', method]]),
      );
    }
  const given = mark.args[0]?.k === 'record' ? mark.args[0] : record();
  return record([
    ['name', literal(cls.node.name ?? '')],
    ...given.members,
    ['actions', merged(given.members.get('actions') ?? record(), parts['Action']!)],
    ['events', merged(given.members.get('events') ?? record(), parts['Event']!)],
    ['methods', merged(given.members.get('methods') ?? record(), parts['Method']!)],
  ]);
}
/** What a service is made of: a schema, a class, or a function that makes one of them. */
export function addValue(it: Evaluator, value: Value, site: Site): void {
  if (value.k === 'record') addService(it, value, site);
  else if (value.k === 'class') {
    const known = it.stateOf('moleculer:classes', () => new Set<Value>());
    if (known.has(value)) return;
    known.add(value);
    const schema = decoratedSchema(it, value);
    const made = construct(it, value, [brokerOf(it)], site);
    if (schema) addService(it, schema, site, made.k === 'record' ? made : undefined);
  } else if (value.k === 'function') {
    const made = it.awaiting(it.call(value, [brokerOf(it)], UNDEFINED, site));
    if (made.k === 'record' && made.cls === null) addService(it, made, site);
  }
}
const MAX_CALLS = 4;
/** One service calls another: with the same `meta`, so with the same caller. */
function callAction(it: Evaluator, meta: Native, [name, params]: readonly Value[], site: Site): Value {
  const text = name ? stringOf(name) : null;
  const found = text === null ? null : actionNamed(it, text);
  const depth = it.stateOf<{ calls: number }>('moleculer:depth', () => ({ calls: 0 }));
  if (!found || depth.calls >= MAX_CALLS) return promise(unknown());
  const handler = handlerOf(found.definition);
  if (!isCallable(handler)) return promise(unknown());
  depth.calls++;
  try {
    return promise(
      it.awaiting(it.call(handler, [makeCall(it, params ?? record(), meta)], found.service.self, site)),
    );
  } finally {
    depth.calls--;
  }
}
const CONTEXT: LibraryType = {
  name: 'context',
  methods: {
    call: (it, self, args, site) => callAction(it, self.members.get('meta') as Native, args, site),
    mcall: () => promise(unknown()),
    emit: () => promise(UNDEFINED),
    broadcast: () => promise(UNDEFINED),
  },
};
/** https://moleculer.services/docs/0.14/context */
export function makeCall(it: Evaluator, params: Value, meta: Native = makeContext(it)): Native {
  const context = it.native(CONTEXT, null);
  for (const [name, value] of Object.entries({
    params,
    meta,
    locals: makeContext(it),
    broker: brokerOf(it),
    headers: unknown(['header']),
  }))
    context.members.set(name, value);
  return context;
}
/** Runs hooks in front of an action, and checks its parameters as it declares them. */
export function* inFrontOf(
  it: Evaluator,
  action: Action,
  context: Native,
  site: Site,
): Generator<AppliedLink> {
  const meta = context.members.get('meta') as Native;
  const params = member(action.definition, 'params');
  if (params?.k === 'record' && params.members.size > 0) {
    const known = { protection: 'validation', library: 'moleculer', arguments: [] };
    const facts = [atom(it, 'verified', ['body'], site, { known })];
    it.learn(facts);
    yield { name: 'params', arguments: [], place: it.place(site), definition: null, facts, opaque: false };
  }
  for (const hook of hooksOf(action, site))
    yield runLink(it, hook, { args: () => [context], carries: [context, meta], goesOn: () => [] });
}
/** Callable from outside of its node: `visibility` says so, where it says anything. */
export const isPublished = (definition: Value, among: readonly string[]): boolean => {
  const visibility = stringOf(member(definition, 'visibility') ?? UNDEFINED);
  const published = member(definition, 'published');
  return (
    (visibility === null || among.includes(visibility)) &&
    !(published?.k === 'literal' && published.value === false)
  );
};
