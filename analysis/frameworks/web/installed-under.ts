import { isConfigured, type Fact, type Source } from '../../wiring/fact.js';

/** Settings under which something in front of a route is installed, and under which the route itself is not. */
export const settingsOf = (inFront: readonly Fact[], route: readonly Fact[]): readonly Fact[] =>
  inFront.filter((f) => isConfigured(f) && !route.includes(f));
/** What these settings ask for: configuration without which it is not installed. */
export const askedFor = (settings: readonly Fact[]): readonly Source[] =>
  settings.flatMap((f) => (f.k === 'atom' ? [...f.sources] : []));
