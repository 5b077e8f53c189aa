import type { LibraryModel, LibraryType, Method, Operation } from '../wiring/library.js';
import { mergeSources } from '../wiring/fact.js';
import { promise, sourcesOf, UNDEFINED, unknown } from '../wiring/value.js';

/** What lies under a key that only its holder can present is that holder's: it says who calls. */
const read: Method = (_it, _self, args) => {
  const sources = mergeSources(...args.slice(0, 1).map((a) => sourcesOf(a)));
  return promise(
    unknown(
      sources.includes('credential')
        ? mergeSources(
            sources.filter((s) => s !== 'credential'),
            ['identity'],
          )
        : mergeSources(sources, ['stored']),
    ),
  );
};
const write: Method = () => promise(UNDEFINED);
const STORAGE: LibraryType = {
  name: 'storage',
  methods: {
    getItem: read,
    getItemRaw: read,
    get: read,
    hasItem: read,
    has: read,
    getKeys: () => promise(unknown(['stored'])),
    getMeta: read,
    setItem: write,
    setItemRaw: write,
    set: write,
    removeItem: write,
    remove: write,
    del: write,
    clear: write,
    mount: (_it, self) => self,
  },
};
export const makeStorage: Operation = (it) => it.native(STORAGE, null);

/** Key-value storage, as Nitro keeps it. https://unstorage.unjs.io */
export const unstorage: LibraryModel = {
  name: 'unstorage',
  packages: ['unstorage'],
  calls: { createStorage: makeStorage, prefixStorage: makeStorage },
};
