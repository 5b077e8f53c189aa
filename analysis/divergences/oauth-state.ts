import type { Model } from '../model/model.js';
import { fingerprint, nameOf, placesOf, sentence } from './describe.js';
import type { Finding } from './finding.js';

/**
 * Sign-ins through another provider that take any code: nothing ties the answer to the browser that asked. No precedent is
 * needed, since there is no other way to tell one's own sign-in from a forged one (RFC 6749, section 10.12).
 */
export function oauthState(model: Model): Finding[] {
  return model.entryPoints.flatMap((e): Finding[] => {
    if (!e.codeExchange || e.codeExchange.state) return [];
    const careful = model.entryPoints.filter((p) => p.codeExchange?.state);
    return [
      {
        id: fingerprint('oauth-state', 'csrf-state', e.id),
        rule: 'oauth-state',
        level: 'warning',
        confidence: careful.length > 0 ? 'high' : 'medium',
        status: 'new',
        blocking: false,
        missing: 'csrf-state',
        ...placesOf(e),
        place: e.handler ?? e.registration,
        message: `${sentence(nameOf(e))} exchanges any code that it is given for a sign-in: nothing on the way to ${e.codeExchange.place.file}:${e.codeExchange.place.line} looks at a \`state\`.`,
        remedy:
          'Send a random `state` along with the request to the provider, keep it in a cookie or session, and refuse an answer without it.',
        precedents: careful.slice(0, 3).map((p) => ({
          entryPoint: p.id,
          file: p.codeExchange!.place.file,
          line: p.codeExchange!.place.line,
          guard: 'state',
        })),
        affects: [],
      },
    ];
  });
}
