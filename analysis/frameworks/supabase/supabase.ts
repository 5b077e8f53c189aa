import { mergeSources, type Source } from '../../wiring/fact.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Operation } from '../../wiring/library.js';
import {
  choice,
  list,
  literal,
  NULL,
  promise,
  record,
  sourcesOf,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type External,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { act, type Operation as Act } from '../data/record-queries.js';
import { makeQuery, narrow, part, put, recordsOf, textPart, type Step } from '../data/record-values.js';
import { entityName } from '../data/sql-statements.js';

interface Client {
  /** What it was made by: the parts of it that are no data are known as functions of the package. */
  made: External;
  /** Policies of rows do not hold for it: it was made with the key of the service. */
  isPrivileged: boolean;
}

// ── what the database itself refuses ──────────────────────────────────────────────────────────────────────────────
/** Tables by what migrations say of them: whether policies of rows hold. Empty where there are no migrations. */
const policed = (it: Evaluator): Map<string, boolean> => it.stateOf('supabase:policed', () => new Map());
const TABLE = String.raw`(?:only\s+)?(?:"?\w+"?\.)?"?(\w+)"?`;
const CREATED = new RegExp(String.raw`\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?${TABLE}`, 'gi');
const POLICED = new RegExp(
  String.raw`\balter\s+table\s+(?:if\s+exists\s+)?${TABLE}\s+(enable|force|disable)\s+row\s+level\s+security`,
  'gi',
);
function readMigrations(it: Evaluator, texts: ReadonlyMap<string, string>): void {
  const tables = policed(it);
  for (const [, text] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const [, name] of text.matchAll(CREATED)) tables.set(entityName(name!), false);
    for (const [, name, how] of text.matchAll(POLICED))
      tables.set(entityName(name!), how!.toLowerCase() !== 'disable');
  }
}
/** Whose rows a client sees may be limited where it is not seen: nobody is asked to limit them in the code as well. */
const isLimitedElsewhere = (it: Evaluator, { isPrivileged }: Client, entity: string): boolean =>
  !isPrivileged && (policed(it).get(entity) ?? true);

// ── queries ───────────────────────────────────────────────────────────────────────────────────────────────────────
const asked =
  (operator: string | null): Step =>
  (it, query, [column, value = UNKNOWN]) =>
    narrow(
      it,
      query,
      record([
        [(column && stringOf(column)) || '*', operator === null ? value : record([[operator, value]])],
      ]),
    );
/** `or('owner_id.eq.7,is_public.is.true')` */
function either(given: Value): Value {
  const holes: Value[] = [];
  const text =
    given.k === 'text'
      ? given.parts.map((p) => (typeof p === 'string' ? p : `\0${holes.push(p) - 1}\0`)).join('')
      : textOf(given);
  if (text === null || text.includes('(')) return unknown(sourcesOf(given));
  const sides = text.split(',').map((side): Value => {
    const [, column, value] = /^(\w+)\.(?:eq|is|in)\.(.*)$/.exec(side.trim()) ?? [];
    if (column === undefined) return record();
    const hole = /^\0(\d+)\0$/.exec(value!);
    return record([[column, hole ? holes[Number(hole[1])]! : literal(value!)]]);
  });
  return record([['$or', list(sides)]]);
}
const write =
  (operation: Act): Step =>
  (it, query, [data]) => {
    put(it, query, 'operation', literal(operation));
    if (data) put(it, query, 'data', data);
  };
const one: Step = (it, query) => put(it, query, 'one', literal(true));
/** https://supabase.com/docs/reference/javascript/using-filters */
const STEPS: Readonly<Record<string, Step>> = {
  select: (it, query, [columns = UNDEFINED, options]) => {
    const named = stringOf(columns);
    if (named !== null && !named.includes('*')) put(it, query, 'projected', literal(true));
    const along = [...(named ?? '').matchAll(/(\w+)(?:!\w+)*\s*\(/g)].map(([, name]) => literal(name!));
    if (along.length > 0) put(it, query, 'along', list(along));
    if (options?.k === 'record' && options.members.has('head')) put(it, query, 'counted', literal(true));
  },
  insert: write('create'),
  upsert: write('create'),
  update: write('update'),
  delete: write('delete'),
  eq: asked(null),
  is: asked(null),
  like: asked(null),
  ilike: asked(null),
  contains: asked(null),
  in: asked('$in'),
  neq: asked('$ne'),
  match: (it, query, [cells]) => void (cells && narrow(it, query, cells)),
  filter: (it, query, [column = UNKNOWN, operator = UNDEFINED, value = UNKNOWN], site) =>
    asked(/^(?:eq|is|in)$/.test(stringOf(operator) ?? '') ? null : '$ne')(it, query, [column, value], site),
  not: (it, query, [column = UNKNOWN, , value = UNKNOWN], site) =>
    asked('$ne')(it, query, [column, value], site),
  or: (it, query, [filters]) => void (filters && narrow(it, query, either(filters))),
  single: one,
  maybeSingle: one,
};

function run(it: Evaluator, client: Client, table: Value | undefined, query: Native, site: Site): Value {
  const entity = entityName((table && textOf(table)) ?? 'table');
  const operation = (textPart(query, 'operation') ?? 'list') as Act;
  const isOne = part(query, 'one') !== UNDEFINED;
  const [where, data] = [part(query, 'where'), part(query, 'data')];
  const isGlobal = isLimitedElsewhere(it, client, entity);
  const sources = act(it, {
    entity,
    operation: operation === 'list' && isOne ? 'read' : operation,
    where: where === UNDEFINED ? record() : where,
    data: data === UNDEFINED ? undefined : data,
    isProjected: part(query, 'projected') !== UNDEFINED,
    isGlobal,
    site,
  });
  const along = part(query, 'along');
  if (along.k === 'list' && part(query, 'counted') === UNDEFINED)
    for (const name of along.elements)
      act(it, {
        entity: entityName(stringOf(name)!),
        operation: 'read',
        where: unknown(sources),
        isNested: true,
        isGlobal,
        site,
      });
  return answered(isOne ? unknown(sources) : recordsOf(it, unknown(sources)), sources);
}
/** `{ data, error, count }` */
const answered = (data: Value, sources: readonly Source[]): Value =>
  record([
    ['data', data],
    ['error', choice([NULL, unknown(['error'])].map((value) => ({ value, facts: [] })))],
    ['count', unknown(['count', ...sources])],
  ]);

// ── clients ───────────────────────────────────────────────────────────────────────────────────────────────────────
const CLIENT: LibraryType = {
  name: 'supabase client',
  methods: {
    from: (it, self, [table], site) =>
      makeQuery(it, {
        steps: STEPS,
        run: (e, query) => run(e, self.state as Client, table, query, site),
        site,
      }),
    schema: yieldsItself,
    rpc: (_it, _self, args) => {
      const sources = mergeSources(...args.slice(1).map((a) => sourcesOf(a)));
      return promise(answered(unknown(sources), sources));
    },
  },
  get: (_it, self, name) => {
    const { made } = self.state as Client;
    return name === 'auth' || name === 'storage' ? { ...made, path: [...made.path, '()', name] } : null;
  },
};
const PRIVILEGED = /^config:.*(?:service|secret|admin)/i;
const makes =
  (packageName: string, name: string, keyAt: number): Operation =>
  (it, args) => {
    const key = args[keyAt];
    const isPrivileged = key !== undefined && sourcesOf(key).some((s) => PRIVILEGED.test(s));
    return it.native(CLIENT, { made: { k: 'external', package: packageName, path: [name] }, isPrivileged });
  };
/** They wait for cookies in some versions, and in others do not. */
const HELPERS =
  'createRouteHandlerClient createServerComponentClient createServerActionClient createMiddlewareClient createPagesServerClient';
const about: LibraryModel['about'] = {
  title: 'Supabase (data)',
  registers: 'nothing; queries of tables are effects, entities are the names of tables',
  guards:
    "filters with the caller's identity are ownership. It is not asked for where policies of rows may limit a client: one that was not made with the key of the service, unless the migrations show a table without them",
  answers: '',
  limits: 'what functions of the database do (`rpc`), what policies of rows say, storage',
};
/** https://supabase.com/docs/reference/javascript */
export const supabase: LibraryModel = {
  name: 'supabase',
  packages: ['@supabase/supabase-js'],
  about,
  calls: { createClient: makes('@supabase/supabase-js', 'createClient', 1) },
  reads: (path) => /(?:^|\/)supabase\/(?:.*\/)?[^/]+\.sql$/.test(path),
  prepare: readMigrations,
  typed: (it, type) =>
    /^SupabaseClient\b/.test(type) && it.loader.uses('@supabase/supabase-js')
      ? it.native(CLIENT, {
          made: { k: 'external', package: '@supabase/supabase-js', path: ['createClient'] },
          isPrivileged: false,
        } satisfies Client)
      : null,
};
/** https://supabase.com/docs/guides/auth/server-side/creating-a-client */
export const supabaseServer: LibraryModel = {
  name: 'supabase-server',
  packages: ['@supabase/ssr'],
  calls: { createServerClient: makes('@supabase/ssr', 'createServerClient', 1) },
};
export const supabaseHelpers: LibraryModel = {
  name: 'supabase-helpers',
  packages: ['@supabase/auth-helpers-nextjs'],
  calls: Object.fromEntries(
    HELPERS.split(' ').map((name) => [name, makes('@supabase/auth-helpers-nextjs', name, -1)]),
  ),
};
