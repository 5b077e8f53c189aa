import path from 'node:path';
import { format, type Options } from 'prettier';
import type { Mutant } from './mutant.js';
import type { Project } from './project.js';

const STYLES: readonly Options[] = [
  {
    printWidth: 60,
    tabWidth: 4,
    semi: false,
    singleQuote: false,
    trailingComma: 'none',
    arrowParens: 'avoid',
  },
  {
    printWidth: 160,
    useTabs: true,
    semi: true,
    singleQuote: true,
    objectWrap: 'collapse',
    bracketSpacing: false,
  },
];

/** A file with entry points or guards, as prettier would write it with settings that are not the project's. */
export async function reformat(project: Project, file: string, style: number): Promise<Mutant | null> {
  const text = project.texts.get(file);
  if (text === undefined) return null;
  const parser = /\.[cm]?tsx?$/.test(file) ? 'typescript' : 'babel';
  try {
    const changed = await format(text, {
      ...STYLES[style % STYLES.length],
      parser,
      filepath: path.basename(file),
    });
    if (changed === text) return null;
    return {
      mutator: 'reformat',
      file,
      line: 1,
      what: `is formatted with style ${style % STYLES.length}`,
      edits: [{ file, start: 0, end: text.length, text: changed }],
      expected: [],
      allowed: [],
    };
  } catch {
    return null;
  }
}
/** Files that say something about entry points. */
export function filesToReformat(project: Project): string[] {
  const { entryPoints, guards } = project.model;
  return [
    ...new Set([
      ...entryPoints.flatMap((e) => [e.registration.file, ...e.chain.map((l) => l.place.file)]),
      ...guards.filter((g) => g.applications > 0).map((g) => g.place.file),
    ]),
  ].sort();
}
