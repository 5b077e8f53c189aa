import type { Evaluator } from '../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../wiring/library.js';
import { builtin, optionIn, UNDEFINED, type Value } from '../wiring/value.js';
import { refusing } from './refusing.js';

/**
 * Middleware that takes files: whether it says how large they may be. Without `limits.fileSize` none of these packages has a
 * bound: https://github.com/expressjs/multer#limits, https://github.com/richardgirges/express-fileupload#available-options
 */
function isBounded(options: Value | undefined): boolean {
  if (options === undefined) return false;
  if (options.k !== 'record') return options.k !== 'literal';
  const limits = optionIn(options, 'limits');
  if (limits === undefined) return options.open !== null;
  if (limits.k !== 'record') return limits.k !== 'literal';
  const size = optionIn(limits, 'fileSize');
  if (size === undefined) return limits.open !== null;
  return !(size.k === 'literal' && (size.value === undefined || size.value === Infinity));
}
/** What takes files, of known or of any size. */
const taking = (it: Evaluator, name: string, library: string, bounded: boolean): Value =>
  refusing(it, name, bounded ? { protection: 'upload-limit', library, arguments: [] } : null);

const takes =
  (name: string): Method =>
  (it, { state }) =>
    taking(it, name, 'multer', state === true);
const MULTER: LibraryType = {
  name: 'multer',
  methods: {
    single: takes('single'),
    array: takes('array'),
    fields: takes('fields'),
    any: takes('any'),
    // Takes no files at all.
    none: (it) => taking(it, 'none', 'multer', false),
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
  calls: { '': (it, [options]) => taking(it, 'fileUpload', 'express-fileupload', isBounded(options)) },
};
