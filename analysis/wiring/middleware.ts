import type { FunctionNode } from '../syntax/ast.js';
import type { Evaluator } from './evaluator.js';
import { callableName, statusOf } from './naming.js';
import { joinFacts, newFacts, withRefusal, type Fact, type Refusal } from './fact.js';
import { isolated } from './isolation.js';
import { Recorder, type AppliedLink } from './recorder.js';
import { atom } from './tests.js';
import {
  builtin,
  constantsOf,
  isNullish,
  joinValues,
  UNDEFINED,
  type Native,
  type Site,
  type Value,
} from './value.js';
import type { Place } from '../model/model.js';

/** Something to run before a handler, as it was installed. */
export interface Installed {
  /** A route's own handler, in front of a later route: where it never goes on it is simply the end. */
  isRoute?: boolean;
  value: Value;
  site: Site;
  /** Constants it was made with: `requireRole('admin')`. */ arguments?: readonly string[];
}

/**
 * Runs `(request, response, next)` middleware: what holds where it calls `next()` holds from there on.
 * The state of `request` continues as it was at `next()`.
 */
export function runMiddleware(
  it: Evaluator,
  installed: Installed,
  request: Native,
  response: Native,
  extra: readonly Value[] = [],
): AppliedLink {
  const { value, site } = installed;
  const before = it.facts;
  const link = {
    name: callableName(value),
    arguments: installed.arguments ?? [],
    place: it.place(site),
    definition: definitionOf(value),
  };
  const origin = value.k === 'unknown' ? value.origin : value.k === 'external' ? value : null;
  if (origin && !(value.k === 'unknown' && value.wraps)) {
    it.applied.set(functionOf(value), (it.applied.get(functionOf(value)) ?? 0) + 1);
    const behaviour = it.knowledge.behaviour(origin);
    if (behaviour?.does === 'protect') {
      const fact = atom(it, 'verified', [], site, {
        known: { protection: behaviour.protection, library: origin.package, arguments: [] },
      });
      it.facts = [...it.facts, fact];
      return { ...link, facts: [fact], opaque: false };
    }
    const doubtful =
      behaviour === null &&
      it.knowledge.model(origin.package) === null &&
      SUSPICIOUS.test(`${origin.package} ${link.name}`);
    return doubtful ? opaque(it, link, site) : { ...link, facts: [], opaque: false };
  }
  if (value.k === 'unknown' && !value.wraps) return opaque(it, link, site);
  const continued: { facts: readonly Fact[]; request: Map<string, Value>; response: Map<string, Value> }[] =
    [];
  const refusals: Refusal[] = [];
  const next = builtin('next', ([error]) => {
    if (
      error &&
      !isNullish(error) &&
      !(error.k === 'literal' && (error.value === 'route' || error.value === 'router'))
    ) {
      const refusal: Refusal = { how: 'answer', status: statusOf(error) ?? 500 };
      if (error.k === 'choice' && error.options.some((o) => isNullish(o.value)))
        continued.push({
          facts: it.facts,
          request: new Map(request.members),
          response: new Map(response.members),
        });
      refusals.push(refusal);
      it.answer(refusal);
    } else
      continued.push({
        facts: it.facts,
        request: new Map(request.members),
        response: new Map(response.members),
      });
    return UNDEFINED;
  });
  const calls = it.calls;
  it.calls = [];
  it.answers = refusals;
  const endings = it.recorder?.endings.length ?? 0;
  it.aside(() => {
    const result = it.call(value, [request, response, next, ...extra], UNDEFINED, site);
    it.awaiting(result);
  });
  it.answers = null;
  // What a middleware answers by itself is no end of the handler's work.
  if (it.recorder) it.recorder.endings.length = endings;
  it.calls = calls;
  it.applied.set(functionOf(value), (it.applied.get(functionOf(value)) ?? 0) + 1);
  if (continued.length === 0) {
    it.facts = before;
    return installed.isRoute ? { ...link, facts: [], opaque: false } : opaque(it, link, site);
  }
  const reached = continued.map((c) => c.facts).reduce(joinFacts);
  const refusal = refusals.find((r) => r.status !== null && r.status >= 400) ?? null;
  const gained = newFacts(before, reached);
  const facts = refusal ? withRefusal(gained, refusal) : gained;
  it.facts = [...before, ...facts];
  for (const [native, key] of [
    [request, 'request'],
    [response, 'response'],
  ] as const) {
    const names = new Set(continued.flatMap((c) => [...c[key].keys()]));
    for (const name of names)
      it.journal.write(
        native.members,
        name,
        continued.map((c) => c[key].get(name) ?? UNDEFINED).reduce(joinValues),
      );
  }
  return { ...link, facts, opaque: false };
}
/** A guard that could not be followed: what stands behind it may be protected or not, and that is said. */
function opaque(it: Evaluator, link: Omit<AppliedLink, 'facts' | 'opaque'>, site: Site): AppliedLink {
  it.gap(`what \`${link.name}\` does in front of entry points could not be followed`, it.place(site));
  return { ...link, facts: [], opaque: true };
}
/** What a function establishes when it is run as middleware, without it being applied anywhere. */
export function probeMiddleware(it: Evaluator, value: Value, site: Site): readonly Fact[] {
  let facts: readonly Fact[] = [];
  const applied = it.applied.get(functionOf(value));
  it.attempt(it.place(site), () => {
    isolated(it, new Recorder(), PROBE_STEPS, () => {
      const { request, response } = it.knowledge.exchange(it);
      facts = runMiddleware(it, { value, site, isRoute: true }, request, response).facts;
    });
  });
  if (applied === undefined) it.applied.delete(functionOf(value));
  else it.applied.set(functionOf(value), applied);
  return facts;
}
const PROBE_STEPS = 20_000;
/** Package or name that suggests access control; such a link is not understood, rather than nothing. */
const SUSPICIOUS =
  /auth|jwt|session|permission|guard|acl|role|login|protect|token|access|keycloak|oidc|saml/i;

export function definitionOf(value: Value): Place | null {
  if (value.k === 'function') return { file: value.module.path, line: value.fn.line };
  if (value.k === 'unknown' && value.wraps?.[0]) return definitionOf(value.wraps[0]);
  return null;
}
/** Identity of a guard across its applications: the code, or the value that a library made. */
export function functionOf(value: Value): Value | FunctionNode {
  return value.k === 'function' ? value.fn : value;
}
export const constantArguments = (args: readonly Value[]): string[] =>
  args.flatMap((a) => constantsOf(a) ?? []).slice(0, 8);

/**
 * The handler that a person would point at: not the wrapper that a helper made around it, but what it wraps.
 * Looks through closures whose own variables hold functions from the file in which the handler was registered.
 */
export function innermostHandler(value: Value, file: string, depth = 0): Value {
  if (depth > 4) return value;
  if (value.k === 'choice') return innermostHandler(value.options[0]!.value, file, depth + 1);
  if (value.k === 'unknown' && value.wraps?.[0])
    return innermostHandler(value.wraps.at(-1)!, file, depth + 1);
  if (value.k !== 'function' || value.scope === null) return value;
  if (value.scope.parent === null) return value;
  for (let scope: typeof value.scope | null = value.scope; scope?.parent; scope = scope.parent) {
    const inner = [...scope.variables].flatMap(([name, v]) =>
      name !== 'this' && name !== 'arguments' && v.k === 'function' && v.fn !== value.fn ? [v] : [],
    );
    const here = inner.filter((v) => v.module.path === file && value.module.path !== file);
    const only =
      here.at(-1) ?? (inner.length === 1 && inner[0]!.module !== value.module ? inner[0] : undefined);
    if (only) return innermostHandler(only, file, depth + 1);
  }
  return value;
}
