import type { LibraryBehaviour } from '../wiring/library.js';
import type { External } from '../wiring/value.js';
import { ECOSYSTEMS } from './ecosystems.js';
import { HASH, MATCH, NOTHING, PLATFORM } from './platform.js';

/** Behaviour by member path; `*` stands for any path. `()` marks what a call returns. */
type Members = Readonly<Record<string, LibraryBehaviour>>;
const protect = (protection: string): LibraryBehaviour => ({ does: 'protect', protection });
const OPTIONAL_JWT: LibraryBehaviour = {
  does: 'protect',
  protection: 'authentication',
  lenientWith: { option: 'credentialsRequired', value: false },
};
const VERIFY: LibraryBehaviour = { does: 'verify' };
/** A session in a cookie that only the server can have sealed. */
const SESSION: LibraryBehaviour = { does: 'open-session' };
const IDENTIFY: LibraryBehaviour = { does: 'identify' };
const SIGNED: LibraryBehaviour = { does: 'verify-signature' };
const STARTS_SESSION: LibraryBehaviour = {
  does: 'effect',
  operation: 'session-set',
  class: 'write',
  target: 'session',
};
const WRAP: LibraryBehaviour = { does: 'wrap' };
const RUN: LibraryBehaviour = { does: 'run' };
const STREAM: LibraryBehaviour = { does: 'stream-events' };
const VALIDATE: LibraryBehaviour = { does: 'validate' };
const issue: LibraryBehaviour = { does: 'effect', operation: 'token-issue', class: 'write', target: 'token' };
const mail: LibraryBehaviour = { does: 'effect', operation: 'mail-send', class: 'write', target: 'mail' };
const execute: LibraryBehaviour = {
  does: 'effect',
  operation: 'process-execute',
  class: 'write',
  target: 'process',
};
const fileWrite: LibraryBehaviour = {
  does: 'effect',
  operation: 'file-write',
  class: 'write',
  target: 'file',
};
const fileRead: LibraryBehaviour = { does: 'effect', operation: 'file-read', class: 'read', target: 'file' };

/**
 * What functions of known packages do for access control. Keyed by import name, because a name in code says nothing.
 * Sources: the packages' own documentation. Sorted by what they are for.
 */
const LIBRARIES: Readonly<Record<string, Members>> = {
  // authentication
  jsonwebtoken: { verify: VERIFY, sign: issue, decode: NOTHING },
  jose: { jwtVerify: VERIFY, jwtDecrypt: VERIFY, compactVerify: VERIFY, decodeJwt: NOTHING },
  'fast-jwt': { 'createVerifier.()': VERIFY },
  '@nestjs/jwt': {
    'JwtService.().verify': VERIFY,
    'JwtService.().verifyAsync': VERIFY,
    'JwtService.().sign': issue,
    'JwtService.().signAsync': issue,
    'JwtService.().decode': NOTHING,
  },
  'jwt-simple': { decode: VERIFY, encode: issue },
  'express-jwt': {
    '()': OPTIONAL_JWT,
    'expressjwt.()': OPTIONAL_JWT,
    '(lenient)': NOTHING,
    'expressjwt.(lenient)': NOTHING,
  },
  'express-oauth2-jwt-bearer': {
    'auth.()': {
      does: 'protect',
      protection: 'authentication',
      lenientWith: { option: 'authRequired', value: false },
    },
    'auth.(lenient)': NOTHING,
    'requiredScopes.()': protect('authorization'),
    'claimEquals.()': protect('authorization'),
  },
  'express-openid-connect': { 'requiresAuth.()': protect('authentication'), 'auth.()': NOTHING },
  'express-basic-auth': { '()': protect('authentication') },
  passport: { 'authenticate.()': protect('authentication'), 'initialize.()': NOTHING, 'session.()': NOTHING },
  'connect-ensure-login': { 'ensureLoggedIn.()': protect('authentication') },
  'google-auth-library': { 'OAuth2Client.().verifyIdToken': VERIFY },
  // who the caller is, or nothing: the caller of these has to look
  'next-auth': {
    '/middleware': protect('authentication'),
    getServerSession: IDENTIFY,
    unstable_getServerSession: IDENTIFY,
    '/next.getServerSession': IDENTIFY,
    '/next.unstable_getServerSession': IDENTIFY,
    '/jwt.getToken': IDENTIFY,
    '/react.getSession': IDENTIFY,
  },
  '@auth/core': { '/jwt.getToken': IDENTIFY },
  '@auth/express': { getSession: IDENTIFY },
  'better-auth': {
    'betterAuth.().api.getSession': IDENTIFY,
    '/minimal.betterAuth.().api.getSession': IDENTIFY,
    'betterAuth.().api.verifyApiKey': IDENTIFY,
  },
  'iron-session': { getIronSession: SESSION, '/edge.getIronSession': SESSION },
  lucia: {
    'Lucia.().validateSession': IDENTIFY,
    'lucia.().validateSession': IDENTIFY,
    'lucia.().handleRequest.().validate': IDENTIFY,
  },
  '@supabase/ssr': {
    'createServerClient.().auth.getUser': IDENTIFY,
    'createServerClient.().auth.getSession': IDENTIFY,
    'createServerClient.().auth.getClaims': IDENTIFY,
  },
  '@supabase/supabase-js': {
    'createClient.().auth.getUser': IDENTIFY,
    'createClient.().auth.getSession': IDENTIFY,
    'createClient.().auth.getClaims': IDENTIFY,
  },
  '@supabase/auth-helpers-nextjs': { '*.().auth.getUser': IDENTIFY, '*.().auth.getSession': IDENTIFY },
  '@workos-inc/authkit-nextjs': { withAuth: IDENTIFY, getUser: IDENTIFY, getSession: IDENTIFY, '*': NOTHING },
  '@kinde-oss/kinde-auth-nextjs': {
    '/server.getKindeServerSession.().getUser': IDENTIFY,
    '/server.getKindeServerSession.().isAuthenticated': IDENTIFY,
    '/server.getKindeServerSession.().getPermission': IDENTIFY,
    '/server.getKindeServerSession.().getPermissions': IDENTIFY,
    '/server.getKindeServerSession.().getOrganization': IDENTIFY,
    '/server.getKindeServerSession.().getAccessToken': IDENTIFY,
    'withAuth.()': protect('authentication'),
    '/server.withAuth.()': protect('authentication'),
    '/middleware.withAuth.()': protect('authentication'),
  },
  '@stackframe/stack': { 'StackServerApp.().getUser': IDENTIFY },
  '@auth0/nextjs-auth0': {
    getSession: IDENTIFY,
    '/edge.getSession': IDENTIFY,
    '/server.Auth0Client.().getSession': IDENTIFY,
  },
  'firebase-admin': { 'auth.().verifyIdToken': VERIFY, 'auth.().verifySessionCookie': VERIFY },
  'firebase-admin/auth': { 'getAuth.().verifyIdToken': VERIFY, 'getAuth.().verifySessionCookie': VERIFY },
  '@clerk/express': {
    'requireAuth.()': protect('authentication'),
    'clerkMiddleware.()': NOTHING,
    getAuth: VERIFY,
  },
  '@clerk/backend': { verifyToken: VERIFY },
  '@clerk/clerk-sdk-node': {
    'ClerkExpressRequireAuth.()': protect('authentication'),
    'ClerkExpressWithAuth.()': NOTHING,
    verifyToken: VERIFY,
  },
  'nuxt-auth-utils': {
    requireUserSession: VERIFY,
    getUserSession: IDENTIFY,
    setUserSession: STARTS_SESSION,
    replaceUserSession: STARTS_SESSION,
    clearUserSession: STARTS_SESSION,
    verifyPassword: MATCH,
    hashPassword: HASH,
  },
  'nuxt-authorization': { authorize: protect('authorization') },
  ...ECOSYSTEMS,
  '@auth/sveltekit': { 'SvelteKitAuth.().handle': NOTHING },
  'nest-keycloak-connect': {
    AuthGuard: protect('authentication'),
    ResourceGuard: protect('authorization'),
    RoleGuard: protect('authorization'),
  },
  '@thallesp/nestjs-better-auth': { AuthGuard: protect('authentication') },
  'nest-access-control': { ACGuard: protect('authorization') },
  'keycloak-connect': { '().protect.()': protect('authentication') },
  hono: {
    '/jwt.jwt.()': protect('authentication'),
    '/jwk.jwk.()': protect('authentication'),
    '/jwt.verify': VERIFY,
    '/jwt.sign': issue,
    '/jwt.decode': NOTHING,
    '/bearer-auth.bearerAuth.()': protect('authentication'),
    '/basic-auth.basicAuth.()': protect('authentication'),
    '/csrf.csrf.()': protect('csrf'),
    '/factory.createMiddleware.()': WRAP,
    '/streaming.streamSSE': STREAM,
    '*': NOTHING,
  },
  'hono-rate-limiter': { 'rateLimiter.()': protect('rate-limit') },
  '@modelcontextprotocol/sdk': {
    '/server./auth./middleware./bearerAuth.js.requireBearerAuth.()': protect('authentication'),
    '/server./auth./middleware./bearerAuth.requireBearerAuth.()': protect('authentication'),
  },
  '@modelcontextprotocol/express': { 'requireBearerAuth.()': protect('authentication') },
  '@hono/clerk-auth': { 'clerkMiddleware.()': NOTHING, getAuth: { does: 'identify' } },
  '@hono/oidc-auth': { 'oidcAuthMiddleware.()': protect('authentication'), getAuth: { does: 'identify' } },
  '@hono/auth-js': { 'verifyAuth.()': protect('authentication'), 'initAuthConfig.()': NOTHING },
  '@fastify/bearer-auth': { '': protect('authentication') },
  '@fastify/basic-auth': { '': protect('authentication') },
  '@fastify/passport': {
    'authenticate.()': protect('authentication'),
    '*.authenticate.()': protect('authentication'),
  },
  'fastify-auth0-verify': { '': protect('authentication') },
  'fastify-jwt-jwks': { '': protect('authentication') },
  'koa-jwt': {
    '()': {
      does: 'protect',
      protection: 'authentication',
      lenientWith: { option: 'passthrough', value: true },
    },
    '(lenient)': NOTHING,
  },
  'koa-passport': {
    'authenticate.()': protect('authentication'),
    'initialize.()': NOTHING,
    'session.()': NOTHING,
  },
  'koa-basic-auth': { '()': protect('authentication') },
  // secrets
  bcrypt: { compare: MATCH, compareSync: MATCH, hash: HASH, hashSync: HASH },
  bcryptjs: { compare: MATCH, compareSync: MATCH, hash: HASH, hashSync: HASH },
  'bcrypt-nodejs': { compare: MATCH, compareSync: MATCH },
  argon2: { verify: MATCH, hash: HASH },
  '@node-rs/argon2': { verify: MATCH, hash: HASH },
  '@node-rs/bcrypt': { verify: MATCH, compare: MATCH, hash: HASH },
  speakeasy: { 'totp.verify': MATCH, 'hotp.verify': MATCH },
  otplib: {
    'authenticator.verify': MATCH,
    'authenticator.check': MATCH,
    'totp.verify': MATCH,
    'totp.check': MATCH,
    verify: MATCH,
  },
  otpauth: { 'TOTP.().validate': MATCH },
  ...PLATFORM,
  // signatures
  stripe: {
    '().webhooks.constructEvent': SIGNED,
    '().webhooks.constructEventAsync': SIGNED,
    'webhooks.constructEvent': SIGNED,
  },
  svix: { 'Webhook.().verify': SIGNED },
  '@upstash/qstash': { 'Receiver.().verify': SIGNED },
  standardwebhooks: { 'Webhook.().verify': SIGNED },
  '@octokit/webhooks-methods': { verify: SIGNED },
  'http-signature': { verifySignature: MATCH },
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
  'koa-ratelimit': { '()': protect('rate-limit') },
  'koa2-ratelimit': { 'RateLimit.middleware.()': protect('rate-limit') },
  // request forgery
  '@fastify/csrf-protection': { '': protect('csrf') },
  csurf: { '()': protect('csrf') },
  'csrf-csrf': { 'doubleCsrf.().doubleCsrfProtection': protect('csrf') },
  'csrf-sync': { 'csrfSync.().csrfSynchronisedProtection': protect('csrf') },
  lusca: { 'csrf.()': protect('csrf') },
  // input
  celebrate: { 'celebrate.()': protect('validation') },
  'express-validator': {
    'body.()': protect('validation'),
    'param.()': protect('validation'),
    'query.()': protect('validation'),
    'checkSchema.()': protect('validation'),
  },
  'express-openapi-validator': { 'middleware.()': protect('validation') },
  zod: { '*.parse': VALIDATE, '*.parseAsync': VALIDATE },
  joi: { '*.validateAsync': VALIDATE },
  yup: { '*.validate': VALIDATE, '*.validateSync': VALIDATE },
  valibot: { parse: VALIDATE, parseAsync: VALIDATE },
  multer: {
    '().single.()': protect('upload-limit'),
    '().array.()': protect('upload-limit'),
    '().fields.()': protect('upload-limit'),
    '().any.()': protect('upload-limit'),
    '().none.()': NOTHING,
  },
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
  'express-fileupload': { '*': NOTHING },
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
  ...Object.fromEntries(
    ['nextjs', 'node', 'react-router', 'remix', 'bun', 'sveltekit'].map((name) => [
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
  nodemailer: { 'createTransport.().sendMail': mail },
  '@sendgrid/mail': { send: mail, sendMultiple: mail },
  resend: { 'Resend.().emails.send': mail },
  child_process: {
    exec: execute,
    execSync: execute,
    execFile: execute,
    execFileSync: execute,
    spawn: execute,
    spawnSync: execute,
    fork: execute,
  },
  fs: {
    writeFile: fileWrite,
    writeFileSync: fileWrite,
    unlink: fileWrite,
    unlinkSync: fileWrite,
    rm: fileWrite,
    rmSync: fileWrite,
    rename: fileWrite,
    renameSync: fileWrite,
    createWriteStream: fileWrite,
    appendFile: fileWrite,
    appendFileSync: fileWrite,
    readFile: fileRead,
    readFileSync: fileRead,
    createReadStream: fileRead,
    readdir: fileRead,
    readdirSync: fileRead,
    'promises.writeFile': fileWrite,
    'promises.unlink': fileWrite,
    'promises.rm': fileWrite,
    'promises.readFile': fileRead,
  },
  'fs/promises': {
    writeFile: fileWrite,
    unlink: fileWrite,
    rm: fileWrite,
    rename: fileWrite,
    appendFile: fileWrite,
    readFile: fileRead,
    readdir: fileRead,
  },
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
  if (!Object.hasOwn(LIBRARIES, external.package)) return null;
  const members = LIBRARIES[external.package]!;
  const path = external.path.join('.');
  const direct = (Object.hasOwn(members, path) ? members[path] : undefined) ?? members['*'];
  if (direct) return direct;
  for (const [pattern, behaviour] of Object.entries(members)) {
    if (pattern.startsWith('*.') && path.endsWith(pattern.slice(1))) return behaviour;
    if (pattern.startsWith('*.') && pattern.slice(2) === path) return behaviour;
  }
  return null;
}
/** Packages that make guards: who only builds one is worth a look too. */
export const guardPackages = (): string[] =>
  Object.entries(LIBRARIES)
    .filter(([, members]) =>
      Object.values(members).some((b) => b.does === 'protect' && b.protection !== 'validation'),
    )
    .map(([name]) => name);
