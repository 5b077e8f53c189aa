import type {
  AddressTest,
  ChainLink,
  CookieSet,
  EntryPoint,
  FilesTaken,
  UnexplainedTest,
  UnfollowedCall,
} from '../model/model.js';

/** A helper that several branches call sets one cookie. */
export const distinctCookies = (all: readonly CookieSet[]): Pick<EntryPoint, 'cookies'> =>
  all.length === 0
    ? {}
    : { cookies: distinctBy(all, (c) => JSON.stringify([c.name, c.place, c.attributes, c.proves])) };
/** What is run for several branches takes files once. */
export const distinctUploads = (all: readonly FilesTaken[]): Pick<EntryPoint, 'uploads'> =>
  all.length === 0 ? {} : { uploads: distinctBy(all, (u) => JSON.stringify([u.place, u.by, u.limited])) };
/** A test in what several branches call is one test. */
export const distinctTests = (all: readonly UnexplainedTest[]): Pick<EntryPoint, 'unexplained'> =>
  all.length === 0 ? {} : { unexplained: distinctBy(all, (t) => JSON.stringify(t)) };
/** A call in what several branches call is one call. */
export const distinctCalls = (all: readonly UnfollowedCall[]): Pick<EntryPoint, 'unfollowed'> =>
  all.length === 0 ? {} : { unfollowed: distinctBy(all, (c) => JSON.stringify([c.name, c.file, c.line])) };
/** One that is made again with the same outcome is one. */
export const distinctAddressTests = (all: readonly AddressTest[]): Pick<ChainLink, 'addressTests'> =>
  all.length === 0 ? {} : { addressTests: distinctBy(all, (t) => JSON.stringify(t)) };
const distinctBy = <T>(all: readonly T[], keyOf: (each: T) => string): T[] =>
  [...new Map(all.map((each) => [keyOf(each), each]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, each]) => each);
