import type { LibraryBehaviour } from '../wiring/library.js';
import type { External } from '../wiring/value.js';
import { ASSERTIONS, assertionOf } from './assertions.js';
import {
  assert,
  tell,
  protect,
  NOTHING,
  SIGNED,
  MATCH,
  CHALLENGE,
  REDEEM,
  HASH,
  WRAP,
  RUN,
  STREAM,
  type Members,
} from './behaviours.js';
import { ECOSYSTEMS } from './ecosystems.js';
import { INPUT } from './input.js';
import { PLATFORM } from './platform.js';
import { MACHINE } from './machine.js';
import { MAILERS } from './mailers.js';
import { SIGN_IN } from './sign-in.js';

/**
 * What functions of known packages do for access control. Keyed by import name, because a name in code says nothing.
 * Sources: the packages' own documentation. Sorted by what they are for.
 */
const LIBRARIES: Readonly<Record<string, Members>> = {
  ...SIGN_IN,
  ...ECOSYSTEMS,
  ...ASSERTIONS,
  // secrets
  // https://simplewebauthn.dev/docs/packages/server#authentication: what registers a passkey is for whoever is signed in already
  '@simplewebauthn/server': {
    generateAuthenticationOptions: CHALLENGE,
    verifyAuthenticationResponse: MATCH,
  },
  bcrypt: { compare: MATCH, compareSync: MATCH, hash: HASH, hashSync: HASH },
  bcryptjs: { compare: MATCH, compareSync: MATCH, hash: HASH, hashSync: HASH },
  'bcrypt-nodejs': { compare: MATCH, compareSync: MATCH },
  'password-hash': { verify: MATCH, generate: HASH },
  argon2: { verify: MATCH, hash: HASH },
  '@node-rs/bcrypt': { verify: MATCH, compare: MATCH, hash: HASH },
  oslo: { '/crypto.sha256': HASH, '/password.Argon2id.().hash': HASH, '/password.Argon2id.().verify': MATCH },
  '@node-rs/argon2': { verify: MATCH, hash: HASH },
  speakeasy: { 'totp.verify': MATCH, 'hotp.verify': MATCH },
  // https://github.com/yeojz/otplib/blob/v12/README.md: made already, or by whoever says how codes are worked out
  ...Object.fromEntries(
    ['otplib', '@otplib/core', '@otplib/preset-default'].map((name) => [
      name,
      {
        ...Object.fromEntries(
          ['authenticator', 'totp', 'hotp', 'Authenticator.()', 'TOTP.()', 'HOTP.()'].flatMap((of) => [
            [`${of}.verify`, MATCH],
            [`${of}.check`, MATCH],
          ]),
        ),
        verify: MATCH,
      },
    ]),
  ),
  otpauth: { 'TOTP.().validate': MATCH },
  ...PLATFORM,
  // signatures
  stripe: {
    '().webhooks.constructEvent': SIGNED,
    '().webhooks.constructEventAsync': SIGNED,
    'webhooks.constructEvent': SIGNED,
    // https://docs.stripe.com/payments/checkout/custom-success-page: only who has begun to pay is given the id of that
    '().checkout.sessions.retrieve': REDEEM,
  },
  svix: { 'Webhook.().verify': SIGNED },
  '@upstash/qstash': { 'Receiver.().verify': SIGNED },
  standardwebhooks: { 'Webhook.().verify': SIGNED },
  '@polar-sh/sdk': { '/webhooks.validateEvent': SIGNED },
  // https://github.com/octokit/webhooks-methods.js: yields whether it is
  '@octokit/webhooks-methods': { verify: tell('signature', true) },
  // https://github.com/octokit/webhooks.js: `createNodeMiddleware` and `verifyAndReceive` refuse what is signed otherwise
  '@octokit/webhooks': {
    'Webhooks.().verify': tell('signature', true),
    'Webhooks.().verifyAndReceive': SIGNED,
    'createNodeMiddleware.()': protect('signature'),
    'createWebMiddleware.()': protect('signature'),
  },
  ...Object.fromEntries(
    ['@octokit/app', 'octokit'].map((name) => [
      name,
      {
        'App.().webhooks.verify': tell('signature', true),
        'App.().webhooks.verifyAndReceive': SIGNED,
        'createNodeMiddleware.()': protect('signature'),
      },
    ]),
  ),
  // https://github.com/probot/probot: the same, of the application that it is given
  probot: { 'createNodeMiddleware.()': protect('signature') },
  twilio: {
    validateRequest: tell('signature'),
    validateExpressRequest: tell('signature'),
    'webhook.()': protect('signature'),
  },
  'discord-interactions': {
    verifyKey: tell('signature', true),
    'verifyKeyMiddleware.()': protect('signature'),
  },
  'http-signature': { verifySignature: MATCH },
  // https://github.com/dchest/tweetnacl-js#signatures
  tweetnacl: { 'sign.detached.verify': { does: 'verify-message' } },
  // comparisons whose time says nothing of what they compare
  ...Object.fromEntries(
    ['tsscmp', 'scmp', 'safe-compare', 'secure-compare', 'buffer-equal-constant-time'].map((name) => [
      name,
      { '': MATCH, '*': MATCH },
    ]),
  ),
  // permissions
  cancan: {
    '().authorize': assert('authorization'),
    '().can': tell('authorization'),
    authorize: assert('authorization'),
    can: tell('authorization'),
  },
  // https://github.com/onury/accesscontrol#api: `ac.can(role).updateOwn('video').granted`
  accesscontrol: Object.fromEntries(
    ['create', 'read', 'update', 'delete'].flatMap((action) =>
      ['', 'Own', 'Any'].map((whose): [string, LibraryBehaviour] => [
        `AccessControl.().can.().${action}${whose}`,
        { does: 'tell', protection: 'authorization', member: 'granted' },
      ]),
    ),
  ),
  casbin: { 'newEnforcer.().enforce': tell('authorization', true) },
  oso: {
    'Oso.().authorize': assert('authorization', true),
    'Oso.().isAllowed': tell('authorization', true),
  },
  'express-jwt-permissions': { '().check.()': protect('authorization') },
  'express-jwt-authz': { '()': protect('authorization') },
  // rate limits
  'elysia-rate-limit': { 'rateLimit.()': protect('rate-limit') },
  'express-rate-limit': { '()': protect('rate-limit'), 'rateLimit.()': protect('rate-limit') },
  'express-slow-down': { '()': protect('rate-limit'), 'slowDown.()': protect('rate-limit') },
  'express-brute': { '().prevent': protect('rate-limit'), '().getMiddleware.()': protect('rate-limit') },
  '@upstash/ratelimit': {
    'Ratelimit.().limit': { does: 'count', allowed: 'success' },
    'Ratelimit.().blockUntilReady': { does: 'count', allowed: 'success' },
  },
  'rate-limiter-flexible': { '*.().consume': { does: 'throttle' } },
  '@fastify/rate-limit': { '': protect('rate-limit') },
  'fastify-rate-limit': { '': protect('rate-limit') },
  'koa-ratelimit': { '()': protect('rate-limit') },
  'koa2-ratelimit': { 'RateLimit.middleware.()': protect('rate-limit') },
  // request forgery
  '@fastify/csrf-protection': { '': protect('csrf') },
  csurf: { '()': protect('csrf') },
  '@dr.pogodin/csurf': { '()': protect('csrf') },
  'tiny-csrf': { '()': protect('csrf') },
  'koa-csrf': { '()': protect('csrf') },
  'csrf-csrf': { 'doubleCsrf.().doubleCsrfProtection': protect('csrf') },
  'csrf-sync': { 'csrfSync.().csrfSynchronisedProtection': protect('csrf') },
  lusca: { 'csrf.()': protect('csrf') },
  // input
  'express-openapi-validator': { 'middleware.()': protect('validation') },
  ...INPUT,
  // without bearing on access
  express: {
    'json.()': NOTHING,
    'urlencoded.()': NOTHING,
    'raw.()': NOTHING,
    'text.()': NOTHING,
    'static.()': NOTHING,
  },
  'body-parser': { '*': NOTHING },
  'cookie-parser': { '*': NOTHING },
  cors: { '*': NOTHING },
  helmet: { '*': NOTHING },
  'next-intl': { '*': NOTHING },
  'next-i18n-router': { '*': NOTHING },
  compression: { '*': NOTHING },
  morgan: { '*': NOTHING },
  'express-session': { '*': NOTHING },
  'cookie-session': { '*': NOTHING },
  'serve-static': { '*': NOTHING },
  'serve-favicon': { '*': NOTHING },
  'connect-flash': { '*': NOTHING },
  'method-override': { '*': NOTHING },
  'pino-http': { '*': NOTHING },
  'express-winston': { '*': NOTHING },
  'swagger-ui-express': { '*': NOTHING },
  'http-proxy-middleware': { '*': NOTHING },
  'express-http-proxy': { '*': NOTHING },
  vhost: { '*': NOTHING },
  hpp: { '*': NOTHING },
  'response-time': { '*': NOTHING },
  'connect-timeout': { '*': NOTHING },
  'i18next-http-middleware': { '*': NOTHING },
  'express-useragent': { '*': NOTHING },
  'request-ip': { '*': NOTHING },
  'lusca.xframe': { '*': NOTHING },
  'prom-client': { '*': NOTHING },
  'koa-session': { '*': NOTHING },
  'koa-body': { '*': NOTHING },
  'koa-bodyparser': { '*': NOTHING },
  '@koa/cors': { '*': NOTHING },
  'koa-helmet': { '*': NOTHING },
  'koa-static': { '*': NOTHING },
  'koa-compress': { '*': NOTHING },
  // wrappers
  'express-async-handler': { '': WRAP },
  react: { cache: WRAP },
  'express-async-errors': { '*': NOTHING },
  'async-middleware': { '*': WRAP },
  'express-async-router': { '*': WRAP },
  // calls what it is given
  async_hooks: { 'AsyncLocalStorage.().run': RUN, 'AsyncLocalStorage.().exit': RUN },
  '@opentelemetry/api': {
    'context.with': RUN,
    'trace.getTracer.().startActiveSpan': RUN,
  },
  // Made by a compiler into the folder that SvelteKit calls `$lib`, and kept out of the repository.
  $lib: { '*.paraglideMiddleware': RUN },
  'dd-trace': { trace: RUN, 'tracer.trace': RUN, wrap: WRAP, 'tracer.wrap': WRAP },
  newrelic: {
    startSegment: RUN,
    startBackgroundTransaction: RUN,
    startWebTransaction: RUN,
  },
  ...Object.fromEntries(
    [
      'nextjs',
      'node',
      'nestjs',
      'react-router',
      'remix',
      'bun',
      'deno',
      'cloudflare',
      'aws-serverless',
      'sveltekit',
      'nuxt',
      'astro',
    ].map((name) => [
      `@sentry/${name}`,
      {
        startSpan: RUN,
        startSpanManual: RUN,
        withScope: RUN,
        withIsolationScope: RUN,
        continueTrace: RUN,
        withServerActionInstrumentation: RUN,
        wrapRouteHandlerWithSentry: WRAP,
        wrapApiHandlerWithSentry: WRAP,
        withSentry: WRAP,
      },
    ]),
  ),
  // effects
  ...MAILERS,
  ...MACHINE,
  // events as an answer
  'better-sse': { createSession: STREAM, createResponse: STREAM, Session: STREAM },
  'express-sse': { '().init': STREAM },
  'remix-utils': { '/sse./server.eventStream': STREAM, eventStream: STREAM },
  'sveltekit-sse': { produce: STREAM },
  ai: {
    createUIMessageStreamResponse: STREAM,
    pipeUIMessageStreamToResponse: STREAM,
    '*.toUIMessageStreamResponse': STREAM,
    '*.pipeUIMessageStreamToResponse': STREAM,
  },
};

/** What a function of a package does; null when the package or the function is not known. */
export function libraryBehaviour(external: External): LibraryBehaviour | null {
  if (!Object.hasOwn(LIBRARIES, external.package)) return assertionOf(external);
  const members = LIBRARIES[external.package]!;
  const path = external.path.join('.');
  const direct = (Object.hasOwn(members, path) ? members[path] : undefined) ?? members['*'];
  if (direct) return direct;
  for (const [pattern, behaviour] of Object.entries(members)) {
    if (pattern.startsWith('*.') && path.endsWith(pattern.slice(1))) return behaviour;
    if (pattern.startsWith('*.') && pattern.slice(2) === path) return behaviour;
  }
  return assertionOf(external);
}
/** Packages that make guards: who only builds one is worth a look too. */
export const guardPackages = (): string[] =>
  Object.entries(LIBRARIES)
    .filter(([, members]) =>
      Object.values(members).some((b) => b.does === 'protect' && b.protection !== 'validation'),
    )
    .map(([name]) => name);
