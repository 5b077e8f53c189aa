/**
 * Packages that make entry points and that no library model understands yet, by the name that people know. A program
 * that uses one has doors that are not seen: that is said, never passed over.
 */
export const UNMODELLED_SERVERS: Readonly<Record<string, string>> = {
  'firebase-functions': 'Firebase functions',
  oak: 'Oak',
  '@oak/oak': 'Oak',
  'itty-router': 'itty-router',
};
/** The name that people know; null where nothing is served, as by subpaths that are for clients. */
export function unmodelledServer(name: string, subpath: string | null): string | null {
  return UNMODELLED_SERVERS[name] ?? null;
}
