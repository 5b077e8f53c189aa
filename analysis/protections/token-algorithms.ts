/** Where a function of a package is told with which algorithms tokens may be signed. */
export interface AlgorithmChoice {
  /** The options, and where in them the algorithms stand. */
  argument: number;
  under: readonly string[];
  does: 'signs' | 'verifies';
}
const verifies = (argument: number, ...under: string[]): AlgorithmChoice => ({
  argument,
  under: under.length > 0 ? under : ['algorithms'],
  does: 'verifies',
});
const signs = (argument: number, ...under: string[]): AlgorithmChoice => ({
  argument,
  under: under.length > 0 ? under : ['algorithm'],
  does: 'signs',
});

/**
 * By import name and member path, as in `secret-uses.ts`. Sources: the packages' own documentation. Left out are those that do not let
 * anybody choose, as `jose` never takes `none`.
 */
const CHOICES: Readonly<Record<string, Readonly<Record<string, AlgorithmChoice>>>> = {
  jsonwebtoken: { verify: verifies(2), sign: signs(2) },
  jose: { jwtVerify: verifies(2), compactVerify: verifies(2) },
  'fast-jwt': { createVerifier: verifies(0), createSigner: signs(0) },
  'express-jwt': { '': verifies(0), expressjwt: verifies(0) },
  'koa-jwt': { '': verifies(0) },
  'passport-jwt': { Strategy: verifies(0) },
  '@fastify/jwt': { register: verifies(1, 'verify', 'algorithms') },
  '@nestjs/jwt': {
    'JwtModule.register': verifies(0, 'verifyOptions', 'algorithms'),
    JwtService: verifies(0, 'verifyOptions', 'algorithms'),
    '#JwtService.verify': verifies(1),
    '#JwtService.verifyAsync': verifies(1),
    '#JwtService.sign': signs(1),
    '#JwtService.signAsync': signs(1),
  },
};
export const algorithmChoices = (name: string): Readonly<Record<string, AlgorithmChoice>> | null =>
  Object.hasOwn(CHOICES, name) ? CHOICES[name]! : null;

/** A token that is not signed at all (RFC 7519, section 6). */
const isUnsigned = (algorithm: string): boolean => /^none$/i.test(algorithm);
/** What whoever verifies can sign with as well (RFC 7518, section 3.2). */
const isShared = (algorithm: string): boolean => /^HS\d+$/.test(algorithm);
/** What is verified with a key that anybody may have. */
const isPublic = (algorithm: string): boolean => /^(?:RS|PS|ES)\d+|^EdDSA$/.test(algorithm);
/** Whether anybody can make tokens: with nothing, or with a public key that is taken for a secret (RFC 8725, section 2.1). */
export const weaknessOf = (allowed: readonly string[]): 'unsigned' | 'confusable' | null =>
  allowed.some(isUnsigned)
    ? 'unsigned'
    : allowed.some(isShared) && allowed.some(isPublic)
      ? 'confusable'
      : null;
