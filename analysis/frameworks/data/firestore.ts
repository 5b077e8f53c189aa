import type { Evaluator } from '../../wiring/evaluator.js';
import type { Source } from '../../wiring/fact.js';
import type { LibraryModel, LibraryType, Method } from '../../wiring/library.js';
import { anyBoolean, negate } from '../../wiring/tests.js';
import {
  builtin,
  list,
  literal,
  promise,
  record,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { act, type Operation } from './record-queries.js';
import { isQuery, makeQuery, narrow, part, put, recordsOf, type Step } from './record-values.js';
import { entityName } from './sql-statements.js';

/** Ids of the documents that something lies in, by what those are: all of them say whose it is. */
type Path = readonly (readonly [string, Value])[];
interface Document {
  entity: string;
  /** Null: it is to be given one. */
  id: Value | null;
  above: Path;
}
const documentOf = (self: Native): Document => self.state as Document;
const isDocument = (value: Value | undefined): value is Native =>
  value?.k === 'native' && value.type === DOCUMENT;

/** `users/${id}/notes`: names and ids by turns. */
function segments(path: Value | undefined): Value[] {
  const found: Value[] = [];
  let text = '';
  const end = (): void => {
    if (text !== '') found.push(literal(text));
    text = '';
  };
  for (const piece of path?.k === 'text' ? path.parts : [(path && textOf(path)) ?? path ?? UNKNOWN]) {
    if (typeof piece === 'string')
      for (const [i, each] of piece.split('/').entries()) {
        if (i > 0) end();
        text += each;
      }
    else {
      end();
      found.push(piece);
    }
  }
  end();
  return found;
}
/** What lies there: a document at every second step. */
function follow(
  it: Evaluator,
  from: { in: Path } | { of: string; in: Path },
  path: Value | undefined,
  site: Site,
): Value {
  let above = from.in;
  let collection = 'of' in from ? from.of : null;
  let document: Document | null = null;
  for (const segment of segments(path)) {
    if (collection === null) {
      if (document) above = [...above, [document.entity, document.id!]];
      [collection, document] = [entityName(textOf(segment) ?? 'collection'), null];
    } else {
      document = { entity: collection, id: segment, above };
      collection = null;
    }
  }
  return document ? it.native(DOCUMENT, document) : collectionOf(it, collection ?? 'Collection', above, site);
}

function operate(
  it: Evaluator,
  d: Document,
  operation: Operation,
  data: Value | undefined,
  site: Site,
): readonly Source[] {
  const { entity, id, above } = d;
  return act(it, {
    entity,
    operation,
    where: record([
      ...(id ? [['id', id] as [string, Value]] : []),
      ...above.map(([name, v]): [string, Value] => [name, v]),
    ]),
    data:
      operation === 'create' ? list([data ?? record(), record(above.map(([name, v]) => [name, v]))]) : data,
    site,
  });
}
const written = (sources: readonly Source[]): Value =>
  promise(record([['writeTime', UNKNOWN]], unknown(sources)));

// ── documents ─────────────────────────────────────────────────────────────────────────────────────────────────────
const doc =
  (operation: Operation): Method =>
  (it, self, [data], site) =>
    written(operate(it, documentOf(self), operation, data, site));
const set: Method = (it, self, [data], site) => {
  const d = documentOf(self);
  return written(operate(it, d, d.id === null ? 'create' : 'update', data, site));
};
const read: Method = (it, self, _args, site) =>
  promise(snapshot(it, self, operate(it, documentOf(self), 'read', undefined, site)));
const DOCUMENT: LibraryType = {
  name: 'firestore document',
  methods: {
    get: read,
    set,
    create: doc('create'),
    update: doc('update'),
    delete: doc('delete'),
    onSnapshot: (it, self, [callback], site) => {
      const found = it.awaiting(read(it, self, [], site));
      if (callback?.k === 'function') it.aside(() => void it.call(callback, [found], UNDEFINED, site));
      return UNKNOWN;
    },
    collection: (it, self, [path], site) => {
      const { entity, id, above } = documentOf(self);
      return follow(it, { in: id ? [...above, [entity, id]] : above }, path, site);
    },
  },
  get: (_it, self, name) => (name === 'id' ? (documentOf(self).id ?? UNKNOWN) : null),
};
interface Snapshot {
  of: Native | null;
  sources: readonly Source[];
}
const SNAPSHOT: LibraryType = {
  name: 'firestore snapshot',
  methods: {
    data: (_it, self) => unknown((self.state as Snapshot).sources),
    get: (_it, self) => unknown((self.state as Snapshot).sources),
  },
  get: (it, self, name, site) => {
    const { of, sources } = self.state as Snapshot;
    // A property here, and a function in what browsers use.
    if (name === 'exists') return anyBoolean(it, sources, site);
    if (name === 'ref') return of;
    return name === 'id' ? (of && documentOf(of).id) || unknown(sources) : null;
  },
  sources: (self) => (self.state as Snapshot).sources,
};
const snapshot = (it: Evaluator, of: Native | null, sources: readonly Source[]): Native =>
  it.native(SNAPSHOT, { of, sources } satisfies Snapshot);

// ── collections ───────────────────────────────────────────────────────────────────────────────────────────────────
const where: Step = (it, query, [field, operator = UNDEFINED, value = UNKNOWN]) => {
  const isAsked = /^(?:==|in|array-contains|array-contains-any)$/.test(stringOf(operator) ?? '');
  narrow(
    it,
    query,
    record([[(field && stringOf(field)) || '*', isAsked ? value : record([['$ne', value]])]]),
  );
};
function collectionOf(it: Evaluator, entity: string, above: Path, site: Site): Native {
  const run = (query: Native): Value => {
    const asked = part(query, 'where');
    const lies = record(above.map(([name, v]) => [name, v]));
    const sources = act(it, {
      entity,
      operation: 'list',
      where: asked === UNDEFINED ? lies : list([lies, asked]),
      isProjected: part(query, 'projected') !== UNDEFINED,
      site,
    });
    const one = snapshot(
      it,
      it.native(DOCUMENT, { entity, id: unknown(sources), above } satisfies Document),
      sources,
    );
    const docs = recordsOf(it, one);
    const each: Value = builtin('forEach', ([callback], _self, at) => {
      if (callback) it.aside(() => void it.call(callback, [one], UNDEFINED, at));
      return UNDEFINED;
    });
    return record(
      [
        ['docs', docs],
        ['empty', negate(it, anyBoolean(it, ['count', ...sources], site), site)],
        ['size', unknown(['count', ...sources])],
        ['forEach', each],
        // Of a question for how many there are.
        ['data', builtin('data', () => record([['count', unknown(['count', ...sources])]]))],
      ],
      unknown(sources),
    );
  };
  const add: Step = (e, _query, [data], at) => {
    const made = { entity, id: null, above };
    const sources = operate(e, made, 'create', data, at);
    return promise(e.native(DOCUMENT, { ...made, id: unknown(sources) } satisfies Document));
  };
  const steps: Readonly<Record<string, Step>> = {
    where,
    add,
    select: (e, query) => put(e, query, 'projected', literal(true)),
    doc: (e, _query, [path], at) =>
      path
        ? follow(e, { of: entity, in: above }, path, at)
        : e.native(DOCUMENT, { entity, id: null, above } satisfies Document),
    get: (e, query) => promise(e.awaiting(query)),
    onSnapshot: (e, query, [callback], at) => {
      const found = e.awaiting(query);
      if (callback?.k === 'function') e.aside(() => void e.call(callback, [found], UNDEFINED, at));
      return UNKNOWN;
    },
    listDocuments: (e, query) => {
      e.awaiting(query);
      return promise(list([], e.native(DOCUMENT, { entity, id: UNKNOWN, above } satisfies Document)));
    },
  };
  return makeQuery(it, { steps, run: (_it, query) => run(query), site });
}

// ── several at once ───────────────────────────────────────────────────────────────────────────────────────────────
const of =
  (name: string): Method =>
  (it, self, [target, ...args], site) => {
    if (isDocument(target)) {
      const done = DOCUMENT.methods[name]!(it, target, args, site);
      return name === 'get' ? done : self;
    }
    return name === 'get' && isQuery(target) ? promise(it.awaiting(target)) : self;
  };
const all: Method = (it, _self, args, site) => {
  const found = args.filter(isDocument).map((d) => it.awaiting(read(it, d, [], site)));
  return promise(list(found, found.length < args.length ? UNKNOWN : null));
};
/** A transaction, a batch, a bulk writer: what each does is done to the documents that it is given. */
const TOGETHER: LibraryType = {
  name: 'firestore writes',
  methods: {
    ...Object.fromEntries(['get', 'set', 'create', 'update', 'delete'].map((name) => [name, of(name)])),
    getAll: all,
    commit: () => promise(UNKNOWN),
    close: () => promise(UNKNOWN),
  },
};
const together: Method = (it) => it.native(TOGETHER, null);
const from: Method = (it, _self, [path], site) => follow(it, { in: [] }, path, site);
const DATABASE: LibraryType = {
  name: 'firestore',
  methods: {
    collection: from,
    doc: from,
    collectionGroup: (it, _self, [name], site) =>
      collectionOf(it, entityName((name && textOf(name)) ?? 'collection'), [], site),
    batch: together,
    bulkWriter: together,
    getAll: all,
    runTransaction: (it, _self, [work], site) =>
      work ? it.call(work, [it.native(TOGETHER, null)], UNDEFINED, site) : promise(UNKNOWN),
  },
};
const database = (it: Evaluator): Native => it.native(DATABASE, null);

/** https://firebase.google.com/docs/reference/node/firebase-admin.firestore */
export const firestore: LibraryModel = {
  name: 'firestore',
  packages: ['firebase-admin'],
  about: {
    title: 'Firestore',
    registers:
      'nothing; operations on collections and documents are effects, entities are the names of collections',
    guards:
      "the caller's identity in a filter, or as the id of a document that something lies in, is ownership",
    answers: '',
    limits: 'the library for browsers, for which the rules of the database count and not the code',
  },
  calls: {
    firestore: database,
    'initializeApp.().firestore': database,
    'app.().firestore': database,
    '/firestore.getFirestore': database,
    '/firestore.initializeFirestore': database,
  },
  typed: (it, type) =>
    /^(?:FirebaseFirestore\.|admin\.firestore\.|firestore\.)?Firestore$/.test(type) &&
    (it.loader.uses('firebase-admin') || it.loader.uses('@google-cloud/firestore'))
      ? database(it)
      : null,
};
/** https://cloud.google.com/nodejs/docs/reference/firestore/latest */
export const cloudFirestore: LibraryModel = {
  name: 'cloud-firestore',
  packages: ['@google-cloud/firestore'],
  calls: { Firestore: database },
};
