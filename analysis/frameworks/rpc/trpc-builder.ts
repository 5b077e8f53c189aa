import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method, type Operation } from '../../wiring/library.js';
import type { Installed } from '../../wiring/middleware.js';
import { UNDEFINED, UNKNOWN, type Native, type Site, type Value } from '../../wiring/value.js';
import { heldAgainst } from './procedure-input.js';

/** A builder, or what it built: middleware in order, metadata, and the resolver once there is one. */
export interface Procedure {
  links: Installed[];
  meta: Value;
  resolver: Value | null;
  /** `query`, `mutation` or `subscription`: middleware is told. */
  type: string | null;
  site: Site | null;
}
/** What a value is as a procedure or a builder of them; null where it is neither. */
export const procedureOf = (value: Value): Procedure | null =>
  value.k === 'native' && value.type === PROCEDURE ? (value.state as Procedure) : null;
/** A procedure, or a builder with all that has been said of one so far. */
export const makeProcedure = (it: Evaluator, procedure: Procedure): Native => it.native(PROCEDURE, procedure);
/** `t.procedure`: the builder that every other one begins with. */
export const emptyProcedure = (it: Evaluator): Native =>
  makeProcedure(it, { links: [], meta: UNDEFINED, resolver: null, type: null, site: null });

/** Functions in what `use` and `middleware` take: a function, or middleware that was made before. */
export function linksOf(value: Value, site: Site): Installed[] {
  if (value.k === 'native' && value.type === MIDDLEWARE) return value.state as Installed[];
  return procedureOf(value)?.links ?? [{ value, site }];
}
const MIDDLEWARE: LibraryType = {
  name: 'middleware',
  methods: {
    unstable_pipe: (it, self, [value], site) =>
      it.native(MIDDLEWARE, [...(self.state as Installed[]), ...(value ? linksOf(value, site) : [])]),
  },
};
/** `t.middleware(fn)` */
export const middleware: Operation = (it, [value], site) =>
  it.native(MIDDLEWARE, value ? linksOf(value, site) : []);

const resolve =
  (type: string): Method =>
  (it, self, [resolver], site) =>
    makeProcedure(it, { ...(self.state as Procedure), resolver: resolver ?? UNKNOWN, type, site });
const extend: Method = (it, self, [value], site) => {
  const procedure = self.state as Procedure;
  return makeProcedure(it, {
    ...procedure,
    links: [...procedure.links, ...(value ? linksOf(value, site).map((l) => added(it, l, site)) : [])],
  });
};
/** Middleware without a name, added by a function that makes builders, is called like that function. */
function added(it: Evaluator, link: Installed, site: Site): Installed {
  const maker = it.calls.at(-1);
  const isNameless = link.value.k === 'function' && link.value.fn.name === null;
  return isNameless && maker && maker.name !== 'anonymous'
    ? { ...link, site, name: maker.name, arguments: maker.arguments }
    : { ...link, site };
}
const PROCEDURE: LibraryType = {
  name: 'procedure',
  methods: {
    use: extend,
    concat: extend,
    unstable_concat: extend,
    meta: (it, self, [meta]) => makeProcedure(it, { ...(self.state as Procedure), meta: meta ?? UNDEFINED }),
    input: (it, self, [schema], site) => {
      const procedure = self.state as Procedure;
      const links = [...procedure.links, ...heldAgainst(it, '@trpc/server', schema, site)];
      return makeProcedure(it, { ...procedure, links });
    },
    output: yieldsItself,
    query: resolve('query'),
    mutation: resolve('mutation'),
    subscription: resolve('subscription'),
  },
};

export type Names = ReadonlyMap<Value, string>;
/** What people call a middleware: the variable that holds it, else the first builder that has it. */
export function middlewareNames(it: Evaluator): Names {
  const names = new Map<Value, string>();
  const variables = it.modules.loaded.flatMap((m) => [...m.scope.variables]);
  for (const [name, value] of variables)
    if (value.k === 'native' && value.type === MIDDLEWARE)
      for (const link of value.state as Installed[]) names.set(link.value, names.get(link.value) ?? name);
  const builders = variables.flatMap(([name, value]) => {
    const procedure = procedureOf(value);
    return procedure ? [{ name, links: procedure.links }] : [];
  });
  for (const { name, links } of builders.sort((a, b) => a.links.length - b.links.length))
    for (const { value } of links)
      if (!names.has(value) && !(value.k === 'function' && value.fn.name !== null)) names.set(value, name);
  return names;
}
