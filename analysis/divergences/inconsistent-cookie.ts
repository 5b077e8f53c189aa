import type { CookieAttribute, CookieSet, EntryPoint, Model } from '../model/model.js';
import { lineText } from '../model/place.js';
import { AS_NOTE, fingerprint, listed, nameOf, placesOf, sentence } from './describe.js';
import type { Finding } from './finding.js';

interface Setting {
  entryPoint: EntryPoint;
  cookie: CookieSet;
}

/**
 * The same cookie, set with fewer of the attributes that keep it from others than where it is set elsewhere; and by a note, one that
 * holds a session or a token and that scripts can read, where nothing else says how it is to be set.
 */
export function inconsistentCookies(model: Model): Finding[] {
  const byName = new Map<string, Setting[]>();
  for (const entryPoint of model.entryPoints)
    for (const cookie of entryPoint.cookies ?? []) {
      const key = `${entryPoint.program}|${cookie.name}`;
      byName.set(key, [...(byName.get(key) ?? []), { entryPoint, cookie }]);
    }
  const findings = new Map<string, Finding>();
  for (const settings of byName.values()) {
    // A helper sets it for many entry points, and is one way of setting it.
    const places = [...new Map(settings.map((s) => [lineText(s.cookie.place), s])).values()];
    const told = new Set<string>();
    for (const { entryPoint, cookie } of settings) {
      const others = places.filter((p) => lineText(p.cookie.place) !== lineText(cookie.place));
      const lacking = ALL.filter(
        (a) =>
          !cookie.attributes.includes(a) &&
          others.some((o) => o.cookie.attributes.includes(a)) &&
          others.filter((o) => o.cookie.attributes.includes(a)).length * 2 >= others.length,
      );
      if (lacking.length === 0) continue;
      const having = others.filter((o) => lacking.every((a) => o.cookie.attributes.includes(a)));
      if (having.length === 0) continue;
      const finding = findingOf(entryPoint, cookie, lacking, having);
      told.add(lineText(cookie.place));
      if (!findings.has(finding.id)) findings.set(finding.id, finding);
    }
    for (const { entryPoint, cookie } of places) {
      if (!cookie.proves || cookie.attributes.includes('HttpOnly') || told.has(lineText(cookie.place)))
        continue;
      const finding = readByScripts(entryPoint, cookie);
      if (!findings.has(finding.id)) findings.set(finding.id, finding);
    }
  }
  return [...findings.values()];
}
const ALL: readonly CookieAttribute[] = ['HttpOnly', 'Secure', 'SameSite'];

/** OWASP ASVS 4.0.3, 3.4.2; OWASP Session Management Cheat Sheet, "HttpOnly Attribute". */
const readByScripts = (e: EntryPoint, cookie: CookieSet): Finding => ({
  id: fingerprint('inconsistent-cookie', cookie.name, e.id),
  rule: 'inconsistent-cookie',
  ...AS_NOTE,
  missing: 'cookie-attributes',
  ...placesOf(e),
  place: cookie.place,
  message: `${sentence(nameOf(e))} sets the cookie \`${cookie.name}\` without HttpOnly: any script on the page can read the session or token in it.`,
  remedy: `Set it with \`httpOnly: true\` (OWASP ASVS 4.0.3, 3.4.2; OWASP Session Management Cheat Sheet), unless a script of the page has to read it.`,
  precedents: [],
  affects: [],
});
function findingOf(
  e: EntryPoint,
  cookie: CookieSet,
  lacking: readonly CookieAttribute[],
  having: readonly Setting[],
): Finding {
  const [model] = having;
  // Where it is kept from scripts, it is there to prove something.
  const isCredential = having.some((h) => h.cookie.attributes.includes('HttpOnly'));
  return {
    id: fingerprint('inconsistent-cookie', cookie.name, e.id),
    rule: 'inconsistent-cookie',
    level: isCredential ? 'error' : 'warning',
    confidence: having.length > 1 || lacking.length > 1 ? 'high' : 'medium',
    status: 'new',
    blocking: isCredential,
    missing: 'cookie-attributes',
    ...placesOf(e),
    place: cookie.place,
    message: `${sentence(nameOf(e))} sets the cookie \`${cookie.name}\` without ${listed(lacking)}, with which it is set elsewhere.`,
    remedy: `Set it with the same options as ${model!.cookie.place.file}:${model!.cookie.place.line} does.`,
    precedents: having.slice(0, 5).map((h) => ({
      entryPoint: h.entryPoint.id,
      file: h.cookie.place.file,
      line: h.cookie.place.line,
      guard: h.cookie.attributes.join(', '),
    })),
    affects: [],
  };
}
