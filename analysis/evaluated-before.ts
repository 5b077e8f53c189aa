import { createHash } from 'node:crypto';
import type { Cache } from './source.js';
import type { ModuleLoader } from './wiring/instance.js';

/** A module is the same where this is: its text, and what its extension says of how to read it. */
export type ContentOf = (path: string) => string | null;

/**
 * Evaluating a program asks the tree for nothing but through its loader. Where a tree gives the answers that another gave
 * to the same questions, the outcome is the same, whatever else is in it: a commit that touches a page, a translation or the
 * program beside it evaluates nothing. What was asked last is tried first; an outcome is kept under the questions together with
 * their answers, so that one that is found was reached by exactly those.
 *
 * @param given all that the evaluation knows without asking
 */
export function evaluatedBefore<Outcome>(
  cache: Cache | undefined,
  given: unknown,
  loader: ModuleLoader,
  contentOf: ContentOf,
  evaluate: (loader: ModuleLoader) => Outcome,
): Outcome {
  if (!cache) return evaluate(loader);
  const start = digest([JSON.stringify(given)]);
  const askedKey = `asked:${start}`;
  const last = cache.getMany([askedKey]).get(askedKey);
  if (last !== undefined) {
    const key = outcomeKey(start, last.split('\n'), loader, contentOf);
    const known = cache.getMany([key]).get(key);
    if (known !== undefined) return JSON.parse(known) as Outcome;
  }
  const asked = new Set<string>();
  const outcome = evaluate(listening(loader, asked));
  const questions = [...asked].sort();
  cache.setMany(
    new Map([
      [askedKey, questions.join('\n')],
      [outcomeKey(start, questions, loader, contentOf), JSON.stringify(outcome)],
    ]),
  );
  return outcome;
}

/** A question is its name and what it is about; texts in it are written so that a line is one question. */
const question = (...parts: string[]): string => JSON.stringify(parts);

function listening(loader: ModuleLoader, asked: Set<string>): ModuleLoader {
  return {
    resolve: (from, specifier) => {
      asked.add(question('resolve', from, specifier));
      return loader.resolve(from, specifier);
    },
    module: (path) => {
      asked.add(question('module', path));
      return loader.module(path);
    },
    hasSideEffects: (path) => {
      asked.add(question('hasSideEffects', path));
      return loader.hasSideEffects(path);
    },
    list: (folder) => {
      asked.add(question('list', folder));
      return loader.list(folder);
    },
    entryFiles: (model) => {
      asked.add(question('entryFiles', model));
      return loader.entryFiles(model);
    },
    uses: (packageName) => {
      asked.add(question('uses', packageName));
      return loader.uses(packageName);
    },
    get root() {
      asked.add(question('root'));
      return loader.root;
    },
  };
}

function answer(line: string, loader: ModuleLoader, contentOf: ContentOf): unknown {
  const [name, about = '', specifier = ''] = JSON.parse(line) as string[];
  switch (name) {
    case 'resolve':
      return loader.resolve(about, specifier);
    case 'module':
      return contentOf(about);
    case 'hasSideEffects':
      return loader.hasSideEffects(about);
    case 'list':
      return loader.list(about);
    case 'entryFiles':
      return loader.entryFiles(about);
    case 'uses':
      return loader.uses(about);
    default:
      return loader.root;
  }
}

function outcomeKey(
  start: string,
  questions: readonly string[],
  loader: ModuleLoader,
  contentOf: ContentOf,
): string {
  const said = questions
    .filter((line) => line !== '')
    .map((line) => `${line} ${JSON.stringify(answer(line, loader, contentOf))}`);
  return `outcome:${start}:${digest(said)}`;
}

function digest(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  return hash.digest('hex');
}
