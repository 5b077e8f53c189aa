import type { Evaluator } from '../../wiring/evaluator.js';
import {
  list,
  literal,
  promise,
  record,
  stringOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { askedBy, OPERATIONS } from './document-operations.js';
import {
  heldBy,
  isQuery,
  isRecord,
  narrow,
  part,
  put,
  textPart,
  withCallback,
  type Step,
} from './record-values.js';

/** Gives a query its operation, with what that is called with: `find(filter)`, `updateOne(filter, change)`. */
export function begin(it: Evaluator, query: Native, name: string, args: readonly Value[]): void {
  const [, shape] = OPERATIONS[name]!;
  const given = args.filter((a) => a.k !== 'function');
  const [first = record(), second] = given;
  put(it, query, 'operation', literal(name));
  if (shape === 'stages') narrow(it, query, askedBy(first));
  else if (shape === 'key') narrow(it, query, record([['_id', first]]));
  else if (shape === 'data') put(it, query, 'data', dataIn(first));
  else if (first.k !== 'literal') narrow(it, query, first);
  if ((name === 'find' || name === 'findOne' || name === 'findById') && second?.k === 'record')
    if (second.members.size > 0) put(it, query, 'projected', literal(true));
  // What is changed, where it is not the record's own `save` that changes it.
  if (OPERATIONS[name]![0] === 'update' && second) put(it, query, 'data', second);
  if (second && isQuery(second)) narrow(it, query, part(second, 'where'));
}
/** `create(new Boat({ … }))`: what that holds. */
const dataIn = (value: Value): Value =>
  isRecord(value) ? heldBy(value) : value.k === 'list' ? list(value.elements.map(dataIn), value.open) : value;

const compared =
  (operator: string): Step =>
  (it, query, args) => {
    const path = args.length > 1 ? stringOf(args[0]!) : textPart(query, 'path');
    narrow(it, query, record([[path ?? '*', record([[operator, args.at(-1) ?? UNKNOWN]])]]));
  };
/** What may be called on a query, and what that adds to it. */
export const STEPS: Readonly<Record<string, Step>> = {
  ...Object.fromEntries(
    Object.keys(OPERATIONS).map((name): [string, Step] => [
      name,
      (it, query, args, site) => {
        begin(it, query, name, args);
        return withCallback(it, args, () => query, site) ? UNDEFINED : query;
      },
    ]),
  ),
  where: (it, query, [path, value]) => {
    if (path?.k === 'record') narrow(it, query, path);
    else if (path && value) narrow(it, query, record([[stringOf(path) ?? '*', value]]));
    else if (path) put(it, query, 'path', path);
  },
  equals: compared('$eq'),
  in: compared('$in'),
  ne: compared('$ne'),
  nin: compared('$nin'),
  and: (it, query, [all]) => void (all && narrow(it, query, all)),
  or: (it, query, [any]) => void (any && narrow(it, query, record([['$or', any]]))),
  match: (it, query, [filter]) => void (filter && narrow(it, query, filter)),
  select: (it, query) => put(it, query, 'projected', literal(true)),
  populate: (it, query, [given]) => {
    const paths = (given?.k === 'list' ? given.elements : given ? [given] : []).map((p) =>
      p.k === 'record' ? (p.members.get('path') ?? UNDEFINED) : p,
    );
    const names = paths.flatMap((p) => (stringOf(p) ?? '').split(/\s+/)).map((n) => literal(n));
    const before = part(query, 'populated');
    put(it, query, 'populated', list([...(before.k === 'list' ? before.elements : []), ...names]));
  },
  orFail: (it, query) => put(it, query, 'failing', literal(true)),
  exec: (it, query, args, site) => {
    const callback = args.findLast((a) => a.k === 'function');
    if (!callback) return promise(it.awaiting(query));
    withCallback(it, [callback], () => query, site);
    return UNDEFINED;
  },
  cursor: (it, query) => it.awaiting(query),
  stream: (it, query) => it.awaiting(query),
};
