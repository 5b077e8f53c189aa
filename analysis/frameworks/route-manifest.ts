import { opaqueLink } from '../wiring/recorder.js';
import { findNodeAtLocation, getNodeValue, parseTree } from 'jsonc-parser';
import type { Place } from '../model/model.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { LibraryModel } from '../wiring/library.js';

interface Manifest {
  methods: string[];
  path: string;
  place: Place;
}
const manifests = (it: Evaluator): Manifest[] => it.stateOf<Manifest[]>('route-manifest', () => []);

/** `{ "methods": ["PATCH"], "path": "/customers/:id" }`, or with one `method`; null when it is something else. */
function read(file: string, text: string): Manifest | null {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const node = tree && findNodeAtLocation(tree, ['path']);
  const path: unknown = node && getNodeValue(node);
  const given = tree && (findNodeAtLocation(tree, ['methods']) ?? findNodeAtLocation(tree, ['method']));
  const methods = [given && (getNodeValue(given) as unknown)].flat().filter((m) => typeof m === 'string');
  if (!node || typeof path !== 'string' || !path.startsWith('/') || methods.length === 0) return null;
  const line = text.slice(0, node.offset).split('\n').length;
  return { methods: methods.map((m) => m.toUpperCase()), path, place: { file, line } };
}

/**
 * A project's own framework that finds its routes by folder: each folder with a `route.json` is one. What it puts in
 * front of them, and below which path, is in its loader: here that is not known, and said so.
 */
export const routeManifest: LibraryModel = {
  name: 'route-manifest',
  packages: [],
  about: {
    title: 'Folders with a `route.json`',
    registers: '`methods` (or `method`) and `path` of each such file',
    guards: 'not known: everything about them is unknown, unless the project says how it registers them',
    answers: '',
    limits: 'the handler beside it, and what stands in front; the gap says so once',
  },
  calls: {},
  reads: (path) => path.endsWith('/route.json'),
  prepare: (it, texts) => {
    for (const [file, text] of texts) {
      const manifest = read(file, text);
      if (manifest) manifests(it).push(manifest);
    }
  },
  finish: (it) => {
    const own = manifests(it).filter(
      ({ place }) => it.loader.root === '' || place.file.startsWith(`${it.loader.root}/`),
    );
    if (own[0])
      it.gap('what stands in front of routes that `route.json` files declare is not followed', own[0].place);
    for (const { methods, path, place } of own)
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
