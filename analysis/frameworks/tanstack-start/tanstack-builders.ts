import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Method, Operation } from '../../wiring/library.js';
import { isNullish, type Native, type Site, type Value } from '../../wiring/value.js';

/** A server function or a middleware while it is put together: each call yields a further one. */
export interface Built {
  middleware: readonly Value[];
  validator: Value | null;
  work: Value | null;
  site: Site;
}
/** What it has been given so far. */
export const builtOf = (self: Native): Built => self.state as Built;
/** `createServerFn()`, `createMiddleware()` */
export const begin =
  (type: LibraryType): Operation =>
  (it, _args, site) =>
    it.native(type, { middleware: [], validator: null, work: null, site } satisfies Built);
/** The same with more. */
export const extend = (it: Evaluator, self: Native, more: Partial<Built>): Native =>
  it.native(self.type, { ...builtOf(self), ...more });
/** What is listed, or given by itself; nothing where it is left out. */
export const elements = (value: Value | undefined): readonly Value[] =>
  value?.k === 'list' ? value.elements : value && !isNullish(value) ? [value] : [];

const validator: Method = (it, self, [given]) => extend(it, self, { validator: given ?? null });
/** What may be called on both before they are finished. */
export const STEPS: Readonly<Record<string, Method>> = {
  middleware: (it, self, [all]) =>
    extend(it, self, { middleware: [...builtOf(self).middleware, ...elements(all)] }),
  validator,
  inputValidator: validator,
  client: (_it, self) => self,
  type: (_it, self) => self,
};
