import type { RiskKind } from '../model/environment.js';
import type { Language } from './programs.js';

/** What a text with commands or code does, as far as it has to be known. */
export interface Reading {
  risks: FoundRisk[];
  runs: ScriptRun[];
  /** What it starts of which nothing is known, as text; empty: all that it does is routine. */
  unknown: string[];
}
export interface FoundRisk {
  kind: RiskKind;
  text: string;
  /** In the text that was read. */
  line: number;
}
/** A script of the repository that is run. */
export type ScriptRun =
  /** `path` as written: relative to `folder`, or with `ROOT` or `HERE` in front. */
  | { k: 'file'; path: string; folder: string | null; language: Language | null; line: number }
  /** By its name in the nearest package.json. */
  | { k: 'script'; name: string; folder: string | null; line: number };

/** Stands for the top of the repository, and for the folder of the script itself, in paths. */
export const ROOT = '\u0001root';
export const HERE = '\u0001here';

export const emptyReading = (): Reading => ({ risks: [], runs: [], unknown: [] });

const MAX_SHOWN = 100;
/** One line, shortened. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= MAX_SHOWN ? line : `${line.slice(0, MAX_SHOWN - 1)}…`;
}
