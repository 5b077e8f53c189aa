/** Where a function of a package is given the secret that its answer rests on. */
export interface SecretUse {
  argument: number;
  /** The secret is this member of the argument, which is an object; else it is the argument. */
  options?: readonly string[];
  /** The options may be made later, by what stands under this name and returns them. */
  made?: string;
  /** What it is for, as a sentence goes on: "a secret that … with". */
  does: string;
}
type Uses = Readonly<Record<string, SecretUse>>;
const SIGN: SecretUse = { argument: 1, does: 'signs tokens' };
const VERIFY: SecretUse = { argument: 1, does: 'verifies tokens' };
const SIGN_WITH: SecretUse = { argument: 1, options: ['secret'], does: 'signs tokens' };
const TOKENS: SecretUse = { argument: 0, options: ['secret'], does: 'verifies tokens' };
const SESSIONS: SecretUse = { argument: 0, options: ['secret', 'keys'], does: 'signs session cookies' };

/**
 * Functions of packages that are given a secret, by import name and member path; '' is the export itself. `register` stands
 * for a plugin that is registered with options. Sources: the packages' own documentation.
 */
const SECRET_USES: Readonly<Record<string, Uses>> = {
  // What is signed by hand: a cookie that remembers somebody, a link in a mail.
  crypto: { createHmac: { argument: 1, does: 'signs what is given out' } },
  jsonwebtoken: { sign: SIGN, verify: VERIFY },
  'jwt-simple': { encode: SIGN, decode: VERIFY },
  jose: { 'TextEncoder.encode': { argument: 0, does: 'signs or verifies tokens' } },
  hono: { 'jwt.sign': SIGN, 'jwt.verify': VERIFY, 'jwt.jwt': TOKENS },
  '@nestjs/jwt': {
    'JwtModule.register': { ...TOKENS, does: 'signs tokens' },
    'JwtModule.forRoot': { ...TOKENS, does: 'signs tokens' },
    'JwtModule.registerAsync': { ...TOKENS, made: 'useFactory', does: 'signs tokens' },
    JwtService: { ...TOKENS, does: 'signs tokens' },
    // Of an instance that a class is handed.
    '#JwtService.sign': SIGN_WITH,
    '#JwtService.signAsync': SIGN_WITH,
    '#JwtService.verify': { ...SIGN_WITH, does: 'verifies tokens' },
    '#JwtService.verifyAsync': { ...SIGN_WITH, does: 'verifies tokens' },
  },
  'passport-jwt': { Strategy: { argument: 0, options: ['secretOrKey'], does: 'verifies tokens' } },
  'express-jwt': { '': TOKENS, expressjwt: TOKENS },
  'koa-jwt': { '': TOKENS },
  '@elysiajs/jwt': { jwt: { ...TOKENS, does: 'signs tokens' } },
  '@fastify/jwt': { register: { argument: 1, options: ['secret'], does: 'signs tokens' } },
  '@fastify/cookie': { register: { argument: 1, options: ['secret'], does: 'signs cookies' } },
  '@fastify/session': { register: { argument: 1, options: ['secret'], does: 'signs session cookies' } },
  '@fastify/secure-session': {
    register: { argument: 1, options: ['secret', 'key'], does: 'seals session cookies' },
  },
  'express-session': { '': SESSIONS },
  'cookie-session': { '': SESSIONS },
  'cookie-parser': { '': { argument: 0, does: 'signs cookies' } },
  'iron-session': {
    getIronSession: { argument: 2, options: ['password'], does: 'seals session cookies' },
  },
  'next-auth': { '': SESSIONS },
  'better-auth': { betterAuth: SESSIONS },
};
export const secretUses = (name: string): Uses | null =>
  Object.hasOwn(SECRET_USES, name) ? SECRET_USES[name]! : null;

/** What hands a program its settings, by the name that imports have. */
export interface SettingsPackage {
  /** The class whose instances are asked for a setting by its name, and how. */
  service: string;
  reads: readonly string[];
  /** The function that names a group of settings, and what makes them; the type that stands for such a group. */
  group: string;
  typeOfGroup: string;
}
/** https://docs.nestjs.com/techniques/configuration */
const SETTINGS: Readonly<Record<string, SettingsPackage>> = {
  '@nestjs/config': {
    service: 'ConfigService',
    reads: ['get', 'getOrThrow'],
    group: 'registerAs',
    typeOfGroup: 'ConfigType',
  },
};
export const settingsPackage = (name: string): SettingsPackage | null =>
  Object.hasOwn(SETTINGS, name) ? SETTINGS[name]! : null;
