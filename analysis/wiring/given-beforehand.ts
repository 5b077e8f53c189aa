import { builtin, record, type FunctionValue, type Record_, type Site, type Value } from './value.js';

type Call = (fn: Value, args: readonly Value[], self: Value, site: Site) => Value;

/**
 * Functions that take what they need by name, handed to a package along with some of it: `bind({ charge, refund }, { gateway })`.
 * What comes back has them under the same names, and each is called with what it was given beforehand and what its caller says.
 */
export function givenBeforehand(args: readonly Value[], call: Call): ReadonlyMap<string, Value> | null {
  const [functions, given, ...rest] = args;
  if (functions?.k !== 'record' || given?.k !== 'record' || rest.length > 0) return null;
  const all = [...functions.members];
  const isFunction = (v: Value): v is FunctionValue => v.k === 'function';
  if (all.length === 0 || !all.every(([, v]) => isFunction(v))) return null;
  // What is meant for a function is what it asks for.
  const asks = all.some(([, v]) => isFunction(v) && namesTaken(v).some((name) => given.members.has(name)));
  if (!asks) return null;
  return new Map(
    all.map(([name, fn]) => [
      name,
      builtin(name, (said, self, site) => call(fn, [joined(given, said[0]), ...said.slice(1)], self, site)),
    ]),
  );
}
function namesTaken({ fn }: FunctionValue): string[] {
  const first = fn.params[0]?.pattern;
  const pattern = first?.k === 'defaultPattern' ? first.target : first;
  return pattern?.k === 'objectPattern'
    ? pattern.properties.flatMap((p) => (typeof p.key === 'string' ? [p.key] : []))
    : [];
}
function joined(given: Record_, said: Value | undefined): Value {
  if (said?.k !== 'record') return record(given.members, said ?? given.open);
  return record(new Map([...given.members, ...said.members]), said.open ?? given.open);
}
