import { diffLines } from 'diff';
import type { Judgement } from '../judge.js';
import type { Place } from '../model/model.js';
import type { TreeSource } from '../source.js';
import { unsure } from './describe.js';
import type { LostWhere } from './finding.js';

/**
 * Holds losses against the text of the change. That an entry point has lost a guard is certain where the change is seen to touch the guard,
 * or what leads to it. It is not where none of that was touched, so that something else is not understood any more; nor where what the
 * entry point does was written anew elsewhere, and may be limited there in a way of its own. Then it is told as a warning, or
 * judged by its peers, as what is new is.
 */
export async function asTextsShow(
  judgement: Judgement,
  compared: TreeSource,
  judged: TreeSource,
): Promise<Judgement> {
  const open = judgement.findings.filter((f) => f.where && f.blocking);
  const losses = open.flatMap((f) => f.where!);
  const changes = losses.length > 0 ? await changesOf(losses, compared, judged) : null;
  const findings = judgement.findings.map(({ where, otherwise, ...finding }) => {
    if (!where || !finding.blocking || !changes) return finding;
    const why = where.map((w) => whyUnsure(w, changes));
    const [first] = why;
    if (!first || why.includes(null)) return finding;
    return otherwise ?? unsure(finding, first);
  });
  return { ...judgement, findings };
}
const UNTOUCHED =
  'Nothing that it rested on is touched by this change, so that something on the way there may not be understood any more.';
const STANDS = 'The test that it came from stands as it did, and it is not seen any more what that compares.';
const WRITTEN_ANEW = 'What it does was written anew, and may be limited there in a way that is not seen.';
const NOT_DONE =
  'What was done under that is not done any more, and what is done instead may be limited in a way that is not seen.';

function whyUnsure(loss: LostWhere, { isChanged, isNew, isInPlaceOf, nowOf }: Changes): string | null {
  // A guard in front may rest on anything, as on a list in a file of its own; what comes behind it is no matter.
  if (loss.inFront) return null;
  if (![...loss.files, ...loss.does.map((p) => p.file)].some(isChanged)) return UNTOUCHED;
  const stands = loss.test && nowOf(loss.test);
  if (stands && loss.unexplained.some((t) => t.file === stands.file && t.line === stands.line)) return STANDS;
  if (!loss.byGuard && loss.did.length === 0) return NOT_DONE;
  const isAnew = (p: Place): boolean => isNew(p) && !loss.did.some((d) => isInPlaceOf(p, d));
  return !loss.beside && loss.does.length > 0 && loss.does.every(isAnew) ? WRITTEN_ANEW : null;
}

/** What a change does to the lines of files. */
interface Changes {
  isChanged(file: string): boolean;
  /** The line of head was not there before. */
  isNew(place: Place): boolean;
  /** The line of head stands where that of the base was taken away. */
  isInPlaceOf(now: Place, before: Place): boolean;
  /** Where the line of the base stands in head, as it was; null where it does not. */
  nowOf(before: Place): Place | null;
}
/** Lines that were replaced by others, the first of each and the one after the last; counted from 1. */
interface Hunk {
  before: readonly [number, number];
  now: readonly [number, number];
}
async function changesOf(
  losses: readonly LostWhere[],
  compared: TreeSource,
  judged: TreeSource,
): Promise<Changes> {
  const [before, now] = [compared, judged].map((t) => new Map(t.files.map((f) => [f.path, f.id])));
  const isChanged = (file: string): boolean => before!.get(file) !== now!.get(file);
  const files = [
    ...new Set(losses.flatMap(({ does, test }) => [...does, ...(test ? [test] : [])].map((p) => p.file))),
  ].filter((file) => isChanged(file) && before!.has(file) && now!.has(file));
  const texts = async (tree: TreeSource, ids: ReadonlyMap<string, string>): Promise<Map<string, string>> => {
    const read = await tree.read(files.map((f) => ids.get(f)!));
    const decoder = new TextDecoder();
    return new Map(
      files.flatMap((f) => {
        const bytes = read.get(ids.get(f)!);
        return bytes ? [[f, decoder.decode(bytes)]] : [];
      }),
    );
  };
  const [was, is] = [await texts(compared, before!), await texts(judged, now!)];
  const hunks = new Map(
    files.flatMap((f) => {
      const [a, b] = [was.get(f), is.get(f)];
      return a === undefined || b === undefined ? [] : [[f, hunksOf(a, b)]];
    }),
  );
  const isWithin = ([from, to]: readonly [number, number], line: number): boolean =>
    line >= from && line < to;
  return {
    isChanged,
    isNew: ({ file, line }) =>
      !before!.has(file) || (hunks.get(file) ?? []).some((h) => isWithin(h.now, line)),
    isInPlaceOf: (n, b) =>
      n.file === b.file &&
      (hunks.get(n.file) ?? []).some((h) => isWithin(h.now, n.line) && isWithin(h.before, b.line)),
    nowOf: ({ file, line }) => {
      if (!now!.has(file)) return null;
      if (!isChanged(file)) return { file, line };
      const above = (hunks.get(file) ?? []).filter((h) => h.before[0] <= line);
      if (above.some((h) => isWithin(h.before, line))) return null;
      const last = above.at(-1);
      return { file, line: last ? line + last.now[1] - last.before[1] : line };
    },
  };
}
/** By the algorithm of Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), as `diff` has it. */
function hunksOf(before: string, now: string): Hunk[] {
  const hunks: Hunk[] = [];
  let [a, b] = [1, 1];
  let open: { a: number; b: number } | null = null;
  const close = (): void => {
    if (open) hunks.push({ before: [open.a, a], now: [open.b, b] });
    open = null;
  };
  for (const part of diffLines(before, now)) {
    if (!part.added && !part.removed) {
      close();
      a += part.count;
      b += part.count;
      continue;
    }
    open ??= { a, b };
    if (part.removed) a += part.count;
    else b += part.count;
  }
  close();
  return hunks;
}
