import type { LibraryBehaviour } from '../wiring/library.js';
import type { External } from '../wiring/value.js';
import { REQUIRE, type Members } from './behaviours.js';

/** Functions that throw where what they are given does not hold, and which are not called by a name that says so. */
export const ASSERTIONS: Readonly<Record<string, Members>> = {
  // https://nodejs.org/api/assert.html
  assert: { '': REQUIRE, ok: REQUIRE, strict: REQUIRE, 'strict.ok': REQUIRE },
  invariant: { '': REQUIRE },
  'tiny-invariant': { '': REQUIRE },
  'http-assert': { '': REQUIRE },
  // https://github.com/epicweb-dev/invariant: what it throws is an answer
  '@epic-web/invariant': { invariant: REQUIRE, invariantResponse: REQUIRE },
};
/** By convention a function of a package that has this name does just that. */
export const assertionOf = ({ package: origin, path }: External): LibraryBehaviour | null =>
  origin !== 'global' && path.length === 1 && (path[0] === 'assert' || path[0] === 'invariant')
    ? REQUIRE
    : null;
