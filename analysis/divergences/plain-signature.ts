import type { ChainLink, EntryPoint, Model } from '../model/model.js';
import { lineText } from '../model/place.js';
import { AS_NOTE, fingerprint, nameOf, placesOf, sentence, weighed } from './describe.js';
import type { Finding } from './finding.js';

interface Check {
  entryPoint: EntryPoint;
  link: ChainLink & { signed: NonNullable<ChainLink['signed']> };
}

/**
 * Signatures that are compared as texts are, so that how long it takes says how much of a forged one was right (CWE-208): a warning
 * where the repository compares others in constant time, or did so with this one before the change, else a note. That what was
 * signed is the body written anew is a note: what the sender signed may differ from it by a blank.
 */
export function plainSignatures(model: Model, base?: Model): Finding[] {
  const all = checksIn(model);
  const before = new Map(base?.entryPoints.map((e) => [e.id, e]));
  const sound = distinct(all.filter((c) => c.link.signed.compared === 'constant-time'));
  const wasSound = (e: EntryPoint): boolean =>
    before.get(e.id)?.chain.some((l) => l.signed?.compared === 'constant-time') ?? false;
  const plain = byPlace(all.filter((c) => c.link.signed.compared === 'text')).map((group) =>
    findingOf(group, 'time', sound, sound.length > 0 || group.some((c) => wasSound(c.entryPoint))),
  );
  const rewritten = byPlace(all.filter((c) => c.link.signed.over === 'rewritten')).map((group) =>
    findingOf(group, 'over', [], false),
  );
  return [...plain, ...rewritten];
}
const checksIn = (model: Model): Check[] =>
  model.entryPoints.flatMap((entryPoint) =>
    entryPoint.chain.flatMap((link) =>
      link.signed ? [{ entryPoint, link: { ...link, signed: link.signed } }] : [],
    ),
  );
const placeOf = ({ link }: Check): string => lineText(link.definition ?? link.place);
/** One function checks for several entry points. */
function byPlace(all: readonly Check[]): Check[][] {
  const groups = new Map<string, Check[]>();
  for (const check of all) groups.set(placeOf(check), [...(groups.get(placeOf(check)) ?? []), check]);
  return [...groups.values()];
}
const distinct = (all: readonly Check[]): Check[] => byPlace(all).map((group) => group[0]!);

function findingOf(
  group: readonly Check[],
  what: 'time' | 'over',
  sound: readonly Check[],
  isLoud: boolean,
): Finding {
  const { entryPoint: e, link } = group[0]!;
  const [model] = sound;
  const name = sentence(nameOf(e));
  return {
    id: fingerprint('weaker-than-peers', `signature ${what}`, e.id),
    rule: 'weaker-than-peers',
    ...(isLoud ? weighed(false) : AS_NOTE),
    missing: 'signature',
    ...placesOf(e),
    place: link.definition ?? link.place,
    message:
      what === 'time'
        ? `${name} compares the signature of a request as a text: how long that takes says how much of a forged one is right.`
        : `${name} checks the signature of the body as it was read and written anew, which need not be what was signed.`,
    remedy:
      what === 'time'
        ? `Compare the bytes of both with \`crypto.timingSafeEqual\`, where they are equally long${model ? `, as ${placeOf(model)} does` : ' (CWE-208)'}.`
        : 'Sign the bytes of the body as they came (`express.raw`, `rawBody`, `await request.text()`), and read it afterwards.',
    precedents: sound.slice(0, 5).map((c) => ({
      entryPoint: c.entryPoint.id,
      file: (c.link.definition ?? c.link.place).file,
      line: (c.link.definition ?? c.link.place).line,
      guard: c.link.name,
    })),
    affects: group.slice(1).map((c) => c.entryPoint.id),
  };
}
