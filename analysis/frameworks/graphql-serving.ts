import type { Evaluator } from '../wiring/evaluator.js';
import type { Fact } from '../wiring/fact.js';
import type { LibraryType } from '../wiring/library.js';
import { IDENTITY_NAME } from '../wiring/members.js';
import { runLink } from '../wiring/middleware.js';
import type { AppliedLink } from '../wiring/recorder.js';
import {
  optionsOf,
  record,
  sourcesOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../wiring/value.js';
import { stateOfSchema } from './graphql-schema.js';
import { asIdentity, makeRequest, makeResponse } from './web-request.js';

/** A server over schemas, or the handler that serves them: where HTTP reaches it, and what it hands to resolvers. */
export interface Serving {
  schemas: readonly Native[];
  /** What makes the context of a request. */
  context: Value;
  /** The arguments of that function, where it is not one object with the request in it. */
  given?: 'request' | 'object';
  site: Site;
  doors: Door[];
}
/** A way by which requests arrive: what stood in front, and what that left on the request. */
interface Door {
  facts: readonly Fact[];
  links: readonly AppliedLink[];
  request: ReadonlyMap<string, Value>;
}
const servings = (it: Evaluator): Serving[] => it.stateOf<Serving[]>('graphql:servings', () => []);

/** Takes down by which door it is reached. The entry points are the fields, not the address that they share. */
export const SERVING: LibraryType = {
  name: 'graphql handler',
  methods: {},
  call: (it, self, args, site) => {
    const { recorder } = it;
    // In front of other routes it answers what it serves, and is not in the way of the rest.
    if (recorder && !recorder.inChain) {
      recorder.handsOver = true;
      const request = args.find((a) => a.k === 'native' && a.type.name === 'request');
      (self.state as Serving).doors.push({
        facts: it.facts,
        links: [...recorder.links],
        request: new Map(request?.k === 'native' ? request.members : []),
      });
    }
    const next = args.find((a) => a.k === 'builtin' && a.name === 'next');
    if (next) it.call(next, [], UNDEFINED, site);
    return UNDEFINED;
  },
  handles: true,
};
export function serve(
  it: Evaluator,
  schemas: readonly Native[],
  context: Value,
  site: Site,
  more: Partial<Pick<Serving, 'given' | 'doors'>> & { type?: LibraryType } = {},
): Native {
  const { type = SERVING, ...rest } = more;
  for (const schema of schemas) stateOfSchema(schema).isServed = true;
  const serving: Serving = { schemas, context, site, doors: [], ...rest };
  servings(it).push(serving);
  return it.native(type, serving);
}

/** Through which serving and door the fields of a schema are reached: the one with the least in front. */
export function reachedBy(it: Evaluator, schema: Native): { serving: Serving; door: Door | null } | null {
  const all = servings(it)
    .filter((s) => s.schemas.includes(schema))
    .flatMap((serving): { serving: Serving; door: Door | null }[] =>
      (serving.doors.length > 0 ? serving.doors : [null]).map((door) => ({ serving, door })),
    );
  // A server that is asked for handlers is reached through these; and what makes a context says more than what does not.
  const known = all.filter((s) => s.door !== null || s.serving.context !== UNDEFINED);
  const open = known.length > 0 ? known : all;
  return open.sort((a, b) => weight(a.door) - weight(b.door))[0] ?? null;
}
const weight = (door: Door | null): number => (door ? 1 + door.facts.length : 1);

/** What runs before any field of an operation is resolved: HTTP middleware, then the function that makes the context. */
export function* beforeFields(it: Evaluator, schema: Native, context: Native): Generator<AppliedLink, Value> {
  const reached = reachedBy(it, schema);
  if (!reached) return context;
  const { serving, door } = reached;
  if (door) {
    it.facts = door.facts;
    yield* door.links;
  }
  const request = makeRequest(it, { method: 'POST', path: null, base: '', application: null });
  for (const [name, value] of door?.request ?? []) request.members.set(name, value);
  const response = makeResponse(it);
  for (const [name, value] of [
    ['req', request],
    ['request', request],
    ['res', response],
  ] as const)
    context.members.set(name, value);
  const given = record(
    [
      ['req', request],
      ['request', request],
      ['res', response],
      ['reply', response],
    ],
    UNKNOWN,
  );
  // Koa and others hand over one object of their own.
  given.members.set('ctx', given);
  const make = serving.context;
  if (make.k === 'record') return whoIn(it, make);
  if (make.k !== 'function') return context;
  let made: Value = UNKNOWN;
  const args = serving.given === 'request' ? [request, response, UNKNOWN] : [given, given];
  const link = runLink(
    it,
    { value: make, site: serving.site, name: make.fn.name ?? 'context' },
    {
      args: () => args,
      carries: [],
      goesOn: (result) => {
        made = result;
        return [];
      },
      refusal: { how: 'throw', status: null },
    },
  );
  yield { ...link, isIncidental: true };
  return optionsOf(made).some((o) => o.value.k === 'record') ? whoIn(it, made) : context;
}
/** Who the caller is, where the function that made the context looked them up by what they proved. */
function whoIn(it: Evaluator, made: Value): Value {
  for (const { value } of optionsOf(made))
    if (value.k === 'record')
      for (const [name, member] of value.members)
        if (IDENTITY_NAME.test(name) && isProven(it, member))
          it.journal.write(value.members, name, asIdentity(member));
  return made;
}
const isProven = (it: Evaluator, value: Value): boolean =>
  sourcesOf(value).some((s) => {
    const row = it.rows.get(s);
    return row !== undefined && (row.scoped || row.bySecret || row.keys.some((k) => PROOF.test(k)));
  });
const PROOF = /^(?:identity|credential|session)(?:\.|$)/;
