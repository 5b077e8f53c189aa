import { LIBRARY_MODELS } from './frameworks/index.js';
import { declareRegistering } from './frameworks/web/declared.js';
import { onTable } from './frameworks/data/drizzle.js';
import { sqlCall } from './frameworks/data/sql.js';
import { makeRequest, makeResponse } from './frameworks/web/web-request.js';
import { readEnvironment } from './environment/environment.js';
import { evaluatedBefore } from './evaluated-before.js';
import { load, type LoadedTree } from './load.js';
import { assemble } from './conclusions/entry-points.js';
import { withHandedOn } from './conclusions/handed-on.js';
import { definedGuards } from './conclusions/guards.js';
import { codeExchangeOf, isVouchedElsewhere } from './conclusions/code-exchange.js';
import { markAges } from './conclusions/ages-of-secrets.js';
import { originsAllowed } from './conclusions/origins-allowed.js';
import { algorithmsAllowed } from './conclusions/algorithms.js';
import { unknownInFront } from './conclusions/unknown-in-front.js';
import { secretsInUse } from './conclusions/secrets.js';
import type {
  AlgorithmsAllowed,
  DefinedGuard,
  EntryPoint,
  Gap,
  Model,
  OriginsAllowed,
  SecretInUse,
} from './model/model.js';
import { triggerText } from './model/trigger.js';
import { sourceRole } from './modules/index.js';
import { policyTexts, readPolicy } from './policy-file/of-tree.js';
import type { Policy } from './policy-file/policy.js';
import { declaredGuards } from './protections/declared-guards.js';
import { guardPackages, libraryBehaviour } from './protections/libraries.js';
import { unmodelledServer } from './protections/unmodelled.js';
import type { Cache, TreeSource } from './source.js';
import { Evaluator } from './wiring/evaluator.js';
import type { ModuleLoader } from './wiring/instance.js';
import type { LibraryKnowledge, LibraryModel } from './wiring/library.js';
import { runUnattached } from './wiring/unattached.js';
import { EXTRACTOR_VERSION } from './extractor-version.js';

export interface Progress {
  phase: 'reading' | 'parsing' | 'evaluating';
  done: number;
  total: number;
}
export interface AnalyseOptions {
  /** Lowered modules by blob id and extractor version. */
  cache?: Cache;
  onProgress?: (progress: Progress) => void;
}

const CODE = /\.[cm]?[jt]sx?$/;
/** Steps for running the top level of one root and what it calls. */
const ROOT_STEPS = 2_000_000;

/**
 * Builds the model of a tree. Never throws because of what the tree contains: what cannot be read or understood
 * becomes a gap. Same tree, same bytes out.
 */
export async function analyse(source: TreeSource, options: AnalyseOptions = {}): Promise<Model> {
  const { onProgress } = options;
  const policy = await readPolicy(source.policy ?? (await policyTexts(source)));
  const declared = declaredGuards(policy.guards);
  const serving = LIBRARY_MODELS.filter((m) => m.finish);
  const packages = new Set(serving.filter((m) => !m.onlyByConvention).flatMap((m) => m.packages));
  const loaded = await load(source, {
    cache: options.cache,
    packages,
    conventions: LIBRARY_MODELS.flatMap(({ name, packages: of, isEntry, named, belongs }) =>
      isEntry ? [{ name, packages: of, isEntry, named, belongs }] : [],
    ),
    namesFiles: LIBRARY_MODELS.flatMap((m) => m.namesFiles ?? []),
    globals: LIBRARY_MODELS.flatMap((m) => m.globals ?? []),
    guards: new Set([...guardPackages(), ...declared.modules]),
    unmodelled: (name) => (BY_PACKAGE.has(name) ? null : unmodelledServer(name)),
    registrars: policy.registers.map((r) => r.function),
    wanted: (path) => LIBRARY_MODELS.some((m) => m.reads?.(path) ?? false),
    onProgress: onProgress && ((phase, done, total) => onProgress({ phase, done, total })),
  });
  const entryPoints: EntryPoint[] = [];
  const guards: DefinedGuard[] = [];
  const secrets: SecretInUse[] = [];
  const algorithms: AlgorithmsAllowed[] = [];
  const origins: OriginsAllowed[] = [];
  const environment = await readEnvironment(source);
  const knowledge: LibraryKnowledge = {
    ...KNOWLEDGE,
    behaviour: (external) => declared.behaviour(external) ?? libraryBehaviour(external),
  };
  const gaps: Gap[] = [
    ...loaded.gaps,
    ...environment.gaps,
    ...policy.mistakes.flatMap((m) =>
      m.key === null || HIDES.includes(m.key)
        ? [{ reason: m.reason, file: m.file, line: m.line, affects: [] }]
        : [],
    ),
  ];
  const registering = [...loaded.registering].sort();
  const texts = [...loaded.texts].filter(([path]) => LIBRARY_MODELS.some((m) => m.reads?.(path) ?? false));
  const programs = [...loaded.roots].sort(([a], [b]) => (a < b ? -1 : 1));
  const reached = new Set<string>();
  const ofProgram = (path: string): string => loaded.graph.programOf(path).name;
  for (let i = 0; i < programs.length; i++) {
    const [program, roots] = programs[i]!;
    const own = registering.filter((path) => ofProgram(path) === program);
    const task: Task = { program, roots, registering, own, texts, registers: policy.registers };
    const seen = evaluatedBefore(
      options.cache,
      { extractor: EXTRACTOR_VERSION, ...task, guards: policy.guards },
      loaderOf(loaded, program),
      (path) => loaded.contents.get(path) ?? null,
      (loader) => evaluateProgram(loader, task, knowledge),
    );
    entryPoints.push(...seen.entryPoints);
    guards.push(...seen.guards);
    secrets.push(...seen.secrets);
    algorithms.push(...seen.algorithms);
    origins.push(...seen.origins);
    gaps.push(...seen.gaps);
    for (const path of seen.reached) reached.add(path);
    if (i === loaded.roots.size - 1)
      programs.push(...unreachedPackages(registering, reached, loaded.roots, ofProgram));
    onProgress?.({ phase: 'evaluating', done: i + 1, total: programs.length });
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  const told = withoutRepetition(entryPoints, new Set(loaded.graph.programs().map((p) => p.name)));
  return {
    extractor: EXTRACTOR_VERSION,
    tree: source.id,
    entryPoints: withHandedOn(told).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
    guards: mergeGuards(guards),
    ...(algorithms.length > 0 ? { algorithms: withoutRepeats(algorithms) } : {}),
    ...(secrets.length > 0 ? { secrets: withoutRepeats(secrets) } : {}),
    ...(origins.length > 0 ? { origins } : {}),
    ...(environment.settings.length > 0 ? { environment: environment.settings } : {}),
    gaps: distinct(gaps),
    notLookedAt: loaded.notLookedAt,
  };
}

/**
 * Packages that register entry points, that no program of their own starts, and that none of the others has loaded: a command that is
 * found by its folder's name requires them while it runs. They are programs by themselves, started with what registers.
 */
function unreachedPackages(
  registering: readonly string[],
  reached: ReadonlySet<string>,
  started: ReadonlyMap<string, readonly string[]>,
  ofProgram: (path: string) => string,
): [string, string[]][] {
  const left = new Map<string, string[]>();
  for (const path of registering) {
    const program = ofProgram(path);
    if (started.has(program) || sourceRole(path) !== 'production') continue;
    left.set(program, [...(left.get(program) ?? []), path]);
  }
  return [...left]
    .filter(([, paths]) => !paths.some((path) => reached.has(path)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What evaluating a program knows without asking the tree. Plain data: what is the same in another tree is told by it. */
interface Task {
  program: string;
  /** Files to start from, in order. */
  roots: readonly string[];
  /** Files that name a library of entry points, of whichever program, and those of this one; sorted. */
  registering: readonly string[];
  own: readonly string[];
  /** What library models read that is not code. */
  texts: readonly (readonly [string, string])[];
  registers: Policy['registers'];
}

function evaluateProgram(
  loader: ModuleLoader,
  { program, roots, registering, own, texts, registers }: Task,
  knowledge: LibraryKnowledge,
): {
  entryPoints: EntryPoint[];
  guards: DefinedGuard[];
  secrets: SecretInUse[];
  algorithms: AlgorithmsAllowed[];
  origins: OriginsAllowed[];
  gaps: Gap[];
  /** Of what registers, the files that were run. */
  reached: string[];
} {
  const it = new Evaluator(loader, knowledge);
  for (const model of LIBRARY_MODELS) {
    const { reads } = model;
    if (reads) model.prepare?.(it, new Map(texts.filter(([path]) => reads(path))));
  }
  declareRegistering(it, registers);
  const run = (path: string): void => {
    it.attempt({ file: path, line: 1 }, () => {
      if (!it.withBudget(ROOT_STEPS, () => void it.modules.instantiate(path)))
        it.gap('running this module took more steps than a root is given', { file: path, line: 1 });
    });
  };
  for (const root of roots) run(root);
  for (const model of LIBRARY_MODELS)
    it.attempt({ file: roots[0]!, line: 1 }, () => {
      it.withBudget(ROOT_STEPS, () => model.start?.(it));
    });
  // What registers entry points and was reached from no root still runs, unattached.
  const reached = new Set(it.modules.loaded.map((m) => m.path));
  for (const path of own) if (!reached.has(path)) run(path);
  const names = new Set(registering);
  for (const instance of it.modules.loaded)
    if (names.has(instance.path))
      it.attempt({ file: instance.path, line: 1 }, () => {
        it.withBudget(ROOT_STEPS, () => runUnattached(it, instance));
      });
  for (const model of LIBRARY_MODELS)
    it.attempt({ file: roots[0]!, line: 1 }, () => {
      // Entry points have budgets of their own; this is for modules that only they lead to.
      it.withBudget(ROOT_STEPS, () => model.finish?.(it));
    });
  markAges(it);
  const context = { rows: it.rows, enumerations: it.enumerations };
  const entryPoints = assemble(it.observations, context, program, {
    exchangeOf: (o) => codeExchangeOf(it, o),
    isVouched: (o) => isVouchedElsewhere(it, o),
  });
  return {
    entryPoints,
    guards: definedGuards(it, context),
    secrets: secretsInUse(it),
    algorithms: algorithmsAllowed(it),
    origins: originsAllowed(it, program),
    gaps: [...it.gaps, ...unknownInFront(entryPoints, it.observations, it.gaps)],
    reached: it.modules.loaded.flatMap((m) => (names.has(m.path) ? [m.path] : [])),
  };
}

/** Keys of a policy without which part of the code is not understood. */
const HIDES = ['registers', 'guards'];

const BY_PACKAGE = new Map<string, LibraryModel>(
  LIBRARY_MODELS.flatMap((m) => m.packages.map((p) => [p, m] as const)),
);
const KNOWLEDGE: LibraryKnowledge = {
  model: (name) => BY_PACKAGE.get(name) ?? null,
  models: LIBRARY_MODELS,
  behaviour: libraryBehaviour,
  exchange: (it) => ({
    request: makeRequest(it, { method: null, path: null, base: '', application: null }),
    response: makeResponse(it),
  }),
  textCall: (it, name, args, site) => sqlCall(it, name, args, site) ?? onTable(it, name, args, site),
  schemaMember: (it, name) => {
    for (const model of LIBRARY_MODELS) {
      const found = model.schemaMember?.(it, name);
      if (found) return found;
    }
    return null;
  },
};
function loaderOf(loaded: LoadedTree, program: string): ModuleLoader {
  return {
    resolve: (from, specifier) => {
      const target = loaded.graph.resolve(from, specifier);
      if (target.kind === 'package') return { kind: 'package', name: target.name, subpath: target.subpath };
      if (target.kind === 'builtin') return { kind: 'package', name: target.name, subpath: null };
      return target.kind === 'file' ? target : { kind: 'missing' };
    },
    module: (path) => loaded.modules.get(path) ?? null,
    hasSideEffects: (path) => loaded.sideEffects.has(path),
    list: (folder) => loaded.folders.get(folder) ?? [],
    entryFiles: (model) => loaded.entries.get(program)?.get(model) ?? [],
    root: loaded.graph.programs().find((p) => p.name === program)?.root ?? '',
    uses: (name) => loaded.packages.get(program)?.has(name) ?? false,
  };
}
/**
 * A router in a package of its own is seen in each program that serves it: with the same guards in front of it it is one
 * entry point, of the first program that has it. What a package only defines, and a program serves, is the program's; so
 * is what another program loads with it and leaves unserved.
 */
function withoutRepetition(entryPoints: readonly EntryPoint[], programs: ReadonlySet<string>): EntryPoint[] {
  const placeOf = (e: EntryPoint): string =>
    `${e.trigger.kind}|${e.registration.file}:${e.registration.line}`;
  // Checks inside it are the handler's own: where they show less in one program, less of it was followed there.
  const inFront = (e: EntryPoint): string =>
    e.chain
      .filter((l) => l.position === 'applied')
      .map((l) => `${l.name}${l.protections.join()}`)
      .join('|');
  const keyOf = (e: EntryPoint): string => `${placeOf(e)}|${triggerText(e.trigger)}|${inFront(e)}`;
  const served = new Set(entryPoints.filter((e) => programs.has(e.program)).map(placeOf));
  const mounted = new Set(entryPoints.flatMap((e) => (e.unmounted ? [] : [placeOf(e)])));
  const ofItsOwn = new Set(entryPoints.flatMap((e) => (e.unmounted ? [] : [`${e.program} ${placeOf(e)}`])));
  const adapted = new Set(entryPoints.flatMap((e) => (e.unserved || e.unmounted ? [] : [placeOf(e)])));
  const seen = new Map<string, string>();
  return entryPoints.filter((e) => {
    if (e.unserved && adapted.has(placeOf(e))) return false;
    if (!programs.has(e.program) && served.has(placeOf(e))) return false;
    if (e.unmounted && mounted.has(placeOf(e)) && !ofItsOwn.has(`${e.program} ${placeOf(e)}`)) return false;
    // What configuration declares belongs to no program by itself.
    if (e.trigger.kind === 'http' && CODE.test(e.registration.file)) return true;
    const first = seen.get(keyOf(e));
    if (first === undefined) seen.set(keyOf(e), e.program);
    return first === undefined || first === e.program;
  });
}
/** The same guard seen by several programs is one guard. */
function mergeGuards(guards: readonly DefinedGuard[]): DefinedGuard[] {
  const byPlace = new Map<string, DefinedGuard>();
  for (const guard of guards) {
    const key = `${guard.place.file}:${guard.place.line}:${guard.name}`;
    const known = byPlace.get(key);
    byPlace.set(
      key,
      known
        ? {
            ...known,
            applications: known.applications + guard.applications,
            referencedFrom: Math.max(known.referencedFrom, guard.referencedFrom),
          }
        : guard,
    );
  }
  return [...byPlace.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, g]) => g);
}
/** A module of several programs is read in each. */
function withoutRepeats<T>(all: readonly T[]): T[] {
  const byKey = new Map(all.map((s) => [JSON.stringify(s), s]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, s]) => s);
}
function distinct(gaps: readonly Gap[]): Gap[] {
  const byKey = new Map(gaps.map((g) => [`${g.file}\0${String(g.line).padStart(7, '0')}\0${g.reason}`, g]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, g]) => g);
}
