import type { Evaluator } from './evaluator.js';
import type { LibraryType } from './library.js';
import { memberOf } from './members.js';
import { anyBoolean } from './tests.js';
import { literal, sourcesOf, textOf, unknown, type Native, type Value } from './value.js';

/** `new URL('./routes', import.meta.url)`: a path inside the repository. */
export function fileUrl(it: Evaluator, [relative, base]: readonly Value[]): Value | null {
  const [path, from] = [relative && textOf(relative), base && textOf(base)];
  if (typeof path !== 'string' || !from?.startsWith('file:///') || path.includes('*')) return null;
  const parts = from.slice('file:///'.length).split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return it.native(URL_TYPE, literal(`file:///${parts.join('/')}`));
}
/** An address where a text is wanted. */
export const addressText = (value: Value): Value =>
  value.k === 'native' && value.type === URL_TYPE ? (value.state as Value) : value;
/** Parts of an address that are no part of its path. */
export const HOST: ReadonlySet<string> = new Set(['host', 'hostname', 'origin', 'port', 'protocol']);
/** `new URL(text)`: which part of a request is read off it. */
export const URL_TYPE: LibraryType = {
  name: 'URL',
  methods: { toString: (_it: Evaluator, self: Native) => self.state as Value },
  sources: (self) => sourcesOf(self.state as Value),
  get: (it, self, name) => {
    const from = self.state as Value;
    // The address of a request, as its model made it.
    if (from.k === 'native') return memberOf(it, from, name, it.modules.somewhere);
    const ofRequest = sourcesOf(from).includes('request.path');
    if (ofRequest && HOST.has(name)) return unknown(['header.host']);
    if (name === 'pathname')
      return ofRequest || from.k !== 'literal'
        ? unknown(ofRequest ? ['request.path'] : sourcesOf(from))
        : from;
    if (name === 'searchParams') return it.native(SEARCH, unknown(ofRequest ? ['query'] : sourcesOf(from)));
    if (name === 'href' && from.k === 'literal') return from;
    return name === 'toString' ? null : unknown(sourcesOf(from));
  },
};
export const SEARCH: LibraryType = {
  name: 'URLSearchParams',
  methods: {
    get: (it, self, [key], site) => memberOf(it, self.state as Value, (key && textOf(key)) ?? '*', site),
    has: (it, self, [key], site) =>
      anyBoolean(it, sourcesOf(memberOf(it, self.state as Value, (key && textOf(key)) ?? '*', site)), site),
    toString: (_it: Evaluator, self: Native) => self.state as Value,
  },
  sources: (self) => sourcesOf(self.state as Value),
};
