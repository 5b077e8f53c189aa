import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import {
  builtin,
  literal,
  optionIn,
  promise,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { addToContext, madeOf, makeContext, type Made } from '../web/context.js';
import { makeRequest, makeResponse } from '../web/web-request.js';
import { middlewareNames, procedureOf, type Names, type Procedure } from './trpc-builder.js';
import { keepReadMeta, watched } from './trpc-metadata.js';
import { comingBy, type Door } from '../../wiring/doors.js';
import { isRouter, routers, stateOf } from './trpc-router.js';

/** Turns the procedures of every router into entry points: those that adapters serve first, under the names that they have there. */
export function observeRouters(it: Evaluator): void {
  const roots = outermost(routers(it));
  const names = middlewareNames(it);
  const anyExposed = roots.some((r) => stateOf(r).exposed);
  const done = new Set<Procedure>();
  for (const root of roots.sort((a, b) => Number(stateOf(b).exposed) - Number(stateOf(a).exposed))) {
    const { members, exposed, doors, context: make, site } = stateOf(root);
    // Whoever may choose comes where least is asked.
    const door = doors.toSorted((a, b) => a.facts.length - b.facts.length)[0] ?? null;
    const context = contextOf(it, make, site);
    for (const [name, procedure] of proceduresOf(it, members, '')) {
      if (done.has(procedure)) continue;
      done.add(procedure);
      observe(it, name, procedure, names, { unmounted: anyExposed && !exposed, context, door });
      const observation = it.observations.at(-1);
      if (!anyExposed && observation) observation.unserved = true;
    }
  }
}
/** Routers that no other one holds or goes on from. */
function outermost(all: readonly Native[]): Native[] {
  const inner = new Set<Value>();
  const mark = (members: Iterable<[string, Value]>): void => {
    for (const [, value] of members) {
      if (value.k === 'record') mark(value.members);
      else inner.add(value);
    }
  };
  for (const each of all) mark(stateOf(each).members);
  return all.filter((r) => !inner.has(r) && !stateOf(r).continued);
}
/** What routers hold, by full name. */
function* proceduresOf(
  it: Evaluator,
  members: readonly [string, Value][],
  prefix: string,
): Generator<[string, Procedure]> {
  for (const [name, value] of members) {
    const full = prefix === '' ? name : `${prefix}.${name}`;
    const procedure = procedureOf(value);
    if (procedure) {
      if (procedure.resolver) yield [full, procedure];
    } else if (isRouter(value)) yield* proceduresOf(it, stateOf(value).members, full);
    else if (value.k === 'record' && value.cls === null)
      yield* proceduresOf(it, membersOf(it, value).pairs, full);
    else it.gap(`what \`${full}\` is could not be followed`, it.place(it.modules.somewhere));
  }
}
/** What `createContext` brings along. It is run once: every call gets one of the same shape. */
function contextOf(it: Evaluator, make: Value | null, site: Site): Made {
  if (make?.k !== 'function') return madeOf(UNKNOWN);
  const made = { value: UNKNOWN as Value };
  const request = makeRequest(it, { method: null, path: null, base: '', application: null });
  const given = record([
    ['req', request],
    ['res', makeResponse(it)],
  ]);
  it.attempt(it.place(site), () => {
    it.withBudget(CONTEXT_STEPS, () =>
      it.aside(() => {
        made.value = it.awaiting(it.call(make, [given, UNKNOWN], UNDEFINED, site));
      }),
    );
  });
  return madeOf(made.value);
}
const CONTEXT_STEPS = 200_000;

function observe(
  it: Evaluator,
  name: string,
  procedure: Procedure,
  names: Names,
  { unmounted, context, door }: { unmounted: boolean; context: Made; door: Door | null },
): void {
  const { resolver, meta, links, type } = procedure;
  const site = procedure.site!;
  const ctx = makeContext(it, context.members, context.isCaller);
  const read = new Set<string>();
  const given = (more: [string, Value][], seen: Value): Value =>
    record(
      [
        ['ctx', ctx],
        ['input', unknown(['body'])],
        ['rawInput', unknown(['body'])],
        ['getRawInput', builtin('getRawInput', () => promise(unknown(['body'])))],
        ['meta', seen],
        ['path', literal(name)],
        ['type', type === null ? UNKNOWN : literal(type)],
        ...more,
      ],
      UNKNOWN,
    );
  const run = (link: Installed, seen: Value): AppliedLink =>
    runLink(
      it,
      { ...link, name: link.name ?? names.get(link.value) },
      {
        args: (next) => [given([['next', next]], seen)],
        carries: [ctx],
        onNext: ([options]) => {
          addToContext(it, ctx, optionIn(options, 'ctx'));
          return null;
        },
        yields: promise(record([['ok', literal(true)]], UNKNOWN)),
      },
    );
  const readBy = new Map<Installed, ReadonlySet<string>>();
  const complete = observeEntryPoint(it, {
    framework: 'trpc',
    trigger: { kind: 'rpc', name },
    registration: site,
    handler: resolver,
    unmounted,
    *chain() {
      yield* comingBy(it, door);
      for (const link of links) {
        read.clear();
        yield run(link, watched(it, meta, read));
        readBy.set(link, new Set(read));
      }
    },
    work: () => it.runHandler(resolver!, [given([], watched(it, meta, read))], site),
  });
  const observation = it.observations.at(-1);
  if (complete && observation) keepReadMeta(it, { observation, meta, readBy, run });
}
