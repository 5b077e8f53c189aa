import type { LibraryType } from './library.js';
import { anyBoolean, testValue } from './tests.js';
import { literal, sourcesOf, unknown } from './value.js';

/** Only patterns without repetition are run against known text: nothing of a repository may keep us busy. */
const HARMLESS = /^[\w\s\-./^$\\|():@,=<>!?']*$/;
export const REGEX: LibraryType = {
  name: 'RegExp',
  methods: {
    test: (it, self, [value], site) => {
      const { pattern, flags } = self.state as { pattern: string; flags: string };
      if (
        value?.k === 'literal' &&
        typeof value.value === 'string' &&
        HARMLESS.test(pattern) &&
        value.value.length < 500
      ) {
        try {
          return literal(new RegExp(pattern, flags.replace(/[gy]/g, '')).test(value.value));
        } catch {
          return anyBoolean(it, [], site);
        }
      }
      const sources = value ? sourcesOf(value) : [];
      return sources.length > 0
        ? testValue(it, ['equal', 'unequal'], sources, site, [`/${pattern}/`])
        : anyBoolean(it, [], site);
    },
    exec: (_it, _self, [value]) => unknown(value ? sourcesOf(value) : []),
  },
};
