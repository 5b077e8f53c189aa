/** What a person may ask for in a comment. */
export const VERBS = ['accept', 'public', 'explain', 'rescan', 'revoke'] as const;
export type Verb = (typeof VERBS)[number];

/** One line of a comment that is for us: `/postern accept 02dcb492 the contact form is for everybody`. */
export interface Command {
  /** Null: it is none that we know. */
  verb: Verb | null;
  /** What follows it, on the same line. */
  rest: string;
}

/** At most as many commands of a comment are carried out; that there were more is said. */
export const MAX_COMMANDS = 10;
/** A comment is looked at so far. */
export const MAX_COMMENT = 20_000;
const MAX_LINE = 2_000;
const LINE = /^ {0,3}\/postern(?:[ \t]+(\S+))?(?:[ \t]+(.*))?$/i;
const FENCE = /^ {0,3}(?:```|~~~)/;

/** The commands of a comment. What is quoted, or shown as code, is none. */
export function commandsIn(text: string): Command[] {
  let inFence = false;
  const found: Command[] = [];
  for (const line of text.slice(0, MAX_COMMENT).split(/\r\n|\r|\n/)) {
    if (FENCE.test(line)) inFence = !inFence;
    if (inFence) continue;
    const match = LINE.exec(line.slice(0, MAX_LINE));
    if (!match) continue;
    const verb = VERBS.find((v) => v === match[1]?.toLowerCase()) ?? null;
    found.push({ verb, rest: (match[2] ?? '').trim() });
  }
  return found;
}

/** Something that a command can be about. */
export interface Subject {
  id: string;
  /** Other texts that mean it. */
  names: readonly string[];
}
export type Named = { subject: string; rest: string } | { problem: 'none' | 'unknown' | 'ambiguous' };

/** Shorter beginnings of an id mean nothing. */
const MIN_PREFIX = 6;

/**
 * Which subject a command names, and what follows: by id, by the beginning of one, by another name, and in backticks or
 * quotes, where it has spaces.
 */
export function subjectIn(text: string, subjects: readonly Subject[]): Named {
  if (text === '') return { problem: 'none' };
  const quoted = /^(`+|"|')(.+?)\1(?:\s+(.*))?$/s.exec(text);
  const candidates = quoted ? [quoted[2]!.trim()] : [];
  if (!quoted) {
    const known = subjects.flatMap(({ id, names }) => [id, ...names]);
    const written = known.filter((name) => text === name || text.startsWith(`${name} `));
    candidates.push(...written.sort((a, b) => b.length - a.length), text.split(/\s+/, 1)[0]!);
  }
  for (const candidate of candidates) {
    const exact = subjects.filter(({ id, names }) => id === candidate || names.includes(candidate));
    const meant =
      exact.length > 0 || candidate.length < MIN_PREFIX
        ? exact
        : subjects.filter(({ id }) => id.startsWith(candidate));
    if (meant.length > 1) return { problem: 'ambiguous' };
    const rest = quoted ? (quoted[3] ?? '') : text.slice(candidate.length);
    if (meant.length === 1) return { subject: meant[0]!.id, rest: rest.trim() };
  }
  return { problem: 'unknown' };
}
