import {
  protect,
  answers,
  DECODE,
  OPTIONAL_JWT,
  NOTHING,
  VERIFY,
  VERIFY_LATER,
  SESSION,
  IDENTIFY,
  STARTS_SESSION,
  MATCH,
  HASH,
  WRAP,
  STREAM,
  ISSUE,
  issue,
  type Members,
} from './behaviours.js';

/** Packages that say who the caller is, or refuse whoever is not known; as in `libraries.ts`. */
export const SIGN_IN: Readonly<Record<string, Members>> = {
  // authentication
  jsonwebtoken: { verify: VERIFY, sign: issue({ claims: 0, options: 2 }), decode: DECODE },
  jose: {
    jwtVerify: VERIFY_LATER,
    jwtDecrypt: VERIFY_LATER,
    compactVerify: VERIFY_LATER,
    decodeJwt: DECODE,
    // `new SignJWT(claims).setExpirationTime('1h').sign(key)`
    '*.sign': ISSUE,
    '*.encrypt': ISSUE,
  },
  'fast-jwt': { 'createVerifier.()': VERIFY, 'createDecoder.()': DECODE, 'createSigner.()': ISSUE },
  'jwt-decode': { jwtDecode: DECODE, '': DECODE, default: DECODE },
  '@nestjs/jwt': {
    'JwtService.().verify': VERIFY,
    'JwtService.().verifyAsync': VERIFY_LATER,
    'JwtService.().sign': ISSUE,
    'JwtService.().signAsync': ISSUE,
    'JwtService.().decode': DECODE,
  },
  // https://www.unkey.com/docs/libraries/ts/api: the functions that stand alone yield `{ ok, value }`; until version 2 it was
  // `{ result, error }`. Whose the key is they say of one that has run out, too.
  '@unkey/api': {
    verifyKey: answers('result.valid'),
    'Unkey.().keys.verify': answers('result.valid'),
    'Unkey.().keys.verifyKey': answers('data.valid'),
    '/funcs./keysVerifyKey.keysVerifyKey': answers('value.data.valid'),
    '/funcs./keysVerifyKey.js.keysVerifyKey': answers('value.data.valid'),
  },
  // `verify` yields what the token says, or `false`.
  '@elysiajs/jwt': {
    'jwt.().verify': { does: 'tell', protection: 'authentication', later: true },
    'jwt.().sign': ISSUE,
  },
  'jwt-simple': { decode: VERIFY, encode: issue({ claims: 0 }) },
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
  'apple-signin-auth': { verifyIdToken: VERIFY_LATER },
  'aws-jwt-verify': {
    'CognitoJwtVerifier.create.().verify': VERIFY_LATER,
    'JwtVerifier.create.().verify': VERIFY_LATER,
  },
  '@okta/jwt-verifier': {
    '().verifyAccessToken': VERIFY_LATER,
    '().verifyIdToken': VERIFY_LATER,
  },
  // The code that a provider sent is exchanged, and the token that comes back is verified. https://github.com/panva/openid-client/blob/v5.x/docs/README.md
  'openid-client': {
    'Issuer.discover.().Client.().callback': VERIFY_LATER,
    'Issuer.discover.().Client.().userinfo': VERIFY_LATER,
  },
  'google-auth-library': { 'OAuth2Client.().verifyIdToken': VERIFY_LATER },
  // who the caller is, or nothing: the caller of these has to look
  'next-auth': {
    '/middleware': protect('authentication'),
    getServerSession: IDENTIFY,
    unstable_getServerSession: IDENTIFY,
    '/next.getServerSession': IDENTIFY,
    '/next.unstable_getServerSession': IDENTIFY,
    '/jwt.getToken': IDENTIFY,
    // It is encrypted: what does not open is nothing, or thrown.
    '/jwt.decode': IDENTIFY,
    '/jwt.encode': ISSUE,
    '/react.getSession': IDENTIFY,
    // Up to version 3.
    '/client.getSession': IDENTIFY,
  },
  '@auth/core': { '/jwt.getToken': IDENTIFY, '/jwt.decode': IDENTIFY, '/jwt.encode': ISSUE },
  '@auth/express': { getSession: IDENTIFY },
  'better-auth': {
    'betterAuth.().api.getSession': IDENTIFY,
    '/minimal.betterAuth.().api.getSession': IDENTIFY,
    'betterAuth.().api.verifyApiKey': IDENTIFY,
    // https://www.better-auth.com/docs/plugins/one-time-token: whose session the token was made for
    'betterAuth.().api.verifyOneTimeToken': IDENTIFY,
    '/minimal.betterAuth.().api.verifyOneTimeToken': IDENTIFY,
    // https://www.better-auth.com/docs/plugins/organization#access-control
    '/plugins./access.createAccessControl.().newRole.().authorize': {
      does: 'tell',
      protection: 'authorization',
      member: 'success',
    },
    // What it is to do when somebody signs up or in is told it beforehand, and done then.
    '*': NOTHING,
  },
  '@better-auth/stripe': { '*': NOTHING },
  'iron-session': { getIronSession: SESSION, '/edge.getIronSession': SESSION },
  lucia: {
    'Lucia.().createSession': STARTS_SESSION,
    'lucia.().createSession': STARTS_SESSION,
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
  'firebase-admin': {
    'auth.().verifyIdToken': VERIFY_LATER,
    'auth.().verifySessionCookie': VERIFY_LATER,
    'initializeApp.().auth.().verifyIdToken': VERIFY_LATER,
    '/auth.getAuth.().verifyIdToken': VERIFY_LATER,
    '/auth.getAuth.().verifySessionCookie': VERIFY_LATER,
    '/app-check.getAppCheck.().verifyToken': NOTHING,
  },
  '@clerk/express': {
    'requireAuth.()': protect('authentication'),
    'clerkMiddleware.()': NOTHING,
    getAuth: VERIFY,
  },
  '@clerk/backend': { verifyToken: VERIFY_LATER },
  '@clerk/clerk-sdk-node': {
    'ClerkExpressRequireAuth.()': protect('authentication'),
    'ClerkExpressWithAuth.()': NOTHING,
    verifyToken: VERIFY_LATER,
  },
  'nuxt-auth-utils': {
    requireUserSession: VERIFY_LATER,
    getUserSession: IDENTIFY,
    setUserSession: STARTS_SESSION,
    replaceUserSession: STARTS_SESSION,
    clearUserSession: STARTS_SESSION,
    verifyPassword: MATCH,
    hashPassword: HASH,
  },
  'nuxt-authorization': { authorize: protect('authorization') },
  '@auth/sveltekit': { 'SvelteKitAuth.().handle': NOTHING },
  'nest-keycloak-connect': {
    AuthGuard: protect('authentication'),
    ResourceGuard: protect('authorization'),
    RoleGuard: protect('authorization'),
  },
  '@thallesp/nestjs-better-auth': { AuthGuard: protect('authentication') },
  'nest-access-control': { ACGuard: protect('authorization') },
  // https://www.keycloak.org/securing-apps/nodejs-adapter: `protect()`, `protect('role')`, `protect('realm:role')`
  'keycloak-connect': {
    '().protect.()': { does: 'protect', protection: 'authentication', asking: 'authorization' },
    '().enforcer.()': protect('authorization'),
    '().middleware.()': NOTHING,
  },
  hono: {
    '/jwt.jwt.()': protect('authentication'),
    '/jwk.jwk.()': protect('authentication'),
    '/jwt.verify': VERIFY_LATER,
    '/jwt.sign': issue({ claims: 0 }),
    '/jwt.decode': DECODE,
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
  '@hono/clerk-auth': { 'clerkMiddleware.()': NOTHING, getAuth: { does: 'identify', now: true } },
  '@hono/oidc-auth': { 'oidcAuthMiddleware.()': protect('authentication'), getAuth: IDENTIFY },
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
  // https://supertokens.com/docs/references/backend-sdks/reference: without a session both refuse, unless `sessionRequired` says not to
  'supertokens-node': {
    '/recipe./session.getSession': {
      does: 'identify',
      unless: { option: 'sessionRequired', value: false },
    },
    ...Object.fromEntries(
      ['express', 'koa', 'hapi', 'fastify', 'loopback'].flatMap((of) => [
        [
          `/recipe./session./framework./${of}.verifySession.()`,
          {
            does: 'protect' as const,
            protection: 'authentication',
            lenientWith: { option: 'sessionRequired', value: false },
          },
        ],
        [`/recipe./session./framework./${of}.verifySession.(lenient)`, NOTHING],
      ]),
    ),
  },
};
