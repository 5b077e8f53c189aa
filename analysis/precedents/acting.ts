import type { Effect, EntryPoint } from '../model/model.js';
import { isSignIn } from '../model/effects.js';
import type { ByProducts } from './by-products.js';

export const ENTITY_OPERATIONS = ['create', 'update', 'delete', 'read', 'list'] as const;
const OPERATIONS: ReadonlySet<string> = new Set(ENTITY_OPERATIONS);
export const isEntityEffect = (e: Effect): boolean => OPERATIONS.has(e.operation);
/** Of a subject: the request says it. */
export const isInput = (s: string): boolean => /^(?:params|query|body|message)(?:\.|$)/.test(s);
/** By its trigger it only asks for something (RFC 9110, section 9.2.1). */
export const isReading = (e: EntryPoint): boolean =>
  e.trigger.kind === 'http' || e.trigger.kind === 'sse'
    ? /^(GET|HEAD)$/.test(e.trigger.method)
    : e.trigger.kind === 'graphql' && !e.trigger.name.startsWith('Mutation.');
export const isWriting = (e: EntryPoint, isByProduct: ByProducts = () => false): boolean =>
  e.effects.some((x) => isEntityEffect(x) && x.class === 'write' && !isByProduct(e, x)) ||
  ((e.trigger.kind === 'http' || e.trigger.kind === 'sse') &&
    /^(POST|PUT|PATCH|DELETE)$/.test(e.trigger.method)) ||
  (e.trigger.kind === 'graphql' && e.trigger.name.startsWith('Mutation.'));
/** What it does lasts, and its trigger is no request to read. A sign-in lasts too, and is for strangers. */
export function isActing(e: EntryPoint, isByProduct: ByProducts): boolean {
  if (isReading(e) || (e.trigger.kind === 'websocket' && e.trigger.name === null)) return false;
  const does = e.effects.filter((x) => x.class === 'write' && !isByProduct(e, x));
  return does.length > 0 && !does.some(isSignIn);
}
