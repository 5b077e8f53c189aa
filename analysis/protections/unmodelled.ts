/**
 * Packages that make entry points and that no library model understands yet, by the name that people know. A program
 * that uses one has doors that are not seen: that is said, never passed over.
 */
export const UNMODELLED_SERVERS: Readonly<Record<string, string>> = {
  'uWebSockets.js': 'uWebSockets.js',
  'graphql-http': 'GraphQL',
  mercurius: 'GraphQL',
  'express-graphql': 'GraphQL',
  '@adonisjs/core': 'AdonisJS',
  '@feathersjs/feathers': 'Feathers',
  '@feathersjs/express': 'Feathers',
  sails: 'Sails',
  moleculer: 'Moleculer',
  'routing-controllers': 'routing-controllers',
  tsoa: 'tsoa',
  '@ts-rest/express': 'ts-rest',
  '@ts-rest/next': 'ts-rest',
  '@ts-rest/fastify': 'ts-rest',
  '@ts-rest/nest': 'ts-rest',
  '@pothos/core': 'Pothos',
  nexus: 'Nexus',
  'subscriptions-transport-ws': 'GraphQL subscriptions',
  'graphql-ws': 'GraphQL subscriptions',
  'encore.dev': 'Encore.ts',
  '@effect/platform': 'Effect HttpApi',
  partyserver: 'PartyServer',
  partykit: 'PartyKit',
  agents: 'Cloudflare Agents',
  'moleculer-web': 'Moleculer',
  'solid-start': 'SolidStart',
  '@solidjs/start': 'SolidStart',
  'koa-route': 'koa-route',
};
/** The name that people know; null where nothing is served, as by subpaths that are for clients. */
export function unmodelledServer(name: string, subpath: string | null): string | null {
  if (name === 'graphql-ws' && !subpath?.startsWith('use') && subpath !== 'server') return null;
  if (name === '@effect/platform' && !subpath?.startsWith('HttpApi')) return null;
  return UNMODELLED_SERVERS[name] ?? null;
}
