import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import { yieldsItself, type LibraryType, type Method, type Operation } from '../../wiring/library.js';
import type { Door } from '../../wiring/doors.js';
import type { Installed } from '../../wiring/middleware.js';
import {
  optionIn,
  record,
  stringOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { heldAgainst } from './procedure-input.js';
import { linksOf, makeProcedure, procedureOf } from './trpc-builder.js';

export interface Router {
  /** Procedures and routers by name; dots in a name of version 9 are part of it. */
  members: [string, Value][];
  /** Middleware of version 9: for procedures that are added later. */
  links: Installed[];
  site: Site;
  exposed: boolean;
  /** By which ways requests were seen to reach the adapter. */
  doors: Door[];
  /** What makes the context of a call, as the adapter is given it. */
  context: Value | null;
  /** Merged into another, or replaced by one that has more: version 9 makes a router anew for each addition. */
  continued: boolean;
}
/** What a router holds. */
export const stateOf = (router: Native): Router => router.state as Router;
/** Every router of the program, in the order in which they were made. */
export const routers = (it: Evaluator): Native[] => it.stateOf<Native[]>('trpc', () => []);
/** Whether something is a router of tRPC. */
export const isRouter = (value: Value): value is Native => value.k === 'native' && value.type === ROUTER;
/** A router that no adapter was given yet. */
export function makeRouter(it: Evaluator, members: [string, Value][], site: Site): Native {
  const router = it.native(ROUTER, {
    members,
    links: [],
    site,
    exposed: false,
    doors: [],
    context: null,
    continued: false,
  } satisfies Router);
  routers(it).push(router);
  return router;
}

/** A procedure of version 9: `{ resolve, input, meta }` under a name. */
const named =
  (type: string): Method =>
  (it, self, [name, options], site) => {
    const router = stateOf(self);
    const procedure = makeProcedure(it, {
      links: [...router.links, ...heldAgainst(it, '@trpc/server', optionIn(options, 'input'), site)],
      meta: optionIn(options, 'meta') ?? UNDEFINED,
      resolver: optionIn(options, 'resolve') ?? UNKNOWN,
      type,
      site,
    });
    return extended(it, router, [[(name && stringOf(name)) ?? '?', procedure]]);
  };
function extended(it: Evaluator, router: Router, more: [string, Value][], links = router.links): Native {
  router.continued = true;
  const made = makeRouter(it, [...router.members, ...more], router.site);
  stateOf(made).links = links;
  return made;
}
const ROUTER: LibraryType = {
  name: 'router',
  methods: {
    query: named('query'),
    mutation: named('mutation'),
    subscription: named('subscription'),
    middleware: (it, self, [value], site) => {
      const router = stateOf(self);
      return extended(it, router, [], [...router.links, ...(value ? linksOf(value, site) : [])]);
    },
    merge: (it, self, args) => {
      const router = stateOf(self);
      const prefix = args.length > 1 ? (stringOf(args[0]!) ?? '?') : '';
      const other = args.at(-1)!;
      // What it had in front of its procedures stays; what this one has comes before that.
      const members = isRouter(other) ? withLinks(it, other, router.links) : [];
      return extended(
        it,
        router,
        members.map(([name, value]) => [`${prefix}${name}`, value]),
      );
    },
    transformer: yieldsItself,
    formatError: yieldsItself,
    flat: yieldsItself,
    interop: yieldsItself,
    createCaller: () => UNKNOWN,
  },
  get: (_it, self, name) =>
    ROUTER.methods[name] ? null : (stateOf(self).members.find(([member]) => member === name)?.[1] ?? null),
};
function withLinks(it: Evaluator, of: Native, links: readonly Installed[]): [string, Value][] {
  const router = stateOf(of);
  router.continued = true;
  return router.members.map(([name, value]) => {
    const procedure = procedureOf(value);
    return [
      name,
      procedure ? makeProcedure(it, { ...procedure, links: [...links, ...procedure.links] }) : value,
    ];
  });
}

/** `t.router({ … })` */
export const router: Operation = (it, [members], site) => {
  const { pairs, open } = membersOf(it, members ?? record());
  if (open) it.gap('some procedures of this router could not be followed', it.place(site));
  return makeRouter(it, pairs, site);
};
/** `t.mergeRouters(a, b)` */
export const mergeRouters: Operation = (it, args, site) =>
  makeRouter(
    it,
    args.flatMap((a) => (isRouter(a) ? withLinks(it, a, []) : [])),
    site,
  );
/** `lazy(() => import('./router'))`: the router that the module exports. */
export const lazy: Operation = (it, [load], site) => {
  const module = load ? it.awaiting(it.call(load, [], UNDEFINED, site)) : UNKNOWN;
  if (isRouter(module)) return module;
  const exported = membersOf(it, module).pairs.find(([, value]) => isRouter(value));
  return exported?.[1] ?? UNKNOWN;
};
