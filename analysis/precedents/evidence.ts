import type { Effect, EntryPoint, Protection } from '../model/model.js';

/** How well a protection is established on the peers of an entry point. */
export interface Evidence {
  protection: Protection;
  /** Peers that have it, and all peers: those that share what is compared, are not public and are understood. */
  having: EntryPoint[];
  peers: number;
  confidence: 'high' | 'medium' | 'low';
  /** Only peers that were there before the change count: it brings others without it. */
  earlier: boolean;
  /** What peers have in common, as a sentence goes: "that write Allergy". */
  common: string;
  /** The effect at stake; null when peers are only neighbours. */
  effect: Effect | null;
  /** Something says that it is of another kind than these rather than an exception to their rule. */
  weak?: boolean;
  /** How what is at stake differs from all that shows the rule; left out where something that shows it is like it. */
  apart?: Apart;
  /** The key of another record that the request names, and of which it was asked whose it is; left out where there is none. */
  first?: string;
  /** Nothing is shown by those that do the like, but by those that find the same records by that key. */
  byFirst?: true;
  /** They come to the very line that does what is done here. */
  atLine?: true;
  /** What asks for it, besides what asks something of all of them; left out where any guard would do. */
  guard?: string;
}

/**
 * `made`: it makes what they change or end. `settled`: what becomes of a record is settled by the program, or something is added
 * to it, where they write what the request says, or end it.
 */
export type Apart = 'made' | 'settled';

/** Protections that this comparison is made for. Others depend on more than who shares an entity. */
export const COMPARED: readonly Protection[] = ['authentication', 'authorization', 'ownership'];
/** Can it be said whether this protection is there, and does it mean anything for who gets in? */
export const isAskedFor = (e: EntryPoint, protection: Protection): boolean =>
  !e.unknown.includes(protection) &&
  !((e.operated || e.keyOfNobody || e.unpaid) && protection !== 'authentication');
