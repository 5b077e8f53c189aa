import type { Trigger } from '../../model/model.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { callableName } from '../../wiring/naming.js';
import { runMiddleware, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import {
  builtin,
  isCallable,
  isNullish,
  optionsOf,
  textOf,
  UNDEFINED,
  unknown,
  type FunctionValue,
  type Site,
  type Value,
} from '../../wiring/value.js';
import type { RegisteredEntry } from '../../policy-file/schema.js';
import { declarationOf, type Declaration, type Where } from './declarations.js';
import { makeRequest, makeResponse } from './web-request.js';

interface Call {
  declaration: Declaration;
  args: readonly Value[];
  site: Site;
}
const calls = (it: Evaluator): Call[] => it.stateOf<Call[]>('declared', () => []);
function at(it: Evaluator, { args, site }: Call, where: Where | null): Value {
  const value = (where && args[where.argument]) ?? UNDEFINED;
  return where?.property && !isNullish(value) ? memberOf(it, value, where.property, site) : value;
}
/** Guards as they are given: one, a list, or an object that names them. */
function guardsIn(value: Value): Value[] {
  if (isNullish(value)) return [];
  if (value.k === 'list') return [...value.elements, ...(value.open ? [value.open] : [])].flatMap(guardsIn);
  if (value.k === 'record' && value.members.size > 0) return [...value.members.values()].flatMap(guardsIn);
  return [value];
}
/** What stands where a guard is said to stand is one: where nothing is known of it, that is not nothing. */
function asGuard(it: Evaluator, value: Value, site: Site): Installed {
  const origin = value.k === 'unknown' ? value.origin : value.k === 'external' ? value : null;
  const isFollowed = origin ? it.knowledge.behaviour(origin) !== null : isCallable(value);
  if (isFollowed) return { value, site };
  return { value: unknown(), site, name: textOf(value) ?? (origin ? callableName(value) : 'guard') };
}
/** `condition ? { … } : { … }`: either is registered. */
function eachOf(call: Call): Call[] {
  const { declaration, args } = call;
  const at = [declaration.path, declaration.handler].find((w) => w.property !== null)?.argument;
  const options = at === undefined ? undefined : args[at];
  if (at === undefined || options?.k !== 'choice') return [call];
  return options.options.map((o) => ({ ...call, args: args.map((a, i) => (i === at ? o.value : a)) }));
}
const textsIn = (value: Value): (string | null)[] =>
  value.k === 'list' ? value.elements.flatMap(textsIn) : optionsOf(value).map((o) => textOf(o.value, '*'));
const isKnown = (text: string | null): text is string => text !== null;

function triggersOf(it: Evaluator, call: Call): Trigger[] {
  const { kind, method, path, function: name } = call.declaration;
  const unread = (what: string): void =>
    it.gap(`the ${what} that this call of \`${name}\` registers could not be read`, it.place(call.site));
  const paths = textsIn(at(it, call, path));
  if (!paths.every(isKnown)) unread(kind === 'http' ? 'path' : 'name');
  if (kind !== 'http') return paths.map((text) => ({ kind, name: text ?? '?' }));
  const given = method === null || typeof method === 'string' ? UNDEFINED : at(it, call, method);
  const methods = typeof method === 'string' ? [method] : isNullish(given) ? ['ALL'] : textsIn(given);
  if (!methods.every(isKnown)) unread('method');
  return paths.flatMap((text) =>
    methods.map((m) => ({ kind, method: (m ?? 'ALL').toUpperCase(), path: text })),
  );
}

function observe(it: Evaluator, call: Call): void {
  const { declaration, site } = call;
  const given = at(it, call, declaration.handler);
  const handler = isNullish(given) ? unknown() : given;
  for (const trigger of triggersOf(it, call)) {
    const method = trigger.kind === 'http' ? trigger.method : null;
    const path = trigger.kind === 'http' ? trigger.path : null;
    const request = makeRequest(it, { method, path, base: '', application: null });
    const response = makeResponse(it);
    observeEntryPoint(it, {
      framework: 'declared',
      trigger,
      registration: site,
      handler,
      unmounted: true,
      *chain() {
        for (const value of guardsIn(at(it, call, declaration.guards)))
          yield runMiddleware(it, asGuard(it, value, site), request, response);
      },
      work: () =>
        void it.runHandler(
          handler,
          declaration.kind === 'http'
            ? [request, response, builtin('next', () => UNDEFINED)]
            : [unknown(['message'])],
          site,
        ),
    });
  }
}

/** From now on, each call of these functions is looked at. */
export function declareRegistering(it: Evaluator, entries: readonly RegisteredEntry[]): void {
  for (const declaration of entries.map(declarationOf))
    it.watched.set(declaration.function, (callee, args, site) => {
      const isOther =
        declaration.file !== null &&
        !(callee as FunctionValue | null)?.module?.path.endsWith(declaration.file);
      // A value of a library may answer under two names: the call is one.
      const isSame = calls(it).some(
        (c) => c.site.line === site.line && c.args.every((a, i) => a === args[i]),
      );
      if (!isOther && !isSame) calls(it).push({ declaration, args, site });
    });
}

/** What a project declares of its own functions that register, in `.github/postern.yml`. See docs/own-framework.md. */
export const declared: LibraryModel = {
  name: 'declared',
  packages: [],
  about: {
    title: 'Declared in `.github/postern.yml`',
    registers:
      'calls of the functions under `registers`, where running them registers nothing that is understood',
    guards: 'the functions at `guards`, called as Express calls them',
    answers: 'as Express',
    limits: 'below which path it is mounted',
  },
  calls: {},
  finish: (it) => {
    const known = new Set(it.observations.map((o) => `${o.registration.file}:${o.registration.line}`));
    for (const call of calls(it).flatMap(eachOf)) {
      const { file, line } = it.place(call.site);
      if (!known.has(`${file}:${line}`)) observe(it, call);
    }
  },
};
