import type { Place } from '../../model/model.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { joinFacts, type Fact } from '../../wiring/fact.js';
import { isolated } from '../../wiring/isolation.js';
import type { LibraryType } from '../../wiring/library.js';
import { runLink, type Calling } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { Recorder, type AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  optionsOf,
  promise,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { FETCH_RESPONSE, makeFetchRequest } from './fetch-api.js';
import { isServed, methodsOf, OTHER_METHOD } from './method-dispatch.js';
import { pathDispatch, type TriggerOf } from './path-dispatch.js';

/** What a platform binds to the program: settings, secrets, databases. */
const BINDINGS: LibraryType = {
  name: 'bindings',
  methods: {},
  get: (_it, self, name) =>
    self.members.get(name) ?? unknown([name === '*index*' ? 'config:?' : `config:${name}`]),
};
export const makeBindings = (it: Evaluator): Native => it.native(BINDINGS, null);

/** A function that answers requests, as a platform calls it. */
export interface FetchHandler {
  framework: string;
  handler: Value;
  site: Site;
  place?: Place;
  self?: Value;
  /** What it is called with, given the request. */
  args(request: Native): readonly Value[];
  /** Where its file or registration names a path; null: all of them reach it. */
  path: string | null;
  /** Where its registration names a method. */
  method?: string;
  /** A request as this platform hands it over; left out: one of the Fetch standard. */
  requestFor?(method: string | null, path: string | null): Native;
  /** What stands in front of it. */
  chain?(request: Native): Iterable<AppliedLink>;
  /** Where it is no request over HTTP that reaches it. */
  triggerOf?: TriggerOf;
  /** Makes what it answers of what calling it yields, where that is something else. */
  answer?(value: Value): Value;
}

// ── applications that a handler hands its request to ──────────────────────────────────────────────────────────────
interface Handing {
  /** Applications that the handler being looked at has reached. */
  reached: object[] | null;
  /** While what is in front of one application is run: how it goes on. */
  next: { app: object; go: Value; site: Site } | null;
  fronts: Map<object, FetchHandler[]>;
}
const handing = (it: Evaluator): Handing =>
  it.stateOf<Handing>('fetch-handlers', () => ({ reached: null, next: null, fronts: new Map() }));

/** An application is given a request: what has been passed until then stands in front of all its routes. */
export function handOver(it: Evaluator, app: object): Value {
  const state = handing(it);
  if (state.next?.app === app) it.call(state.next.go, [], UNDEFINED, state.next.site);
  else if (!state.reached?.includes(app)) state.reached?.push(app);
  return promise(it.native(FETCH_RESPONSE, { status: null }));
}
/** What stands in front of an application's route where a handler hands requests to it. */
export function* frontOf(it: Evaluator, app: object, request: Native): Iterable<AppliedLink> {
  for (const front of handing(it).fronts.get(app) ?? []) yield runFront(it, app, front, request);
}
function runFront(it: Evaluator, app: object, front: FetchHandler, request: Native): AppliedLink {
  const state = handing(it);
  const outer = state.next;
  const calling: Calling = {
    args: (go) => {
      state.next = { app, go, site: front.site };
      return front.args(request);
    },
    carries: [request],
  };
  const installed = {
    value: front.handler,
    site: front.site,
    ...(front.self ? { self: front.self } : {}),
  };
  try {
    return { ...runLink(it, installed, calling), isIncidental: true };
  } finally {
    state.next = outer;
  }
}
/** The applications that a handler hands requests to, and whether its tests of the path choose anything else. */
function reachedBy(it: Evaluator, of: FetchHandler): { apps: object[]; dispatches: boolean } {
  const state = handing(it);
  const outer = state.reached;
  const apps: object[] = [];
  state.reached = apps;
  const dispatch = pathDispatch();
  let dispatches = false;
  const recorder = new Recorder(null, (atom) => {
    if (dispatch.chooses(atom) && atom.sources.includes('request.path')) dispatches = true;
    return false;
  });
  const { length } = it.observations;
  it.attempt(it.place(of.site), () => {
    isolated(it, recorder, STEPS, () => {
      const request = requestOf(it, of, of.method ?? null, null);
      it.quietly(() => void answerOf(it, of, request));
    });
  });
  state.reached = outer;
  // What sockets hear is taken down when the handler is run in earnest.
  it.observations.length = length;
  return { apps, dispatches };
}
/** The applications that a handler hands its requests to. */
export const handsTo = (it: Evaluator, of: FetchHandler): readonly object[] => reachedBy(it, of).apps;
const STEPS = 60_000;

/** Calls the handler; where it answers in several ways, what holds is what the good ones have in common. */
function answerOf(it: Evaluator, of: FetchHandler, request: Native): Value {
  const result = it.runHandler(of.handler, of.args(request), of.site, of.self ?? UNDEFINED);
  if (!of.answer) return result;
  const answer = it.awaiting(of.answer(result));
  const good = optionsOf(answer).filter((o) => !refuses(o.value));
  if (good.length > 0) it.learn(good.map((o) => o.facts).reduce<readonly Fact[]>(joinAll, good[0]!.facts));
  it.recorder?.gives([answer]);
  return answer;
}
const joinAll = (a: readonly Fact[], b: readonly Fact[]): readonly Fact[] => (a === b ? a : joinFacts(a, b));
const refuses = (value: Value): boolean =>
  value.k === 'native' && (value.type.answer?.(value)?.status ?? 200) >= 400;

/** Finds the entry points of a handler: by the paths and methods that it compares with, where it does. */
export function observeFetch(it: Evaluator, of: FetchHandler): void {
  const { apps, dispatches } = reachedBy(it, of);
  const { fronts } = handing(it);
  for (const app of apps) fronts.set(app, [...(fronts.get(app) ?? []), of]);
  if (dispatches || of.path === null) {
    observeAll(it, of, apps.length > 0);
    return;
  }
  const method = of.method ?? null;
  const { length } = it.observations;
  const methods = method
    ? []
    : methodsOf(it, of.site, () => void answerOf(it, of, requestOf(it, of, null))).filter(
        (m) => m !== 'OPTIONS' && m !== 'HEAD',
      );
  it.observations.length = length;
  for (const each of methods) observeMethod(it, of, each, each, true);
  if (methods.length > 0) observeMethod(it, of, 'ALL', OTHER_METHOD, false);
  else observeMethod(it, of, method ?? 'ALL', method, apps.length === 0);
}
function requestOf(
  it: Evaluator,
  of: FetchHandler,
  method: string | null,
  path: string | null = of.path,
): Native {
  return of.requestFor ? of.requestFor(method, path) : makeFetchRequest(it, { method, path });
}

/** Everything reaches it, and it chooses by itself. */
function observeAll(it: Evaluator, of: FetchHandler, handsOver: boolean): void {
  const triggerFor: TriggerOf = of.triggerOf ?? ((path, method) => ({ kind: 'http', method, path }));
  let acts = false;
  let isElsewhere = false;
  let served = false;
  let request = requestOf(it, of, of.method ?? null, null);
  observeEntryPoint(it, {
    framework: of.framework,
    trigger: triggerFor(of.path ?? '*', of.method ?? 'ALL'),
    registration: of.site,
    place: of.place,
    handler: of.handler,
    *chain() {
      request = requestOf(it, of, of.method ?? null, null);
      yield* of.chain?.(request) ?? [];
    },
    work: () => {
      const before = it.recorder?.effects.length ?? 0;
      const answer = answerOf(it, of, request);
      acts = (it.recorder?.effects.length ?? 0) > before || (it.recorder?.arms.length ?? 0) > 0;
      served = answersWell(answer);
      isElsewhere = optionsOf(answer).some(({ value }) => isFramework(it, value));
      return answer;
    },
    keep: () => acts || (served && !isElsewhere),
    dispatch: {
      ...pathDispatch(of.path, triggerFor),
      // Asking for a prefix on the way to an application chooses nothing by itself.
      onlyArms: handsOver,
      keepsIdle: (trigger) => !handsOver || !('path' in trigger) || !trigger.path?.endsWith('/*'),
    },
  });
}
/** What another framework's handler made of the request: its entry points are that framework's. */
const isFramework = (it: Evaluator, value: Value): boolean =>
  value.k === 'unknown' &&
  value.origin !== null &&
  value.origin.package !== 'global' &&
  it.knowledge.model(value.origin.package)?.finish !== undefined;

function observeMethod(
  it: Evaluator,
  of: FetchHandler,
  method: string,
  sent: string | null,
  isNamed: boolean,
): void {
  const request = requestOf(it, of, sent);
  let served = false;
  observeEntryPoint(it, {
    framework: of.framework,
    trigger: of.triggerOf?.(of.path ?? '*', method) ?? { kind: 'http', method, path: of.path },
    registration: of.site,
    place: of.place,
    handler: of.handler,
    chain: () => of.chain?.(request) ?? [],
    work: () => {
      const answer = answerOf(it, of, request);
      served = answersWell(answer);
      return answer;
    },
    // A response object is told the status, where a `Response` is returned.
    keep: (answers, done) =>
      isNamed || (of.requestFor ? isServed(answers, done, isNamed) : done.length > 0 || served),
  });
}
/** Is some answer one of success? What refuses all that it is asked serves nothing. */
export const answersWell = (value: Value): boolean => optionsOf(value).some((o) => !refuses(o.value));
/** A function of one argument that keeps what it is given. */
export const keeping = (name: string, keep: (value: Value) => void): Value =>
  builtin(name, ([value]) => {
    if (value) keep(value);
    return UNDEFINED;
  });
