import type { NotLookedAt } from './model/model.js';
import { sourceRole } from './modules/index.js';
import type { TreeFile } from './source.js';

const CODE = /\.(?:[cm]?[jt]sx?)$/;
const OTHER_LANGUAGES: readonly (readonly [RegExp, string])[] = [
  [/\.py$/, 'Python'],
  [/\.go$/, 'Go'],
  [/\.rb$/, 'Ruby'],
  [/\.(java|kt|scala)$/, 'Java, Kotlin and Scala'],
  [/\.php$/, 'PHP'],
  [/\.cs$/, 'C#'],
  [/\.rs$/, 'Rust'],
  [/\.(vue|svelte|astro)$/, 'Vue, Svelte and Astro components'],
  [/\.(ex|exs)$/, 'Elixir'],
  [/\.swift$/, 'Swift'],
  [/\.dart$/, 'Dart'],
];

/** What a tree holds that is not analysed, so that nobody takes it for clean. */
export function notLookedAt(files: readonly TreeFile[]): NotLookedAt[] {
  const counts = new Map<string, number>();
  for (const { path } of files) {
    const role = sourceRole(path);
    const what =
      CODE.test(path) && (role === 'test' || role === 'generated')
        ? role === 'test'
          ? 'tests'
          : 'generated code'
        : OTHER_LANGUAGES.find(([pattern]) => pattern.test(path))?.[1];
    if (what) counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, n]) => ({ what, files: n })).sort((a, b) => (a.what < b.what ? -1 : 1));
}
