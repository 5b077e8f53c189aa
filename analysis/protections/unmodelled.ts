/**
 * Packages that make entry points and that no library model understands yet, by the name that people know. A program
 * that uses one has doors that are not seen: that is said, never passed over.
 */
export const UNMODELLED_SERVERS: Readonly<Record<string, string>> = {
  fastify: 'Fastify',
  koa: 'Koa',
  '@koa/router': 'Koa',
  'koa-router': 'Koa',
  hono: 'Hono',
  '@hapi/hapi': 'hapi',
  '@nestjs/core': 'NestJS',
  '@nestjs/common': 'NestJS',
  next: 'Next.js',
  '@trpc/server': 'tRPC',
  '@orpc/server': 'oRPC',
  'socket.io': 'Socket.IO',
  primus: 'Primus',
  'uWebSockets.js': 'uWebSockets.js',
  'graphql-http': 'GraphQL',
  '@apollo/server': 'GraphQL',
  'apollo-server': 'GraphQL',
  'apollo-server-express': 'GraphQL',
  'graphql-yoga': 'GraphQL',
  mercurius: 'GraphQL',
  'express-graphql': 'GraphQL',
  'type-graphql': 'GraphQL',
  '@remix-run/node': 'Remix',
  '@react-router/node': 'React Router',
  '@sveltejs/kit': 'SvelteKit',
  nitropack: 'Nitro',
  h3: 'h3',
  nuxt: 'Nuxt',
  astro: 'Astro',
  '@tanstack/react-start': 'TanStack Start',
  '@adonisjs/core': 'AdonisJS',
  '@feathersjs/feathers': 'Feathers',
  '@feathersjs/express': 'Feathers',
  sails: 'Sails',
  '@loopback/rest': 'LoopBack',
  restify: 'Restify',
  polka: 'Polka',
  moleculer: 'Moleculer',
  elysia: 'Elysia',
  'routing-controllers': 'routing-controllers',
  tsoa: 'tsoa',
  'express-ws': 'express-ws',
  '@ts-rest/express': 'ts-rest',
  '@ts-rest/core': 'ts-rest',
  '@modelcontextprotocol/sdk': 'MCP servers',
  fastmcp: 'MCP servers',
  bullmq: 'BullMQ jobs',
  agenda: 'Agenda jobs',
  'node-cron': 'cron jobs',
  inngest: 'Inngest',
  '@grpc/grpc-js': 'gRPC',
  'firebase-functions': 'Firebase functions',
  '@connectrpc/connect': 'Connect',
};
/** Subpaths of these packages that run in a browser or hold only types say nothing. */
export function unmodelledServer(name: string, subpath: string | null): string | null {
  if (name === 'next' && (subpath === null || !/^(server|headers|cache|og)\b/.test(subpath))) return null;
  if (name === 'astro' && subpath !== null && subpath !== 'middleware') return null;
  if (name === '@modelcontextprotocol/sdk' && !subpath?.startsWith('server')) return null;
  return UNMODELLED_SERVERS[name] ?? null;
}
