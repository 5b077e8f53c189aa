import type { Model, SecretInUse } from '../model/model.js';
import { lineText } from '../model/place.js';
import { fingerprint, OF_NO_ENTRY_POINT, weighed } from './describe.js';
import type { Finding } from './finding.js';

/**
 * Secrets that are a text in the code where a setting is missing: whoever reads the code can sign for the
 * program. Where another secret of the program has no such way out, or this one had none before, it is an error; it is
 * known how to do without.
 */
export function secretFallbacks(model: Model, base?: Model): Finding[] {
  const byOrigin = new Map<string, SecretInUse>();
  // A constant alone is what scanners for secrets are for.
  for (const s of model.secrets ?? [])
    if (s.constant && s.configuration !== null)
      byOrigin.set(lineText(s.origin), byOrigin.get(lineText(s.origin)) ?? s);
  const strict = (model.secrets ?? []).filter((s) => !s.constant && s.configuration);
  return [...byOrigin.values()].map((s) => {
    const [model] = strict;
    const hadNone = (base?.secrets ?? []).some((b) => !b.constant && b.configuration === s.configuration);
    const isKnown = hadNone || model !== undefined;
    const instead = s.configuration
      ? `is a text in the code where \`${s.configuration}\` is not set`
      : 'is a text in the code where it is not set';
    return {
      id: fingerprint('inconsistent-token', 'secret-fallback', `${s.origin.file} ${s.configuration}`),
      rule: 'inconsistent-token',
      ...weighed(isKnown),
      missing: 'secret-fallback',
      ...OF_NO_ENTRY_POINT,
      place: s.origin,
      message: `The secret that ${s.does} at ${s.place.file}:${s.place.line} ${instead}: whoever reads the code can make them too.`,
      remedy: model
        ? `Refuse to start without it, as with \`${model.configuration}\` (${model.origin.file}:${model.origin.line}).`
        : hadNone
          ? `Refuse to start without \`${s.configuration}\`, as before this change.`
          : 'Read it from the environment, and refuse to start where it is missing.',
      precedents: strict.slice(0, 3).map((p) => ({
        entryPoint: '',
        file: p.origin.file,
        line: p.origin.line,
        guard: p.configuration ?? '',
      })),
      affects: [],
    } satisfies Finding;
  });
}
