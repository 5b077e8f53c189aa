import { decodePath, splitNul } from './path.js';

/** A file that differs between two trees. */
export interface ChangedFile {
  path: string;
  /** Its contents on either side, null where it is not there. A renamed file has both. */
  before: string | null;
  after: string | null;
}

/** A stretch of lines that differs, with the lines around it that are shown too. Lines count from 1. */
export interface Hunk {
  before: { start: number; count: number };
  after: { start: number; count: number };
}

const NOTHING = /^0+$/;

/** Reads the output of `git diff-tree -r -z -M`: `:<mode> <mode> <id> <id> <status>`, then one path, or two of a rename. */
export function parseChanges(output: Buffer): ChangedFile[] {
  const fields = [...splitNul(output)];
  const files: ChangedFile[] = [];
  for (let at = 0; at + 1 < fields.length; ) {
    const [, , before, after, status] = fields[at]!.toString('latin1').split(' ');
    const renamed = /^[RC]/.test(status ?? '');
    const path = decodePath(fields[at + (renamed ? 2 : 1)]!);
    files.push({ path, before: idOf(before), after: idOf(after) });
    at += renamed ? 3 : 2;
  }
  return files;
}

/** Reads which lines a patch of one file is about. A binary file has none. */
export function parseHunks(patch: string): Hunk[] {
  return [...patch.matchAll(/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm)].map(([, a, b, c, d]) => ({
    before: { start: Number(a), count: Number(b ?? 1) },
    after: { start: Number(c), count: Number(d ?? 1) },
  }));
}

/**
 * Where a line of `before` is in `after`, given the hunks without context between them; null where it was changed or is
 * not there any more.
 */
export function lineAfter(hunks: readonly Hunk[], line: number): number | null {
  let moved = 0;
  for (const { before, after } of hunks) {
    // Where nothing is taken away, the start is the line behind which something is put.
    const first = before.count === 0 ? before.start + 1 : before.start;
    if (line < first) break;
    if (line < first + before.count) return null;
    moved += after.count - before.count;
  }
  return line + moved;
}

function idOf(id: string | undefined): string | null {
  return id === undefined || NOTHING.test(id) ? null : id;
}
