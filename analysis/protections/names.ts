import { isIdentity, isInput, type Atom, type Source } from '../wiring/fact.js';
import { MADE_HERE } from '../wiring/digests.js';

// Conventions: what names of parts of an identity, and of a request, say where nothing else does.

/** Members of an identity that say who, not what they may. */
const WHO =
  /^identity\.(?:get_?)?(id|_id|uuid|sub|uid|user_?id|email|username|name|user|profile|accounts?|session|data|payload|claims|aud|iss|exp|expir(y|es|ation)_?(on|at|date|in)?|expires|valid_?(until|to|from)|type|jti|sid|(auth|session|access|refresh)_?(key|token|id))$/i;
/** Which one of all callers it is. */
export const ME = /^identity\.(?:(?:user_?)?id|_id|uuid|sub|uid|email|username|user)$/i;
/** Who the caller is, and not what they may. */
export const saysWho = (s: Source): boolean => s === 'identity' || WHO.test(s);

/** Members that say what the caller may, whatever number is answered when they may not. */
export const MAY =
  /admin|role|permission|privilege|scope|capabilit|staff|super_?user|moderator|access(?!_?(?:token|key|id|ed|code))/i;

/** Columns that are true of those who may: `is_admin`, `canEdit`. What only holds a role, or says who an administrator is, is none. */
export const MARKED_MAY: readonly RegExp[] = [
  /(?:^|_|[a-z])(?:admin(?:istrator)?|staff|super_?user|moderator)$/i,
  /^(?:can|may)(?:_|(?=[A-Z]))/,
];

/**
 * Members that say whether there is an account in use at all: to who has been shut out, or plays as a guest, it is as if there were
 * none, whatever is answered. Everybody else passes, so that it says nothing of what they may, and opens nobody's data.
 */
export const IN_USE =
  /^identity\.(?:is_?)?(?:not_?)?(?:active|enabled|disabled|inactive|deactivated|banned|blocked|suspended|locked|deleted|guest|anonymous)(?:_?(?:at|on|until|till|since))?$/i;

/** Until when what a caller presents is good: whoever is too late is nobody, and of the rest it says nothing. */
export const IN_DATE =
  /^identity\.(?:exp|expir(?:y|e[sd]|ation)?_?(?:on|at|date|in)?|valid_?(?:until|to|from)|revoked(?:_?(?:at|on))?)$/i;

/** What a column is called that holds a code which is sent to one person alone, to be said once. */
export const MAILED_CODE = /(?:reset|recovery|activation|verif|confirm|invit)\w*code$/i;
/** What a part of a request is called that only whoever was given it can say. */
export const SECRET_INPUT = /[._a-z-](?:token|secret|code|pin|otp|nonce|password|api[_-]?key)$/i;
/** What a password is called in a request. */
export const PASSWORD_INPUT = /[._a-z](?:pass(?:word|phrase|code)?|pin)$/i;
/** That the request says a secret which is kept in a record: whoever was given it may act on that one. */
export const isSecretOfOne = (atom: Atom): boolean => isMadeFor(atom) || saysStored(atom);
const saysStored = ({ test, sources, by }: Atom): boolean =>
  test === 'equal' &&
  !sources.some(isIdentity) &&
  sources.some((s) => s.startsWith('row#')) &&
  sources.some(
    (s) => isInput(s) && (SECRET_INPUT.test(s) || (by !== undefined && SECRET_INPUT.test(`.${by}`))),
  );
/** That it brings what only the program can have made of what it names, as a mailed link does: whoever was given that may act on it. */
export const isMadeFor = ({ test, sources }: Atom): boolean =>
  (test === 'equal' || test === 'truthy') &&
  sources.includes(MADE_HERE) &&
  sources.some((s) => s.startsWith('config:') && CONFIGURED_SECRET.test(s));
/** What a member is called that keeps a secret, or what is left of one. */
export const KEPT_SECRET =
  /(?:token|secret|password|api_?key|hash(?:ed)?(?:_?(?:key|token|secret))?|digest)$/i;
/** Of secrets, what is not called so for anything else, whatever number is answered where it is wrong. */
export const NOTHING_ELSE = /[._a-z-](?:token|secret|nonce|api[_-]?key)$/i;
/** What a setting is called that only who operates the program, and whom they told, can say. */
export const CONFIGURED_SECRET =
  /(?:secret|token|api_?key|access_?key|password|passphrase|passwd)(?:_?\d+)?$|secret_?key$/i;
/** Headers by which browsers say where a request was sent from. */
export const SENT_FROM = /^header\.(?:origin|referr?er|sec-fetch-(?:site|mode|dest))$/;

/** What a program sends along so that it comes back: the `state` of a sign-in elsewhere, the token of a form. */
export const ROUND_TRIP = /(?:^|[._])(?:\w*state|\w*nonce|_?[cx]srf\w*|\w*verifier)$/i;
