import type { Evaluator } from '../../wiring/evaluator.js';
import type { Site, Value } from '../../wiring/value.js';

/** A server that was made, with what listens for its connections. */
export interface ServerState {
  options: Value;
  listeners: { listener: Value; site: Site }[];
  site: Site;
  /** A connection to it was seen on the way of an upgrade. */
  reached: boolean;
}
/** The servers of the program. */
export const servers = (it: Evaluator): ServerState[] => it.stateOf<ServerState[]>('ws', () => []);
