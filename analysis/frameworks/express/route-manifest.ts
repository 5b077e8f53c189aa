import type { Place } from '../../model/model.js';
import { sourceRole } from '../../modules/roles.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType } from '../../wiring/library.js';
import { runLink, type Installed } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { opaqueLink } from '../../wiring/recorder.js';
import {
  builtin,
  literal,
  UNDEFINED,
  unknown,
  type FunctionValue,
  type Native,
  type Site,
} from '../../wiring/value.js';
import { folderOf } from '../web/paths.js';
import {
  inOrder,
  isCode,
  isPartOf,
  orderIn,
  readManifest,
  RouteFolders,
  type Manifest,
} from './route-folders.js';
import { makeRequest, makeResponse, REQUEST } from '../web/web-request.js';

interface Found extends Manifest {
  place: Place;
}
interface Tree {
  manifests: Found[];
  folders: RouteFolders | null;
  /** Members that some manifest has: where one lacks it, it is not set. */
  known: Set<string>;
}
const treeOf = (it: Evaluator): Tree =>
  it.stateOf<Tree>('route-manifest', () => ({ manifests: [], folders: null, known: new Set() }));

/**
 * Whatever a loader that was not followed put on the request, asked for a member that the manifests have: the route that
 * was matched. It is called after its folder.
 */
const MATCHED: LibraryType = {
  name: 'matched route',
  methods: {},
  get: (it, self, name) => {
    const { manifest, member } = self.state as { manifest: Found; member: string };
    const written = manifest.members.get(name);
    if (written) return written;
    if (name === 'id' || name === 'name') return literal(folderOf(manifest.place.file).split('/').at(-1)!);
    return treeOf(it).known.has(name) ? UNDEFINED : unknown([`request.${member}`]);
  },
  sources: (self) => [`request.${(self.state as { member: string }).member}`],
};
/** `request.route`, `request.currentRoute`: it is what the middleware of such projects decides by. */
const ROUTE_NAME = /route$/i;
const ROUTED: LibraryType = {
  ...REQUEST,
  get: (it, self, name, site) => {
    const assigned = self.members.get(name);
    if (assigned) return assigned;
    return ROUTE_NAME.test(name)
      ? it.native(MATCHED, { manifest: (self.state as { manifest: Found }).manifest, member: name })
      : REQUEST.get!(it, self, name, site);
  },
};

interface Step {
  file: string;
  value: FunctionValue;
  site: Site;
  isShared: boolean;
}
/** What runs for a route, in order: what its folder and the folders that are shared export as functions of an exchange. */
function stepsOf(it: Evaluator, manifest: Found): Step[] {
  const found = treeOf(it).folders?.filesFor(folderOf(manifest.place.file)) ?? [];
  return inOrder(
    found.flatMap(({ file, isShared }): Step[] => {
      const instance = it.modules.instantiate(file);
      const value = instance && it.modules.exported(instance, 'default');
      if (!instance || value?.k !== 'function' || !isOfExchange(value)) return [];
      return [{ file, value, site: { module: instance, line: value.fn.line }, isShared }];
    }),
  );
}
const isOfExchange = ({ fn }: FunctionValue): boolean => {
  const [request, response] = fn.params.map((p) => (p.pattern.k === 'identifier' ? p.pattern.name : ''));
  return (
    fn.params.length <= 3 &&
    /^_?req(?:uest)?$/.test(request ?? '') &&
    /^_?res(?:ponse)?$/.test(response ?? '')
  );
};
function run(it: Evaluator, step: Step, request: Native, response: Native): ReturnType<typeof runLink> {
  const installed: Installed = {
    value: step.value,
    site: step.site,
    isRoute: true,
    ...(step.value.fn.name === null && { name: orderIn(step.file).name }),
  };
  const isClassic = step.value.fn.params.length === 3;
  return runLink(it, installed, {
    args: (next) => (isClassic ? [request, response, next] : [request, response]),
    carries: [request, response],
    ...(isClassic ? {} : { goesOn: () => [] }),
  });
}
function observe(it: Evaluator, manifest: Found): boolean {
  const steps = stepsOf(it, manifest);
  // Its own last one does the work; one that is shared stands for all routes.
  const at = steps.findLastIndex((s) => !s.isShared);
  if (at < 0 || !steps.some((s) => s.isShared)) return false;
  const handler = steps[at]!;
  for (const method of manifest.methods) {
    const request: Native = {
      ...makeRequest(it, { method, path: manifest.path, base: '', application: null }),
      type: ROUTED,
    };
    (request.state as { manifest?: Found }).manifest = manifest;
    const response = makeResponse(it);
    let isPassed = false;
    const isComplete = observeEntryPoint(it, {
      framework: 'route-manifest',
      trigger: { kind: 'http', method, path: manifest.path },
      registration: handler.site,
      place: manifest.place,
      handler: handler.value,
      unmounted: true,
      *chain() {
        for (const step of steps.slice(0, at)) yield run(it, step, request, response);
        isPassed = true;
      },
      work: () =>
        void it.runHandler(
          handler.value,
          [request, response, builtin('next', () => UNDEFINED)],
          handler.site,
        ),
    });
    // What stood behind the place where the steps ran out may have asked who calls.
    const seen = it.observations.at(-1);
    if (!isComplete && !isPassed && seen)
      it.observations.splice(-1, 1, {
        ...seen,
        links: [...seen.links, opaqueLink('not followed', manifest.place)],
      });
  }
  return true;
}

/**
 * A project's own framework that finds its routes by folder: each folder with a `route.json` is one. Its loader is not
 * followed. What the folder and those that are shared export is run, with the manifest as the route that was matched, so that
 * what a manifest says decides as the project's own middleware reads it.
 */
export const routeManifest: LibraryModel = {
  name: 'route-manifest',
  packages: [],
  about: {
    title: 'Folders with a `route.json`',
    registers: '`methods` (or `method`) and `path` of each such file',
    guards:
      'the functions of a request that modules beside it export, and those in folders beside it that hold no `route.json` (shared by all); ' +
      '`[a]name[b]` runs after `a` and before `b`. A member of the request called `…route` is the `route.json`',
    answers: 'as Express',
    limits:
      'below which path it is mounted. Where no folder is shared, everything about its routes is unknown; the gap says so once',
  },
  calls: {},
  isEntry: ({ path }) => isCode(path),
  belongs: (path, texts) => isPartOf(path, texts),
  reads: (path) => path.endsWith('/route.json'),
  prepare: (it, texts) => {
    const tree = treeOf(it);
    for (const [file, text] of texts) {
      const manifest = sourceRole(file) === 'test' ? null : readManifest(text);
      if (!manifest) continue;
      tree.manifests.push({ ...manifest, place: { file, line: manifest.line } });
      for (const name of manifest.members.keys()) tree.known.add(name);
    }
  },
  finish: (it) => {
    const tree = treeOf(it);
    const own = tree.manifests.filter(
      ({ place }) => it.loader.root === '' || place.file.startsWith(`${it.loader.root}/`),
    );
    tree.folders = new RouteFolders(new Set(own.map((m) => folderOf(m.place.file))), (f) =>
      it.loader.list(f),
    );
    const unseen = own.filter((manifest) => !observe(it, manifest));
    if (unseen[0])
      it.gap(
        'what stands in front of routes that `route.json` files declare is not followed',
        unseen[0].place,
      );
    for (const { methods, path, place } of unseen)
      for (const method of methods)
        it.observations.push({
          framework: 'route-manifest',
          trigger: { kind: 'http', method, path },
          registration: place,
          handler: null,
          at: null,
          links: [opaqueLink('not followed', place)],
          effects: [],
          released: new Set(),
          reached: [],
          unmounted: true,
        });
  },
};
