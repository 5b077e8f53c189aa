import type { Evaluator } from '../../wiring/evaluator.js';
import { membersOf } from '../../wiring/globals.js';
import { memberOf } from '../../wiring/members.js';
import { isCallable, type Site, type Value } from '../../wiring/value.js';

/** HTTP statuses that the status codes of gRPC stand for. https://grpc.io/docs/guides/status-codes/ */
export const GRPC_STATUS: Readonly<Record<string, number>> = {
  InvalidArgument: 400,
  FailedPrecondition: 400,
  OutOfRange: 400,
  Unauthenticated: 401,
  PermissionDenied: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Aborted: 409,
  ResourceExhausted: 429,
};
/** The name of a service: the variable that holds it, else what it is imported or loaded as. */
export function serviceName(it: Evaluator, service: Value | undefined): string {
  if (service && service.k !== 'literal')
    for (const { scope } of it.modules.loaded)
      for (const [name, value] of scope.variables)
        if (value === service && !name.startsWith('*')) return name;
  if (service?.k === 'external') return service.path.at(-1) ?? service.package;
  const origin = service?.k === 'unknown' ? service.origin?.path.filter((p) => p !== 'service') : null;
  const loaded = origin && !origin.at(-1)?.includes('(') ? origin.at(-1) : null;
  return (service?.k === 'unknown' && service.name) || loaded || 'Service';
}
/** Methods of an implementation: an object's, or an instance's with those of its classes. */
export function methodsOf(it: Evaluator, implementation: Value, site: Site): [string, Value][] {
  const declared = it.stateOf('grpc:declared', () => new Set<string>());
  const found = new Map<string, Value>(membersOf(it, implementation).pairs);
  if (implementation.k === 'record') {
    for (let cls: Value | null = implementation.cls; cls?.k === 'class'; cls = cls.base)
      for (const member of cls.node.members)
        if (
          member.k === 'method' &&
          member.kind === 'method' &&
          typeof member.name === 'string' &&
          !found.has(member.name)
        )
          found.set(member.name, memberOf(it, implementation, member.name, site));
  }
  const methods = [...found].filter(
    ([name, value]) => isCallable(value) && !name.startsWith('#') && !name.startsWith('_'),
  );
  // What else an implementation has serves its methods; without declarations it cannot be told apart.
  const rpcs = methods.filter(([name]) => declared.has(name.toLowerCase()));
  return rpcs.length > 0 ? rpcs : methods;
}
/** Notes the methods that `.proto` files declare: `rpc Name(Request) returns (Response)`. */
export function declareMethods(it: Evaluator, texts: ReadonlyMap<string, string>): void {
  const declared = it.stateOf('grpc:declared', () => new Set<string>());
  for (const text of texts.values())
    for (const [, name] of text.matchAll(/\brpc\s+(\w+)\s*\(/g)) declared.add(name!.toLowerCase());
}
export const isProto = (path: string): boolean => path.endsWith('.proto');
