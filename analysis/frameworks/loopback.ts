import { decorationsOf, type Decoration } from '../wiring/decorators.js';
import type { Evaluator } from '../wiring/evaluator.js';
import { injected, type Provide } from '../wiring/injection.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Operation } from '../wiring/library.js';
import { memberOf } from '../wiring/members.js';
import { observeEntryPoint } from '../wiring/observe.js';
import type { AppliedLink } from '../wiring/recorder.js';
import { atom } from '../wiring/tests.js';
import {
  builtin,
  constantsOf,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type ClassValue,
  type FunctionValue,
  type Native,
  type Value,
} from '../wiring/value.js';
import { joinPaths } from './web/paths.js';
import { makeRequest } from './web/web-request.js';

/** What applications of the program are set up with. */
interface Setup {
  components: Set<string>;
  controllers: Set<ClassValue>;
  basePath: string;
  isBooted: boolean;
}
const setup = (it: Evaluator): Setup =>
  it.stateOf<Setup>('loopback', () => ({
    components: new Set(),
    controllers: new Set(),
    basePath: '',
    isBooted: false,
  }));
/** `RestApplication`, which applications extend. */
const APPLICATION: LibraryType = {
  name: 'application',
  methods: {},
  call: yieldsItself,
  get: (it, self, name) => APPLICATION.inherited!(it, self, name),
  inherited: (it, _base, name) => {
    switch (name) {
      case 'component':
        return builtin(name, ([component]) => {
          if (component?.k === 'external') setup(it).components.add(component.path.at(-1) ?? '');
          return UNKNOWN;
        });
      case 'controller':
        return builtin(name, ([controller]) => {
          if (controller?.k === 'class') setup(it).controllers.add(controller);
          return UNKNOWN;
        });
      case 'basePath':
        return builtin(name, ([path]) => {
          setup(it).basePath = (path && textOf(path)) ?? '';
          return UNDEFINED;
        });
      case 'boot':
        return builtin(name, () => {
          setup(it).isBooted = true;
          return UNKNOWN;
        });
      default:
        return null;
    }
  },
};
const first: Operation = (_it, [value]) => value ?? UNDEFINED;

const VERBS: Readonly<Record<string, string>> = {
  get: 'GET',
  post: 'POST',
  put: 'PUT',
  patch: 'PATCH',
  del: 'DELETE',
};
const from = (d: Decoration, name: string): boolean =>
  d.package.startsWith('@loopback/') && (d.name === name || d.name.startsWith(`${name}.`));
function routeOf(d: Decoration): { method: string; path: string | null } | null {
  if (!d.package.startsWith('@loopback/')) return null;
  const name = d.name.replace(/^oas\./, '');
  const verb = VERBS[name];
  if (verb) return { method: verb, path: (d.args[0] && textOf(d.args[0])) ?? null };
  if (name !== 'operation') return null;
  return {
    method: (d.args[0] && textOf(d.args[0])?.toUpperCase()) ?? 'ALL',
    path: (d.args[1] && textOf(d.args[1])) ?? null,
  };
}
/** `{id}` of OpenAPI is `:id`. */
const parameters = (path: string): string => path.replace(/\{([\w$-]+)\}/g, ':$1');

/** The nearest of a method's and its class's decorators; of none where it says `skip`. */
function nearest(
  name: string,
  own: readonly Decoration[],
  ofClass: readonly Decoration[],
): Decoration | null {
  const found = own.findLast((d) => from(d, name)) ?? ofClass.findLast((d) => from(d, name)) ?? null;
  const skips =
    found?.args[0]?.k === 'record' &&
    found.args[0].members.get('skip')?.k === 'literal' &&
    (found.args[0].members.get('skip') as { value: unknown }).value === true;
  return found && (found.name.endsWith('.skip') || skips) ? null : found;
}
function* guards(
  it: Evaluator,
  own: readonly Decoration[],
  ofClass: readonly Decoration[],
): Iterable<AppliedLink> {
  for (const [name, component, protection] of [
    ['authenticate', /^(JWT)?AuthenticationComponent$/, 'authentication'],
    ['authorize', /^AuthorizationComponent$/, 'authorization'],
  ] as const) {
    const found = nearest(name, own, ofClass);
    if (!found) continue;
    const options = found.args[0];
    const allowed = options?.k === 'record' ? options.members.get('allowedRoles') : undefined;
    const known = {
      protection,
      library: found.package,
      arguments: protection === 'authorization' && allowed ? (constantsOf(allowed) ?? []) : [],
    };
    // Nobody reads what the decorator notes where the component is not there.
    const isRead = [...setup(it).components].some((c) => component.test(c));
    const facts = isRead ? [atom(it, 'verified', [], found.site, { known })] : [];
    it.learn(facts);
    yield { name, arguments: [], place: it.place(found.site), definition: null, facts, opaque: false };
  }
}
const isUser = (token: Value | undefined): boolean =>
  (token?.k === 'external' && /(USER|CURRENT_USER)$/.test(token.path.at(-1) ?? '')) ||
  (token !== undefined && /current_?user|security\.user/i.test(stringOf(token) ?? ''));
function injectedBy(it: Evaluator, decorations: readonly Decoration[], request: Native): Value | null {
  for (const d of decorations) {
    if (!d.package.startsWith('@loopback/')) continue;
    const name = d.args[0] && stringOf(d.args[0]);
    const part = (source: string): Value => unknown([name ? `${source}.${name}` : source]);
    if (d.name === 'requestBody' || d.name.startsWith('requestBody.')) return unknown(['body']);
    if (d.name.startsWith('param.path')) return part('params');
    if (d.name.startsWith('param.header'))
      return memberOf(it, memberOf(it, request, 'headers', d.site), name ?? '*', d.site);
    if (d.name.startsWith('param')) return part('query');
    if (d.name === 'inject' && isUser(d.args[0])) return unknown(['identity']);
    if (d.name === 'inject' && d.args[0]?.k === 'external' && d.args[0].path.at(-1) === 'REQUEST')
      return request;
  }
  return null;
}
function observe(it: Evaluator, cls: ClassValue, unmounted: boolean): void {
  const seen = new Set<string>();
  for (let owner: Value | null = cls; owner?.k === 'class'; owner = owner.base) {
    const { own, members, methods, parameters: decorated } = decorationsOf(it, owner);
    const api = own.findLast((d) => from(d, 'api') || from(d, 'oas.api'))?.args[0];
    const base = api?.k === 'record' ? textOf(api.members.get('basePath') ?? UNDEFINED) : null;
    for (const [name, method] of methods) {
      const decorations = members.get(name) ?? [];
      const mark = decorations.findLast((d) => routeOf(d) !== null);
      if (!mark || seen.has(name)) continue;
      seen.add(name);
      const { method: verb, path } = routeOf(mark)!;
      const full =
        path === null ? null : joinPaths(setup(it).basePath, joinPaths(base ?? '', parameters(path))) || '/';
      observeRoute(
        it,
        { cls, method, mark, unmounted },
        { method: verb, path: full },
        decorations,
        own,
        decorated.get(name) ?? [],
      );
    }
  }
}
function observeRoute(
  it: Evaluator,
  {
    cls,
    method,
    mark,
    unmounted,
  }: { cls: ClassValue; method: FunctionValue; mark: Decoration; unmounted: boolean },
  route: { method: string; path: string | null },
  decorations: readonly Decoration[],
  ofClass: readonly Decoration[],
  parametersOf: readonly (readonly Decoration[])[],
): void {
  const request = makeRequest(it, { ...route, base: '', application: null });
  const provide: Provide = ({ owner, at }) =>
    typeof at === 'number'
      ? injectedBy(it, decorationsOf(it, owner).parameters.get('constructor')?.[at] ?? [], request)
      : null;
  observeEntryPoint(it, {
    framework: 'loopback',
    trigger: { kind: 'http', ...route },
    registration: mark.site,
    handler: method,
    unmounted,
    chain: () => guards(it, decorations, ofClass),
    work: () => {
      const args = method.fn.params.map((_p, i) => injectedBy(it, parametersOf[i] ?? [], request) ?? UNKNOWN);
      return it.runHandler(method, args, mark.site, injected(it, cls, provide));
    },
  });
}
export const loopback: LibraryModel = {
  name: 'loopback',
  packages: [
    '@loopback/rest',
    '@loopback/core',
    '@loopback/boot',
    '@loopback/repository',
    '@loopback/service-proxy',
    '@loopback/openapi-v3',
    '@loopback/authentication',
    '@loopback/authentication-jwt',
    '@loopback/authorization',
  ],
  about: {
    title: 'LoopBack 4',
    registers:
      'methods of controllers with `get`, `post`, `put`, `patch`, `del`, `operation`; `api`, `basePath`',
    guards:
      '`authenticate` and `authorize`, of methods and classes, where the application has their components',
    answers: 'what is returned; errors with their status',
    limits:
      'sequences and interceptors are not followed; an application is taken to have all controllers it can boot',
  },
  calls: { BootMixin: first, ServiceMixin: first, RepositoryMixin: first },
  member: (it, path) =>
    path.length === 1 && /^(Rest)?Application$/.test(path[0]!)
      ? it.stateOf<Native>('loopback:application', () => it.native(APPLICATION, null))
      : null,
  finish: (it) => {
    if (!it.loader.uses('@loopback/rest')) return;
    const { controllers, isBooted } = setup(it);
    const bases = new Set(it.decorated.map((cls) => cls.base));
    for (const cls of it.decorated) {
      if (bases.has(cls) && !controllers.has(cls)) continue;
      const site = { module: cls.module, line: cls.node.line };
      it.attempt(it.place(site), () => {
        it.withBudget(CLASS_STEPS, () => observe(it, cls, !isBooted && !controllers.has(cls)));
      });
    }
  },
};
/** For reading the decorators of one class; its entry points have their own. */
const CLASS_STEPS = 100_000;
