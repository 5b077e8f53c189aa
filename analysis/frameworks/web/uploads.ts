import { mergeSources } from '../../wiring/fact.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { atom } from '../../wiring/tests.js';
import {
  builtin,
  optionIn,
  promise,
  sourcesOf,
  UNDEFINED,
  unknown,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { refusing } from './refusing.js';

/** Whether an option is a bound: what is not known is taken for one. */
const isBound = (value: Value): boolean =>
  !(value.k === 'literal' && (value.value === undefined || value.value === null || value.value === Infinity));
/**
 * Whether options say how large a file may be. Without `limits.fileSize` none of the packages that are asked this has a bound:
 * https://github.com/expressjs/multer#limits, https://github.com/richardgirges/express-fileupload#available-options,
 * https://github.com/mscdex/busboy#exports ("fileSize … Default: Infinity")
 */
export function isBounded(options: Value | undefined): boolean {
  if (options === undefined) return false;
  if (options.k !== 'record') return options.k !== 'literal';
  const limits = optionIn(options, 'limits');
  if (limits === undefined) return options.open !== null;
  if (limits.k !== 'record') return limits.k !== 'literal';
  const size = optionIn(limits, 'fileSize');
  return size === undefined ? limits.open !== null : isBound(size);
}
/** Files of a request are taken here; with a bound, none that are larger. */
function take(it: Evaluator, library: string, limited: boolean, site: Site): void {
  it.touched++;
  it.recorder?.upload({ by: library, limited, place: it.place(site) });
  const known = { protection: 'upload-limit', library, arguments: [] };
  if (limited) it.learn([atom(it, 'verified', [], site, { known })]);
}
/** Middleware that takes files, of known or of any size. */
export function takingFiles(it: Evaluator, name: string, library: string, limited: boolean): Value {
  const onward = refusing(it, name, null);
  return builtin(name, (args, self, site) => {
    take(it, library, limited, site);
    return it.call(onward, args, self, site);
  });
}

const takes =
  (name: string): Method =>
  (it, { state }) =>
    takingFiles(it, name, 'multer', state === true);
const MULTER: LibraryType = {
  name: 'multer',
  methods: {
    single: takes('single'),
    array: takes('array'),
    fields: takes('fields'),
    any: takes('any'),
    // Takes no files at all.
    none: (it) => refusing(it, 'none', null),
  },
};
const storage: Operation = () => builtin('storage', ([value]) => value ?? UNDEFINED);
export const multer: LibraryModel = {
  name: 'multer',
  packages: ['multer', '@koa/multer', 'koa-multer'],
  calls: {
    '': (it, [options]) => it.native(MULTER, isBounded(options)),
    diskStorage: storage,
    memoryStorage: storage,
  },
};
export const expressFileupload: LibraryModel = {
  name: 'express-fileupload',
  packages: ['express-fileupload'],
  calls: { '': (it, [options]) => takingFiles(it, 'fileUpload', 'express-fileupload', isBounded(options)) },
};

/** Whether what is called with a file, or a part of one, asks how large it is. */
const MEASURES = /"name":"(?:\w*length|\w*size|\w*bytes\w*|truncated|limit)"/i;
const BUSBOY: LibraryType = {
  name: 'busboy',
  methods: {
    on: (it, self, args, site) => {
      const [event, listener] = args;
      // Files that nothing listens for are thrown away.
      if (event?.k === 'literal' && event.value === 'file') {
        const measures = listener?.k !== 'function' || MEASURES.test(JSON.stringify(listener.fn.body));
        if (self.state === true || !measures) take(it, 'busboy', self.state === true, site);
      }
      it.handToUnknown(args, [], site);
      return self;
    },
  },
};
const parsing: Operation = (it, [options]) => it.native(BUSBOY, isBounded(options));
export const busboy: LibraryModel = {
  name: 'busboy',
  packages: ['busboy', '@fastify/busboy'],
  calls: { '': parsing, default: parsing, Busboy: parsing },
};

/**
 * Without options it takes files of up to 200 MB: https://github.com/node-formidable/formidable#options
 * ("options.maxFileSize … default 200 * 1024 * 1024").
 */
const FORM: LibraryType = {
  name: 'form',
  methods: {
    parse: (it, self, args, site) => {
      take(it, 'formidable', self.state === true, site);
      const sources = mergeSources(...args.map((a) => sourcesOf(a)));
      it.handToUnknown(args, sources, site);
      return promise(unknown(sources));
    },
  },
};
const form: Operation = (it, [options]) => {
  const size = optionIn(options, 'maxFileSize');
  return it.native(FORM, size === undefined || isBound(size));
};
export const formidable: LibraryModel = {
  name: 'formidable',
  packages: ['formidable'],
  calls: { '': form, default: form, formidable: form, IncomingForm: form, Formidable: form },
};
/**
 * `request.file()` of @fastify/multipart: without a bound of its own it has that of bodies, 1 MB unless an application says otherwise:
 * https://github.com/fastify/fastify-multipart#options, https://fastify.dev/docs/latest/Reference/Server/#bodylimit
 */
export const takeMultipart: Method = (it, _self, [options], site) => {
  const size = optionIn(optionIn(options, 'limits'), 'fileSize');
  take(it, '@fastify/multipart', size === undefined || isBound(size), site);
  return unknown(['file']);
};
