import type ts from 'typescript';
import type { ChainLink, EntryPoint } from '../../analysis/model/model.js';
import type { Project } from './project.js';

/** A change to the text of one file. */
export interface Edit {
  file: string;
  start: number;
  end: number;
  text: string;
}
export interface Mutant {
  /** `remove-…` or the name of a neutral change. */
  mutator: string;
  file: string;
  line: number;
  what: string;
  edits: Edit[];
  /** A file that is moved, after its edits. */
  move?: { from: string; to: string };
  /** Entry points that lose a protection; empty for a neutral change. */
  expected: string[];
  /** Entry points of which nothing is claimed: in the scope of the change, with something else that protects them. */
  allowed: string[];
}
/** A guard in front of an entry point, of which a mutator says how it can be taken away. */
export interface Site {
  entryPoint: EntryPoint;
  link: ChainLink;
}
/** Why there is no mutant here: counted, so that what was left out is known. */
export interface Skipped {
  skipped: string;
}
/** Null: something else than what this mutator removes. */
export type Outcome = { edits: Edit[]; scope: EntryPoint[] } | Skipped | null;
export type Remover = (site: Site, project: Project) => Outcome;

export const cut = (node: ts.Node): Edit => replaced(node, '');
export const replaced = (node: ts.Node, text: string): Edit => ({
  file: node.getSourceFile().fileName,
  start: node.getStart(node.getSourceFile()),
  end: node.end,
  text,
});

/** The new texts of the files that are edited; edits must not overlap. */
export function apply(mutant: Mutant, texts: ReadonlyMap<string, string>): Map<string, string> {
  const changed = new Map<string, string>();
  // Stable: what is inserted at one place stays in the order in which it was asked for.
  for (const edit of mutant.edits.toSorted((a, b) => b.start - a.start || b.end - a.end)) {
    const text = changed.get(edit.file) ?? texts.get(edit.file);
    if (text === undefined) throw new Error(`${edit.file} is no file of the project`);
    changed.set(edit.file, text.slice(0, edit.start) + edit.text + text.slice(edit.end));
  }
  return changed;
}

/** A generator of numbers below one, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
export function shuffled<T>(items: readonly T[], next: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
