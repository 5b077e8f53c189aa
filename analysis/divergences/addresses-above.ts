import type { EntryPoint } from '../model/model.js';

/** What the address of an entry point is below, the nearest first: `/webhooks/mail`, `/webhooks`. What everything of a program may be below is none. */
export function addressesAbove({ trigger }: EntryPoint): string[] {
  const path = 'path' in trigger ? trigger.path : null;
  const segments = path?.split('/').filter(Boolean) ?? [];
  return segments
    .slice(0, -1)
    .map((segment, i) => ({ segment, address: `/${segments.slice(0, i + 1).join('/')}` }))
    .filter(({ segment }) => !OF_EVERYTHING.test(segment))
    .map(({ address }) => address)
    .toReversed();
}
const OF_EVERYTHING = /^(?:api|rest|public|v\d+|[:*].*)$/i;
