import type { CookieSet, EntryPoint, FilesTaken } from '../model/model.js';

/** A helper that several branches call sets one cookie. */
export const distinctCookies = (all: readonly CookieSet[]): Pick<EntryPoint, 'cookies'> =>
  all.length === 0
    ? {}
    : { cookies: distinctBy(all, (c) => JSON.stringify([c.name, c.place, c.attributes, c.proves])) };
/** What is run for several branches takes files once. */
export const distinctUploads = (all: readonly FilesTaken[]): Pick<EntryPoint, 'uploads'> =>
  all.length === 0 ? {} : { uploads: distinctBy(all, (u) => JSON.stringify([u.place, u.by, u.limited])) };
const distinctBy = <T>(all: readonly T[], keyOf: (each: T) => string): T[] =>
  [...new Map(all.map((each) => [keyOf(each), each]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, each]) => each);
