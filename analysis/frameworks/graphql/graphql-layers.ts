import type { Evaluator } from '../../wiring/evaluator.js';
import { disjunction, type Fact } from '../../wiring/fact.js';
import { membersOf } from '../../wiring/globals.js';
import { yieldsItself, type LibraryType } from '../../wiring/library.js';
import { runLink, type Calling } from '../../wiring/middleware.js';
import { callableName, statusOf } from '../../wiring/naming.js';
import { opaqueLink, type AppliedLink } from '../../wiring/recorder.js';
import { atom, outcomes } from '../../wiring/tests.js';
import {
  builtin,
  choice,
  isCallable,
  literal,
  optionsOf,
  promise,
  unknown,
  type Native,
  type Record_,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { namesOf, type Field, type FieldCall, type Layer } from './graphql-schema.js';

/** What a library made to be put around the fields of any schema; its state is a `Layer`. */
export const LAYER: LibraryType = { name: 'field middleware', methods: { generate: yieldsItself } };

/** A test of the library's own making: what holds where it lets pass; null where it never does. */
export function testLink(
  it: Evaluator,
  name: string,
  site: Site,
  status: number,
  judge: () => readonly Fact[] | null,
): AppliedLink {
  let isRefused = false;
  const guard = builtin(name, () => {
    const passed = judge();
    isRefused = passed === null;
    return passed === null || passed.length === 0
      ? literal(true)
      : { k: 'test', whenTrue: passed, whenFalse: [], sources: [] };
  });
  const link = runLink(
    it,
    { value: guard, site, name },
    {
      args: () => [],
      carries: [],
      goesOn: (result) => outcomes(it, result, site).whenTrue,
      refusal: { how: 'throw', status },
    },
  );
  return isRefused ? knownLink(it, name, 'authorization', site) : link;
}
/** What is made of a package's class that is called an error is one. */
export const isError = (value: Value): boolean =>
  value.k === 'unknown' && value.origin !== null && /(?:Error|Exception)$/.test(callableName(value.origin));
/** Exactly `true` lets pass; an error or a text is a refusal, whatever a test of it would say. */
export const decided = (value: Value): Value =>
  choice(
    optionsOf(value).map(({ value: each, facts }) => ({
      value:
        !isError(each) && (each.k === 'test' || each.k === 'unknown' || each.k === 'external')
          ? each
          : literal(each.k === 'literal' && each.value === true),
      facts,
    })),
  );
/** The status of an error that a rule yields. */
const refusalIn = (result: Value): number | null =>
  optionsOf(result)
    .map((o) => (o.value.k === 'record' || isError(o.value) ? statusOf(o.value) : null))
    .find((s) => s !== null) ?? null;
/** A function that lets pass by yielding `true`, and refuses by anything else and by throwing. */
export function ruleLink(
  it: Evaluator,
  { value, site, name }: { value: Value; site: Site; name: string },
  args: readonly Value[],
  status: number,
): AppliedLink {
  const calling: Calling = {
    args: () => args,
    carries: [],
    goesOn: (result) => {
      calling.refusal = { how: 'throw', status: refusalIn(result) ?? status };
      return outcomes(it, decided(result), site).whenTrue;
    },
  };
  return runLink(it, { value, site, name }, calling);
}
/** A link that needs not be run: what it establishes is known of the library. Nobody passing is an authorization. */
export function knownLink(it: Evaluator, name: string, protection: string, site: Site): AppliedLink {
  const known = { protection, library: name, arguments: [] };
  const fact = atom(it, 'verified', protection === 'validation' ? ['body'] : [], site, { known });
  it.facts = [...it.facts, fact];
  return { ...opaqueLink(name, it.place(site)), facts: [fact], opaque: false };
}
/** One of several sides holds. */
export const anyOf = (sides: readonly (readonly Fact[])[]): readonly Fact[] => {
  if (sides.length === 1) return sides[0]!;
  const any = disjunction(sides);
  return any ? [any] : [];
};

/** Values that go on with a resolver as they were where it was called, with what its context was given. */
export const carried = (context: Value): (Native | Record_)[] =>
  context.k === 'native' || context.k === 'record' ? [context] : [];

/** A function `(resolve, parent, args, context, info)` in front of one field. */
function runFieldMiddleware(it: Evaluator, value: Value, call: FieldCall, site: Site): AppliedLink {
  return runLink(
    it,
    { value, site, name: nameOf(it, value) },
    {
      args: (next) => [next, call.parent, call.args, call.context, call.info],
      carries: carried(call.context),
      onNext: ([, , context]) => {
        const [into] = carried(call.context);
        if (context?.k === 'record' && context !== into && into)
          for (const [name, member] of context.members) it.journal.write(into.members, name, member);
        return null;
      },
      yields: promise(unknown()),
    },
  );
}
export function nameOf(it: Evaluator, value: Value): string {
  const own = callableName(value);
  return own === 'anonymous' ? (namesOf(it).get(value) ?? own) : own;
}
/**
 * Middleware as graphql-middleware takes it: a function for every field, or an object of functions by type, or by type
 * and field. https://github.com/maticzav/graphql-middleware
 */
function* linksFor(
  it: Evaluator,
  middleware: Value,
  field: Field,
  call: FieldCall,
  site: Site,
): Generator<AppliedLink> {
  const [type, name] = field.name.split('.') as [string, string];
  const forType = isCallable(middleware) ? middleware : memberIn(it, middleware, type);
  const own = !forType || isCallable(forType) ? forType : memberIn(it, forType, name);
  const resolve = own?.k === 'record' ? own.members.get('resolve') : own;
  if (resolve && isCallable(resolve)) yield runFieldMiddleware(it, resolve, call, site);
  else if (resolve) yield opaqueLink('middleware', it.place(site));
}
/** A member; unknown where there may be one that is not seen. */
function memberIn(it: Evaluator, value: Value, name: string): Value | undefined {
  const { pairs, open } = membersOf(it, value);
  return pairs.find(([key]) => key === name)?.[1] ?? open ?? undefined;
}
/** What is to be put around fields, outermost first as it is given; the layers are innermost first. */
export function layersOf(it: Evaluator, given: readonly Value[], site: Site): Layer[] {
  return given
    .flatMap((v) => (v.k === 'list' ? [...v.elements, ...(v.open ? [v.open] : [])] : [v]))
    .flatMap((value) => layerOf(it, value, site) ?? [])
    .reverse();
}
function layerOf(it: Evaluator, value: Value, site: Site): Layer | null {
  if (value.k === 'native') return value.type === LAYER ? (value.state as Layer) : null;
  if (value.k === 'literal') return null;
  // Under a condition: configuration without which it is not there, or one or another.
  if (value.k === 'choice') {
    const options = optionsOf(value).map((o) => ({ facts: o.facts, layers: layersOf(it, [o.value], site) }));
    const only = options.filter((o) => o.layers.length > 0);
    if (only.length === 0) return null;
    const config = only[0]!.facts.flatMap((f) =>
      f.k === 'atom' && f.sources.every((s) => s.startsWith('config:')) ? [...f.sources] : [],
    );
    return {
      *links(_it, field, call) {
        if (only.length > 1 || (config.length === 0 && options.length > 1))
          yield opaqueLink('middleware', it.place(site));
        else
          for (const layer of only[0]!.layers)
            for (const link of layer.links?.(it, field, call) ?? [])
              yield config.length > 0 ? { ...link, onlyWith: config } : link;
      },
    };
  }
  if (isCallable(value) || value.k === 'record')
    return { links: (_it, field, call) => linksFor(it, value, field, call, site) };
  return value.k === 'unknown' || value.k === 'external'
    ? { links: () => [opaqueLink(callableName(value), it.place(site))] }
    : null;
}
