import { findNodeAtLocation, getNodeValue, parseTree } from 'jsonc-parser';
import { list, literal, record, type Value } from '../../wiring/value.js';
import { folderOf } from '../web/paths.js';

export interface Manifest {
  methods: string[];
  path: string;
  line: number;
  members: ReadonlyMap<string, Value>;
}
/** `{ "methods": ["PATCH"], "path": "/customers/:id" }`, or with one `method`; null when it is something else. */
export function readManifest(text: string): Manifest | null {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const node = tree && findNodeAtLocation(tree, ['path']);
  const path: unknown = node && getNodeValue(node);
  const given = tree && (findNodeAtLocation(tree, ['methods']) ?? findNodeAtLocation(tree, ['method']));
  const methods = [given && (getNodeValue(given) as unknown)].flat().filter((m) => typeof m === 'string');
  if (!node || typeof path !== 'string' || !path.startsWith('/') || methods.length === 0) return null;
  return {
    methods: methods.map((m) => m.toUpperCase()),
    path,
    line: text.slice(0, node.offset).split('\n').length,
    members: new Map(Object.entries(getNodeValue(tree) as object).map(([name, v]) => [name, asValue(v)])),
  };
}
function asValue(json: unknown): Value {
  if (Array.isArray(json)) return list(json.map(asValue));
  if (typeof json === 'object' && json !== null)
    return record(Object.entries(json).map(([name, v]): [string, Value] => [name, asValue(v)]));
  return literal(json as string | number | boolean | null);
}
const nameOf = (path: string): string => path.split('/').at(-1)!;
export const isCode = (path: string): boolean => /\.[cm]?[jt]s$/.test(path) && !/\.d\.[cm]?ts$/.test(path);

/**
 * Where the modules of one route and those shared by several lie: `orders/http/cancel` is one folder of a part of the
 * project; `orders/http/all` has no manifest and is for all of them, and `stock/http/all`, at the same place of another part, too.
 */
export class RouteFolders {
  private readonly shared = new Map<string, readonly string[]>();

  constructor(
    private readonly routes: ReadonlySet<string>,
    private readonly list: (folder: string) => readonly string[],
  ) {}

  /** The code that may run for the route of this folder; what is shared comes first. */
  filesFor(folder: string): { file: string; isShared: boolean }[] {
    const above = [folderOf(folderOf(folder)), folderOf(folder)].filter((f) => f !== '');
    const shared = [...new Set(above.flatMap((f) => this.sharedBelow(f)))];
    const name = nameOf(folder);
    const joined = shared.filter((f) => namesIn(f).length > 1);
    const files = (f: string, isShared: boolean): { file: string; isShared: boolean }[] =>
      this.list(f)
        .filter(isCode)
        .map((n) => ({ file: `${f}/${n}`, isShared }));
    return [
      ...shared.filter((f) => !joined.includes(f)).flatMap((f) => files(f, true)),
      ...joined.filter((f) => namesIn(f).includes(name)).flatMap((f) => files(f, false)),
      ...files(folder, false),
    ];
  }
  private sharedBelow(parent: string): readonly string[] {
    let known = this.shared.get(parent);
    if (known) return known;
    known = alike(parent, this.list).flatMap((place) =>
      this.list(place)
        .map((n) => `${place}/${n}`)
        .filter((f) => !isCode(f) && !this.routes.has(f) && this.list(f).some(isCode)),
    );
    this.shared.set(parent, known);
    return known;
  }
}
/** What the manifests among these texts make of a project, as long as the texts live. */
const layouts = new WeakMap<object, { routes: ReadonlySet<string>; places: ReadonlySet<string> }>();
/** May this file run for a route? Told from paths alone, before anything is parsed. */
export function isPartOf(file: string, texts: ReadonlyMap<string, string>): boolean {
  let layout = layouts.get(texts);
  if (!layout) {
    const routes = new Set(
      [...texts].flatMap(([path, text]) =>
        path.endsWith('/route.json') && readManifest(text) ? [folderOf(path)] : [],
      ),
    );
    const parents = [...routes].flatMap((f) => [folderOf(f), folderOf(folderOf(f))]).filter((f) => f !== '');
    layout = { routes, places: new Set(parents.flatMap(placesLike)) };
    layouts.set(texts, layout);
  }
  const { routes, places } = layout;
  const folder = folderOf(file);
  return routes.size > 0 && (routes.has(folder) || placesLike(folderOf(folder)).some((p) => places.has(p)));
}
/** The path, and the path with any one folder above it left open. */
const placesLike = (path: string): string[] => {
  const parts = path.split('/');
  return [path, ...parts.slice(0, -1).map((_, i) => parts.map((p, j) => (i === j ? '*' : p)).join('/'))];
};
/** `parts/orders/http` and, at the same place of another part, `parts/stock/http`. */
function alike(path: string, list: (folder: string) => readonly string[]): string[] {
  const parts = path.split('/');
  const found = new Set([path]);
  for (let i = 0; i < parts.length - 1; i++) {
    const rest = parts.slice(i + 1);
    const above = parts.slice(0, i).join('/');
    for (const name of list(above)) {
      const other = [...(above === '' ? [] : [above]), name, ...rest].join('/');
      if (list(other).length > 0) found.add(other);
    }
  }
  return [...found];
}
/** `edit+create`: a folder for two routes. */
const namesIn = (folder: string): string[] =>
  nameOf(folder)
    .split(/[+,]/)
    .filter((n) => n !== '');

/** `[a,b]name[c].js`: after a and b, before c. */
export function orderIn(file: string): { name: string; after: string[]; before: string[] } {
  const match = /^(?:\[([^\]]*)\])?([^[\]]+)(?:\[([^\]]*)\])?$/.exec(nameOf(file).replace(/\.\w+$/, ''));
  const names = (text: string | undefined): string[] =>
    (text ?? '')
      .split(',')
      .map((n) => n.trim())
      .filter((n) => n !== '');
  return { name: match?.[2] ?? '', after: names(match?.[1]), before: names(match?.[3]) };
}
/** As they are given, as far as what their names say of each other allows. */
export function inOrder<T extends { file: string }>(steps: readonly T[]): T[] {
  const nodes = steps.map((step) => ({ step, ...orderIn(step.file) }));
  const isBefore = (a: (typeof nodes)[number], b: (typeof nodes)[number]): boolean =>
    a !== b && (a.before.includes(b.name) || b.after.includes(a.name));
  const rest = [...nodes];
  const ordered: T[] = [];
  while (rest.length > 0) {
    const free = rest.findIndex((n) => !rest.some((other) => isBefore(other, n)));
    ordered.push(rest.splice(Math.max(free, 0), 1)[0]!.step);
  }
  return ordered;
}
