import type { AlgorithmsAllowed, Model } from '../model/model.js';
import { lineText } from '../model/place.js';
import { AS_NOTE, fingerprint, listed, OF_NO_ENTRY_POINT, weighed } from './describe.js';
import type { Finding } from './finding.js';

/**
 * Tokens that need no signature, or may be signed with a key that everybody has: told without precedent, for no program means that (RFC 8725,
 * sections 2.1 and 3.1; OWASP ASVS 4.0.3, 3.5.3). It is an error where this file named better ones before the change. That nothing is said of
 * algorithms is a note, where others say it.
 */
export function tokenAlgorithms(model: Model, base?: Model): Finding[] {
  const all = model.algorithms ?? [];
  const sound = all.filter((a) => a.does === 'verifies' && a.allowed && !a.weak);
  return all.flatMap((a): Finding[] => {
    const before = (base?.algorithms ?? []).filter((b) => b.place.file === a.place.file && b.does === a.does);
    const wasSound = before.length > 0 && before.every((b) => b.allowed !== undefined && !b.weak);
    if (a.weak) return [findingOf(a, sound, wasSound)];
    // Of what says nothing, its package decides by the key.
    return !a.allowed && a.does === 'verifies' && (sound.length > 0 || wasSound)
      ? [findingOf(a, sound, wasSound)]
      : [];
  });
}

function findingOf(a: AlgorithmsAllowed, sound: readonly AlgorithmsAllowed[], wasSound: boolean): Finding {
  const [model] = sound;
  const isFree = a.weak === 'unsigned';
  const said = !a.allowed
    ? `verifies tokens without naming the algorithms that they may be signed with${model ? `, which ${lineText(model.place)} does` : ', which it named before this change'}`
    : isFree
      ? a.does === 'signs'
        ? 'makes tokens that are not signed (`none`): anybody can make them too'
        : 'accepts tokens that are not signed (`none`): anybody can make them'
      : `accepts ${listed(a.allowed)}: with a public key for the one, anybody can sign by the other`;
  const instead = sound.flatMap((s) => s.allowed ?? []).at(0);
  return {
    id: fingerprint(
      'inconsistent-token',
      'algorithms',
      `${a.place.file} ${a.does} ${(a.allowed ?? []).join()}`,
    ),
    rule: 'inconsistent-token',
    ...(a.allowed || wasSound ? weighed(a.allowed !== undefined && wasSound) : AS_NOTE),
    missing: 'weakened',
    ...OF_NO_ENTRY_POINT,
    place: a.place,
    message: `${lineText(a.place)} ${said}.`,
    remedy: `Name the one algorithm that tokens are signed with${instead ? `, as ${lineText(model!.place)} does (${instead})` : ''}.`,
    precedents: sound.slice(0, 3).map((s) => ({
      entryPoint: '',
      file: s.place.file,
      line: s.place.line,
      guard: (s.allowed ?? []).join(', '),
    })),
    affects: [],
  };
}
