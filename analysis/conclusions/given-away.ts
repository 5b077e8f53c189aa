import type { Context } from '../protections/atoms.js';
import type { Source } from '../wiring/fact.js';
import type { Observation } from '../wiring/recorder.js';

/** What is given away of one that was chosen among several that were read is given away of what was read. */
export const withOrigins = (observations: readonly Observation[], { rows }: Context): Observation[] =>
  observations.map((o) => {
    const origins = [...o.released].flatMap((s): Source[] => {
      const [, told = '', row = s] = /^(whether:|count:)(.*)$/.exec(s) ?? [];
      const from = rows.get(row)?.chosenFrom;
      return from === undefined ? [] : [`${told}${from}`];
    });
    return origins.length > 0 ? { ...o, released: new Set([...o.released, ...origins]) } : o;
  });
