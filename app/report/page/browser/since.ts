import type { PageMoment } from '../contract.js';
import { data, el } from './elements.js';

/** A commit by its name, leading to it where its address is known. */
export function momentName({ name, address }: PageMoment): HTMLElement {
  if (address === null) return el('strong', {}, name);
  return el('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, name);
}

let byRow: Map<number, { protection: string; moment: PageMoment }[]> | undefined;

/** Since when each protection of an entry point stands, as far as that is known. */
export function sinceNode(row: number): HTMLElement | null {
  if (data.timeline === null) return null;
  if (byRow === undefined) {
    byRow = new Map();
    for (const moment of data.timeline.moments) {
      for (const { protection, entryPoints } of moment.established) {
        for (const each of entryPoints) {
          if (typeof each === 'string') continue;
          const known = byRow.get(each) ?? [];
          // The newest comes first: what was taken away meanwhile stands since it came back.
          if (known.every((other) => other.protection !== protection)) known.push({ protection, moment });
          byRow.set(each, known);
        }
      }
    }
  }
  const has = (protection: string): boolean =>
    data.rows[row]!.cells[data.columns.indexOf(protection)]?.state === 'has';
  const known = (byRow.get(row) ?? []).filter(({ protection }) => has(protection));
  if (known.length === 0) return null;
  const items = known.map(({ protection, moment }) =>
    el('li', {}, `${protection}: ${moment.date}, `, momentName(moment), ` ${moment.subject}`),
  );
  return el('ul', { class: 'since' }, ...items);
}
