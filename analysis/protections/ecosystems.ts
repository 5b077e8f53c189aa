import { protect, NOTHING, VALIDATE, ISSUE, VERIFY, type Members } from './behaviours.js';

/** What packages do that come with one framework, or are made for it; as in `libraries.ts`. */
export const ECOSYSTEMS: Readonly<Record<string, Members>> = {
  // https://oauth2-server.readthedocs.io: rejects where the request brings no valid token
  'oauth2-server': { '().authenticate': VERIFY, '().token': ISSUE },
  '@adonisjs/auth': { '/access_tokens.DbAccessTokensProvider.forModel.().create': ISSUE },
  '@adonisjs/shield': {
    '/shield_middleware': protect('csrf'),
    '/build/src/ShieldMiddleware': protect('csrf'),
  },
  '@adonisjs/session': { '*': NOTHING },
  '@adonisjs/limiter': {
    '/services./main.define': NOTHING,
    '/services./main.define.()': protect('rate-limit'),
    '/build/throttle': protect('rate-limit'),
    '/build./throttle': protect('rate-limit'),
  },
  '@vinejs/vine': {
    'compile.().validate': VALIDATE,
    'create.().validate': VALIDATE,
    validate: VALIDATE,
  },
  '@feathersjs/express': { 'authenticate.()': protect('authentication') },
  '@feathersjs/schema': {
    'hooks.validateData.()': protect('validation'),
    'hooks.validateQuery.()': protect('validation'),
    'validateData.()': protect('validation'),
    'validateQuery.()': protect('validation'),
  },
  'feathers-authentication-hooks': {
    'restrictToOwner.()': protect('ownership'),
    'restrictToRoles.()': protect('authorization'),
    'restrictToAuthenticated.()': protect('authentication'),
  },
  'feathers-permissions': { '()': protect('authorization'), 'checkPermissions.()': protect('authorization') },
  'feathers-casl': { 'authorize.()': protect('authorization') },
};
