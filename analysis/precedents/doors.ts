import type { EntryPoint } from '../model/model.js';
import { lineText } from '../model/place.js';

/** As many as say something of all of a kind, and the part of them that makes a rule. */
export const MANY = 8;
export const NEARLY_ALL = 0.9;

/**
 * By which doors an entry point is reached: those of one program that open to the same kind of trigger. Where it is not known
 * what something is mounted under, more may be in front of it. An application with a server of its own, as that which sets a program
 * up before there is anybody, is another door.
 */
export const doorsOf = (e: EntryPoint): string =>
  `${e.program}|${e.trigger.kind}|${e.unmounted}|${e.application ? lineText(e.application) : ''}`;
/** Entry points registered side by side. */
export const neighbourhood = (e: EntryPoint): string =>
  `${e.program}|${e.trigger.kind}|${e.registration.file}`;
/**
 * Doors behind which hardly anything that changes something asks what the caller may. What other doors ask is of others then:
 * a key has the permissions that it was given, and whoever signs in may do all that is theirs.
 */
export function doorsWithoutPermission(
  acting: ReadonlyMap<string, readonly EntryPoint[]>,
  asks: (e: EntryPoint) => boolean,
): ReadonlySet<string> {
  return new Set(
    [...acting].flatMap(([doors, all]) =>
      all.length > MANY && all.filter(asks).length <= all.length * (1 - NEARLY_ALL) ? [doors] : [],
    ),
  );
}
