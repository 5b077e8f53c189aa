import type { LibraryModel } from '../wiring/library.js';
import { adonis, adonisShield } from './adonis.js';
import { agenda } from './agenda.js';
import { amqp } from './amqp.js';
import { astro } from './astro.js';
import { awsCdk } from './aws-cdk.js';
import { awsLambda } from './aws-lambda.js';
import { bun } from './bun.js';
import { bullmq } from './bullmq.js';
import { connect, pillarRouter } from './connect.js';
import { connectRpc } from './connect-rpc.js';
import { cloudflareWorkers } from './cloudflare-workers.js';
import { casl } from './casl.js';
import { clerk } from './clerk.js';
import { containers } from './containers.js';
import { declared } from './declared.js';
import { drizzle } from './drizzle.js';
import { effect } from './effect.js';
import { deno } from './deno.js';
import { durableObjects } from './durable-objects.js';
import { elysiaBearer, elysiaJwt } from './elysia-plugins.js';
import { elysia } from './elysia.js';
import { encore } from './encore.js';
import { eventEmitters } from './event-emitters.js';
import { express } from './express.js';
import { expressWs } from './express-ws.js';
import { fastifyCli } from './fastify-cli.js';
import { fastify, fastifyPlugin } from './fastify.js';
import { feathers, feathersExpress, feathersKoa, feathersPrimus, feathersSockets } from './feathers.js';
import { feathersAuthentication, feathersErrors, feathersHooksCommon } from './feathers-hooks.js';
import { awsMetrics, awsTracing, dynamodb, dynamodbValues, formerDynamodb } from './dynamodb.js';
import { fetchApi } from './fetch-api.js';
import { firebaseFunctions } from './firebase-functions.js';
import { cloudFirestore, firestore } from './firestore.js';
import { fpTs } from './fp-ts.js';
import { fresh } from './fresh.js';
import { lucid } from './lucid.js';
import { files, path, url } from './node-files.js';
import { nodeUtil } from './node-util.js';
import { findMyWay } from './find-my-way.js';
import { folderModules } from './folder-modules.js';
import { filesFound, globbedFiles, loadedFiles } from './globbed-files.js';
import { graphqlMiddleware } from './graphql-middleware.js';
import { graphqlPubSub } from './graphql-pubsub.js';
import { graphqlServer } from './graphql-server.js';
import { graphqlShield } from './graphql-shield.js';
import { graphqlTransports } from './graphql-transports.js';
import { grpc } from './grpc.js';
import { hapi } from './hapi.js';
import { hono } from './hono.js';
import { h3 } from './h3.js';
import { http } from './http-server.js';
import { inngest } from './inngest.js';
import { ittyRouter } from './itty-router.js';
import { keyValue } from './key-value.js';
import { knex } from './knex.js';
import { koa, koaCompose, koaMount, koaRouter } from './koa.js';
import { inversify } from './inversify.js';
import { inversifyExpress } from './inversify-express.js';
import { koaRoute } from './koa-route.js';
import { kafka } from './kafka.js';
import { nexus } from './nexus.js';
import { next } from './next.js';
import { nextAuth } from './next-auth.js';
import { nextConnect } from './next-connect.js';
import { nextSafeAction } from './next-safe-action.js';
import { nodeCron } from './node-cron.js';
import { nitro, nuxt } from './nuxt.js';
import { lodash } from './lodash.js';
import { celebrate, expressValidator, honoValidators, zodExpressMiddleware } from './input-validation.js';
import { kysely } from './kysely.js';
import { loopback } from './loopback.js';
import { mcp } from './mcp.js';
import { mercurius } from './mercurius.js';
import { meteor } from './meteor.js';
import { mongodb } from './mongodb.js';
import { mongoose, typegoose } from './mongoose.js';
import { moleculer, moleculerDatabase, moleculerDb, moleculerWeb } from './moleculer.js';
import { micro } from './micro.js';
import { mikroOrm } from './mikro-orm.js';
import { nestjs } from './nestjs.js';
import { oak } from './oak.js';
import { objection } from './objection.js';
import { orpc } from './orpc.js';
import { pagesFunctions } from './pages-functions.js';
import { passport } from './passport.js';
import { unlessOfExpress, unlessOfKoa } from './unless.js';
import { pathToRegexp } from './path-to-regexp.js';
import { pgBoss } from './pg-boss.js';
import { pothos } from './pothos.js';
import { polka } from './polka.js';
import { primus } from './primus.js';
import { prisma } from './prisma.js';
import { qwikCity } from './qwik-city.js';
import { redbean } from './redbean.js';
import { reactRouter, remix } from './remix.js';
import { routeModuleServer } from './route-module-server.js';
import { restify } from './restify.js';
import { routeManifest } from './route-manifest.js';
import { routingControllers } from './routing-controllers.js';
import { sails } from './sails.js';
import { sequelize } from './sequelize.js';
import { sqlite } from './sqlite.js';
import { settings } from './settings.js';
import { socketIo } from './socket-io.js';
import { solidRouter, solidStart } from './solid-start.js';
import { supabase, supabaseHelpers, supabaseServer } from './supabase.js';
import { supabaseFunctions } from './supabase-functions.js';
import { sveltekit, sveltekitModules } from './sveltekit.js';
import { tanstackRouter, tanstackStart } from './tanstack-start.js';
import { temporal } from './temporal.js';
import { triggerDev } from './trigger-dev.js';
import { trpc } from './trpc.js';
import { tsed } from './tsed.js';
import { tsoa } from './tsoa.js';
import { tsRest } from './ts-rest.js';
import { typeorm } from './typeorm.js';
import { typeGraphql } from './type-graphql.js';
import { uws } from './uws.js';
import { ws } from './ws.js';
import { superforms } from './superforms.js';
import { busboy, expressFileupload, formidable, multer } from './uploads.js';
import { zsa } from './zsa.js';

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
