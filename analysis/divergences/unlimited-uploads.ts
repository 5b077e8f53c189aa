import type { EntryPoint, Model } from '../model/model.js';
import { lineText } from '../model/place.js';
import { AS_NOTE, fingerprint, nameOf, placesOf, sentence, weighed } from './describe.js';
import { oneOfEach } from './distinct.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

type Taking = EntryPoint & { uploads: NonNullable<EntryPoint['uploads']> };

/**
 * Files of any size are taken where others of the program say how large they may be. A warning where three in four do, and two at least,
 * unless more is asked of who may send any; where half do, a note: what is meant for large files is meant for them.
 */
export function unlimitedUploads(model: Model): Finding[] {
  return byProgram(model.entryPoints).flatMap((entryPoints) => {
    const all = entryPoints.filter((e): e is Taking => e.uploads !== undefined);
    const open = all.filter((e) => !isLimited(e) && !e.unknown.includes('upload-limit'));
    return distinct(open).flatMap((e): Finding[] => {
      const others = distinct(all.filter((o) => placeOf(o) !== placeOf(e)));
      const having = others.filter(isLimited);
      if (having.length === 0 || having.length * 2 < others.length) return [];
      const isRule = having.length >= ESTABLISHED && having.length * 4 >= others.length * 3;
      const isTrusted =
        e.protections.includes('authorization') &&
        !having.some((o) => o.protections.includes('authorization'));
      const behind = open.filter((o) => o !== e && placeOf(o) === placeOf(e));
      return [findingOf(e, behind, having, others.length, isRule && !isTrusted)];
    });
  });
}
/** Fewer than this, and a bound is one route's own affair. */
const ESTABLISHED = 2;
const isLimited = (e: Taking): boolean =>
  e.protections.includes('upload-limit') || e.uploads.some((u) => u.limited);
const placeOf = (e: Taking): string => lineText(e.uploads[0]!.place);
/** What one line takes for several entry points is one way of taking it. */
const distinct = (all: readonly Taking[]): Taking[] => oneOfEach(all, placeOf);

/** What one line takes for all that stands behind it is one fault. */
const takingWith = (behind: readonly Taking[]): string =>
  behind.length === 0
    ? ' takes'
    : ` and ${behind.length} other${behind.length === 1 ? '' : 's'} behind the same line take`;

function findingOf(
  e: Taking,
  behind: readonly Taking[],
  having: readonly Taking[],
  others: number,
  isRule: boolean,
): Finding {
  const [model] = having;
  const limit = model!.uploads.find((u) => u.limited) ?? model!.uploads[0]!;
  return {
    id: fingerprint('missing-protection', 'upload-limit', e.id),
    rule: 'missing-protection',
    ...(isRule ? weighed(false) : AS_NOTE),
    missing: 'upload-limit',
    ...placesOf(e),
    place: e.uploads[0]!.place,
    message: `${sentence(nameOf(e))}${takingWith(behind)} files of any size; ${having.length} of ${others} others of the program ${having.length === 1 ? 'says' : 'say'} how large they may be.`,
    remedy: `Say how large a file may be (\`limits.fileSize\`), as ${lineText(limit.place)} does.`,
    precedents: having.slice(0, 5).map((o) => {
      const place = (o.uploads.find((u) => u.limited) ?? o.uploads[0]!).place;
      return { entryPoint: o.id, file: place.file, line: place.line, guard: o.uploads[0]!.by };
    }),
    affects: behind.map((o) => o.id),
  };
}
