import type { CookieAttribute } from '../model/model.js';
import type { Evaluator } from './evaluator.js';
import { isIssuedHere } from './externals.js';
import { isNullish, optionsOf, stringOf, type Site, type Value } from './value.js';

/** Attributes that keep a cookie from scripts, from the open wire and from other sites, by their names in options. */
const ATTRIBUTES: ReadonlyMap<string, CookieAttribute> = new Map([
  ['httponly', 'HttpOnly'],
  ['secure', 'Secure'],
  ['samesite', 'SameSite'],
]);

/**
 * Takes down that an answer sets a cookie, where its name and what it is set with are known. Taking one away is none:
 * an empty value, or a lifetime of nothing. `defaults` is what the framework sets by itself.
 */
export function noteCookie(
  it: Evaluator,
  cookie: { name?: Value; value?: Value; options?: Value; defaults?: readonly CookieAttribute[] },
  site: Site,
): void {
  const name = cookie.name && stringOf(cookie.name);
  if (!name || !it.recorder) return;
  if (cookie.value && (isNullish(cookie.value) || stringOf(cookie.value) === '')) return;
  const attributes = attributesOf(cookie.options, cookie.defaults ?? []);
  if (!attributes) return;
  const proves = isProof(it, name, cookie.value);
  it.recorder.cookie({ name, attributes, ...(proves ? { proves } : {}), place: it.place(site) });
}
/** Texts and numbers that are written in the code are the same for everybody, and prove nothing. */
function isProof(it: Evaluator, name: string, value: Value | undefined): boolean {
  if (!value || optionsOf(value).every((o) => o.value.k === 'literal')) return false;
  return saysSession(name) || isIssuedHere(it, value);
}
/**
 * A session or a token, by the last word of its name: `access_token`, `connect.sid`, `__Host-session`, and not `sessionTheme`. What is
 * against forged requests is for scripts to read, devices have tokens that are sent to them, and `sessions` says where somebody is signed in.
 */
function saysSession(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((w) => w !== '' && !/^(?:id|v?\d+)$/.test(w));
  return SESSION.test(words.at(-1) ?? '') && !words.some((w) => OTHER_TOKENS.test(w));
}
const SESSION = /^(?:session|sess|sid|[a-z]*sess(?:ion)?id|tokens?|jwt|(?:access|refresh|auth|id)token)$/;
const OTHER_TOKENS =
  /^(?:csrf|xsrf|[cx]srf-?token|anti|forgery|push|fcm|device|cart|guest|visitor|anonymous|anon|public|analytics|tracking)$/;
/** Null when some of them cannot be known. */
function attributesOf(
  options: Value | undefined,
  defaults: readonly CookieAttribute[],
): CookieAttribute[] | null {
  if (!options || isNullish(options)) return [...defaults];
  if (options.k !== 'record' || options.open) return null;
  const found = new Set(defaults);
  for (const [key, value] of options.members) {
    if (/^max-?age$/i.test(key) && value.k === 'literal' && value.value === 0) return null;
    const attribute = ATTRIBUTES.get(key.toLowerCase());
    if (!attribute) continue;
    if (optionsOf(value).some((o) => isOn(o.value, attribute))) found.add(attribute);
    else found.delete(attribute);
  }
  return [...found].sort();
}
/** What is not known is given the benefit of the doubt: `secure: isProduction`. `SameSite=None` is what no attribute used to mean. */
function isOn(value: Value, attribute: CookieAttribute): boolean {
  if (value.k !== 'literal') return true;
  if (attribute === 'SameSite') return value.value === true || /^(lax|strict)$/i.test(String(value.value));
  return value.value === true;
}
