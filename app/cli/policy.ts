import { readFileSync } from 'node:fs';
import type { Judgement } from '../../analysis/judge.js';
import type { Author } from '../../analysis/policy/outcome.js';
import { NOTHING_ELSE, type Elsewhere } from '../../analysis/policy-file/of-tree.js';
import { visible } from '../report/escape.js';
import { mistakeText } from '../report/policy.js';
import { CommandError } from './failure.js';

export interface PolicyOptions {
  /** A file that the repository's own policy is laid over, as an organisation has one. */
  policy?: string;
  /** Who wrote the change, where the policy makes a difference. */
  author?: Exclude<Author, 'unknown'>;
}

/** @throws CommandError when the file cannot be read: without it, what it requires would seem to be there */
export function defaultsFrom(file: string | undefined): Elsewhere {
  if (file === undefined) return NOTHING_ELSE;
  try {
    return { defaults: { file, text: readFileSync(file, 'utf8') }, unread: [] };
  } catch (error) {
    throw new CommandError(`the policy ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** A policy that is not what its author means it to be is said on stderr, whatever the format. */
export function warnOfMistakes({ policy }: Judgement): void {
  for (const mistake of policy?.mistakes ?? [])
    process.stderr.write(`postern: warning: ${visible(mistakeText(mistake))}\n`);
}

export const today = (): string => new Date().toISOString().slice(0, 10);
