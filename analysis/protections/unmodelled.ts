/**
 * Packages that make entry points and that no library model understands yet, by the name that people know. A program
 * that uses one has doors that are not seen: that is said, never passed over.
 */
export const UNMODELLED_SERVERS: Readonly<Record<string, string>> = {
  'graphql-http': 'GraphQL',
  mercurius: 'GraphQL',
  'express-graphql': 'GraphQL',
  'firebase-functions': 'Firebase functions',
  '@pothos/core': 'Pothos',
  nexus: 'Nexus',
  'subscriptions-transport-ws': 'GraphQL subscriptions',
  'graphql-ws': 'GraphQL subscriptions',
  oak: 'Oak',
  '@oak/oak': 'Oak',
  'itty-router': 'itty-router',
};
/** The name that people know; null where nothing is served, as by subpaths that are for clients. */
export function unmodelledServer(name: string, subpath: string | null): string | null {
  if (name === 'graphql-ws' && !subpath?.startsWith('use') && subpath !== 'server') return null;
  return UNMODELLED_SERVERS[name] ?? null;
}
