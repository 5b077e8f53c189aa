import type { RecordedEffect } from '../wiring/recorder.js';

/**
 * Columns that say when something was last used, seen or heard of. That an archive or a deletion is dated as well is why a time
 * alone is no note: those move what there is to another state.
 */
const LAST =
  /^last_?(?:seen|used|active|activity|access(?:ed)?|visit(?:ed)?|ping(?:ed)?|heartbeat|contact(?:ed)?|request(?:ed)?|report(?:ed)?|check_?in|login|logged_?in|sign(?:ed)?_?in)(?:_?(?:at|on|date|time(?:stamp)?))?$/i;

/** It notes when something was last used, as the clock of the program says, and changes nothing else. */
export const notesUse = (e: RecordedEffect): boolean =>
  changesUnsaid(e) &&
  e.change !== undefined &&
  e.change.columns.length > 0 &&
  e.change.columns.every((c) => LAST.test(c));

/** The code names the record, `{ name: 'report' }`, and nothing that the request says is written into it. */
export const isUnasked = (e: RecordedEffect): boolean =>
  changesUnsaid(e) && e.keys.every((k) => k.startsWith('config:')) && (e.states?.demanded ?? []).length > 0;

/** Something is changed, and nothing that the request says is written into it. */
const changesUnsaid = ({ operation, gives, written }: RecordedEffect): boolean =>
  operation === 'update' &&
  (gives ?? []).length === 0 &&
  (written?.said ?? []).length === 0 &&
  written?.allBut === undefined;
