import type { LibraryModel } from '../wiring/library.js';
import { adonis, adonisShield } from './adonis/adonis.js';
import { agenda } from './jobs/agenda.js';
import { amqp } from './jobs/amqp.js';
import { astro } from './astro.js';
import { awsCdk } from './aws/aws-cdk.js';
import { awsLambda } from './aws/aws-lambda.js';
import { bun } from './runtimes/bun.js';
import { bullmq } from './jobs/bullmq.js';
import { connect, pillarRouter } from './express/connect.js';
import { connectRpc } from './rpc/connect-rpc.js';
import { cloudflareWorkers } from './cloudflare/cloudflare-workers.js';
import { casl } from './web/casl.js';
import { clerk } from './next/clerk.js';
import { containers } from './controllers/containers.js';
import { declared } from './web/declared.js';
import { drizzle } from './data/drizzle.js';
import { effect } from './effect/effect.js';
import { deno } from './runtimes/deno.js';
import { durableObjects } from './cloudflare/durable-objects.js';
import { elysiaBearer, elysiaJwt } from './elysia/elysia-plugins.js';
import { elysia } from './elysia/elysia.js';
import { encore } from './encore.js';
import { eventEmitters } from './node/event-emitters.js';
import { express } from './express/express.js';
import { expressWs } from './express/express-ws.js';
import { fastifyCli } from './fastify/fastify-cli.js';
import { fastify, fastifyPlugin } from './fastify/fastify.js';
import {
  feathers,
  feathersExpress,
  feathersKoa,
  feathersPrimus,
  feathersSockets,
} from './feathers/feathers.js';
import { feathersAuthentication, feathersErrors, feathersHooksCommon } from './feathers/feathers-hooks.js';
import { awsMetrics, awsTracing, dynamodb, dynamodbValues, formerDynamodb } from './data/dynamodb.js';
import { fetchApi } from './web/fetch-api.js';
import { firebaseFunctions } from './firebase-functions.js';
import { cloudFirestore, firestore } from './data/firestore.js';
import { fpTs } from './web/fp-ts.js';
import { fresh } from './fresh.js';
import { lucid } from './adonis/lucid.js';
import { files, path, url } from './web/node-files.js';
import { nodeUtil } from './node/node-util.js';
import { findMyWay } from './express/find-my-way.js';
import { folderModules } from './web/folder-modules.js';
import { filesFound, globbedFiles, loadedFiles } from './web/globbed-files.js';
import { graphqlMiddleware } from './graphql/graphql-middleware.js';
import { graphqlPubSub } from './graphql/graphql-pubsub.js';
import { graphqlServer } from './graphql/graphql-server.js';
import { graphqlShield } from './graphql/graphql-shield.js';
import { graphqlTransports } from './graphql/graphql-transports.js';
import { grpc } from './rpc/grpc.js';
import { hapi } from './hapi/hapi.js';
import { hono } from './hono/hono.js';
import { h3 } from './h3/h3.js';
import { http } from './node/http-server.js';
import { inngest } from './jobs/inngest.js';
import { ittyRouter } from './itty-router.js';
import { keyValue } from './data/key-value.js';
import { knex } from './data/knex.js';
import { koa, koaCompose, koaMount, koaRouter } from './koa/koa.js';
import { inversify } from './controllers/inversify.js';
import { inversifyExpress } from './controllers/inversify-express.js';
import { koaRoute } from './koa/koa-route.js';
import { kafka } from './jobs/kafka.js';
import { nexus } from './graphql/nexus.js';
import { neverthrow } from './web/neverthrow.js';
import { next } from './next/next.js';
import { nextAuth } from './next/next-auth.js';
import { nextConnect } from './next/next-connect.js';
import { nextSafeAction } from './next/next-safe-action.js';
import { nodeCron } from './jobs/node-cron.js';
import { nitro, nuxt } from './h3/nuxt.js';
import { lodash } from './web/lodash.js';
import { celebrate, expressValidator, honoValidators, zodExpressMiddleware } from './web/input-validation.js';
import { kysely } from './data/kysely.js';
import { loopback } from './loopback.js';
import { mcp } from './mcp/mcp.js';
import { mercurius } from './fastify/mercurius.js';
import { meteor } from './meteor/meteor.js';
import { mongodb } from './data/mongodb.js';
import { mongoose, typegoose } from './data/mongoose.js';
import { moleculer, moleculerDatabase, moleculerDb, moleculerWeb } from './moleculer/moleculer.js';
import { micro } from './micro.js';
import { mikroOrm } from './data/mikro-orm.js';
import { nestjs } from './nest/nestjs.js';
import { oak } from './oak.js';
import { objection } from './data/objection.js';
import { orpc } from './rpc/orpc.js';
import { pagesFunctions } from './cloudflare/pages-functions.js';
import { passport, passportLocal } from './express/passport.js';
import { unlessOfExpress, unlessOfKoa } from './express/unless.js';
import { pathToRegexp } from './web/path-to-regexp.js';
import { pgBoss } from './jobs/pg-boss.js';
import { pothos } from './graphql/pothos.js';
import { polka } from './express/polka.js';
import { primus } from './sockets/primus.js';
import { prisma } from './data/prisma.js';
import { qwikCity } from './qwik-city.js';
import { redbean } from './data/redbean.js';
import { reactRouter, remix } from './remix/remix.js';
import { routeModuleServer } from './remix/route-module-server.js';
import { restify } from './express/restify.js';
import { routeManifest } from './express/route-manifest.js';
import { routingControllers } from './controllers/routing-controllers.js';
import { sails } from './sails/sails.js';
import { sequelize } from './data/sequelize.js';
import { sqlite } from './data/sqlite.js';
import { settings } from './web/settings.js';
import { socketIo } from './sockets/socket-io.js';
import { solidRouter, solidStart } from './solid-start.js';
import { supabase, supabaseHelpers, supabaseServer } from './supabase/supabase.js';
import { supabaseFunctions } from './supabase/supabase-functions.js';
import { sveltekit, sveltekitModules } from './sveltekit/sveltekit.js';
import { tanstackRouter, tanstackStart } from './tanstack-start/tanstack-start.js';
import { temporal } from './jobs/temporal.js';
import { triggerDev } from './jobs/trigger-dev.js';
import { trpc } from './rpc/trpc.js';
import { tsed } from './controllers/tsed.js';
import { tsoa } from './controllers/tsoa.js';
import { tsRest } from './ts-rest.js';
import { typeorm } from './data/typeorm.js';
import { typeGraphql } from './graphql/type-graphql.js';
import { uws } from './sockets/uws.js';
import { ws } from './sockets/ws.js';
import { superforms } from './sveltekit/superforms.js';
import { busboy, expressFileupload, formidable, multer } from './web/uploads.js';
import { zsa } from './next/zsa.js';

/** Every library model. Servers come before what is attached to them: models finish in this order. */
export const LIBRARY_MODELS: readonly LibraryModel[] = [
  fetchApi,
  // Platforms come before the applications that are handed requests on them.
  cloudflareWorkers,
  pagesFunctions,
  bun,
  supabaseFunctions,
  fresh,
  firebaseFunctions,
  deno,
  elysia,
  elysiaBearer,
  elysiaJwt,
  // Put what they find on the servers of those that come after.
  routingControllers,
  tsoa,
  inversifyExpress,
  tsed,
  express,
  expressWs,
  connect,
  pillarRouter,
  findMyWay,
  micro,
  polka,
  restify,
  nuxt,
  nitro,
  h3,
  sveltekit,
  sveltekitModules,
  astro,
  tanstackStart,
  tanstackRouter,
  // Its services are made when everything else has been, and may start servers.
  moleculer,
  moleculerWeb,
  moleculerDb,
  moleculerDatabase,
  http,
  ws,
  uws,
  socketIo,
  primus,
  fastify,
  fastifyPlugin,
  fastifyCli,
  koa,
  koaMount,
  koaRouter,
  koaCompose,
  feathers,
  feathersExpress,
  feathersKoa,
  feathersSockets,
  feathersPrimus,
  feathersHooksCommon,
  feathersAuthentication,
  feathersErrors,
  koaRoute,
  oak,
  hono,
  ittyRouter,
  pothos,
  mercurius,
  nexus,
  graphqlMiddleware,
  graphqlShield,
  graphqlTransports,
  graphqlPubSub,
  graphqlServer,
  hapi,
  adonis,
  adonisShield,
  sails,
  meteor,
  folderModules,
  filesFound,
  globbedFiles,
  loadedFiles,
  containers,
  inversify,
  routeManifest,
  connectRpc,
  grpc,
  awsLambda,
  awsCdk,
  next,
  routeModuleServer,
  remix,
  reactRouter,
  qwikCity,
  solidStart,
  solidRouter,
  nextAuth,
  clerk,
  nextConnect,
  nextSafeAction,
  zsa,
  bullmq,
  agenda,
  nodeCron,
  inngest,
  triggerDev,
  temporal,
  amqp,
  kafka,
  pgBoss,
  encore,
  effect,
  nestjs,
  tsRest,
  typeGraphql,
  loopback,
  orpc,
  // Reached by handlers that have been run by now.
  durableObjects,
  expressValidator,
  superforms,
  celebrate,
  honoValidators,
  zodExpressMiddleware,
  multer,
  busboy,
  formidable,
  expressFileupload,
  passport,
  passportLocal,
  unlessOfExpress,
  unlessOfKoa,
  pathToRegexp,
  prisma,
  drizzle,
  mikroOrm,
  typeorm,
  mongoose,
  typegoose,
  firestore,
  cloudFirestore,
  dynamodb,
  dynamodbValues,
  formerDynamodb,
  awsTracing,
  awsMetrics,
  lucid,
  supabase,
  supabaseServer,
  supabaseHelpers,
  mongodb,
  sequelize,
  sqlite,
  knex,
  objection,
  redbean,
  kysely,
  casl,
  fpTs,
  neverthrow,
  eventEmitters,
  lodash,
  nodeUtil,
  keyValue,
  settings,
  path,
  files,
  url,
  // After all that may hand requests to its servers, and by that run the modules that make them.
  trpc,
  mcp,
  // Last: only what nothing else has understood.
  declared,
];
