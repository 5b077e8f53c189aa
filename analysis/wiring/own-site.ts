import type { FunctionValue, Site, Value } from './value.js';

/** Where a function of the project is written. */
export const siteOfFunction = ({ module, fn }: FunctionValue): Site => ({ module, line: fn.line });
/** Where a handler is written, if it is a function of the project; else where it was handed over. */
export const ownSite = (handler: Value, handedOver: Site): Site =>
  handler.k === 'function' ? siteOfFunction(handler) : handedOver;
