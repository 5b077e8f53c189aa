import type { Place } from '../model/model.js';
import type { Atom, Call } from '../wiring/fact.js';
import type { RecordedEffect } from '../wiring/recorder.js';
import { notesUse } from './noted.js';

/** Where a handler is written. */
export interface Range {
  file: string;
  line: number;
  endLine: number;
  /** Of a function that dispatches to what the entry point is: its calls are no names for what one of them tests. */
  isShared: boolean;
}
const isInside = (at: Place, range: Range | null): boolean =>
  range !== null && at.file === range.file && at.line >= range.line && at.line <= range.endLine;
/**
 * The call that the handler itself makes on the way to a test: what a reader of the handler sees. A handler that is
 * written where it is registered is itself called inside its own lines, and callbacks in it are no name for what they do.
 */
export function outermostCall({ via, place }: Atom, range: Range | null): Call | null {
  const isNamed = (call: Call): boolean => call.name !== 'anonymous';
  const inside = via.slice(1).filter((c) => isInside(c.place, range));
  const call =
    inside.length > 0
      ? range?.isShared
        ? inside[0]
        : inside.find(isNamed)
      : // A test in the handler itself stands behind the call of the handler, whoever made that.
        isInside(place, range)
        ? via.slice(1).at(-1)
        : via[1];
  if (!call || !isNamed(call)) return null;
  // A decorated method is called through its decorators: one of them, or the method itself, made the test.
  const within = via.slice(via.indexOf(call));
  const plain = within.findIndex((c) => !c.isDecorated);
  return (plain < 0 ? within : within.slice(0, plain)).at(-1) ?? call;
}
/**
 * The wrapper around a handler that made a test: `withUser(handler)` tests before it calls what it was given. Null for
 * what the handler itself tests, or something that it calls.
 */
export function wrapperOf({ via, place }: Atom, range: Range | null): NonNullable<Call['made']> | null {
  if (isInside(place, range) || via.slice(1).some((c) => isInside(c.place, range))) return null;
  const plain = via.findIndex((c) => !c.made);
  return (plain < 0 ? via : via.slice(0, plain)).at(-1)?.made ?? null;
}
/**
 * A call on the way to a test that changes records as well: the test is one of its steps, and who calls it elsewhere has it done, and not
 * only asked for.
 */
export function doesWork(call: Call, { via }: Atom, effects: readonly RecordedEffect[]): boolean {
  const depth = via.indexOf(call);
  return effects.some(
    (e) =>
      !e.inChain &&
      CHANGES.has(e.operation) &&
      !notesUse(e) &&
      e.via[depth]?.name === call.name &&
      e.via[depth].place.file === call.place.file &&
      e.via[depth].place.line === call.place.line,
  );
}
const CHANGES: ReadonlySet<string> = new Set(['create', 'update', 'delete']);
