import { INPUT_PARTS, type ChainLink, type InputPart } from '../model/model.js';
import type { Classified } from '../protections/atoms.js';
import type { Source } from '../wiring/fact.js';

/** What a validation looks at, by where what it is given comes from. */
export function coveredInput(found: readonly Classified[]): Pick<ChainLink, 'covers'> {
  const sources = found.flatMap((c) => (c.protection === 'validation' ? c.atom.sources : []));
  const covers = INPUT_PARTS.filter((part) => sources.some((s) => partOf(s) === part));
  return covers.length > 0 ? { covers } : {};
}
function partOf(source: Source): InputPart | undefined {
  const [head = '', second = ''] = source.split('.');
  return OF[head === 'request' ? second : head];
}
const OF: Readonly<Record<string, InputPart>> = {
  body: 'body',
  cookies: 'cookies',
  file: 'files',
  files: 'files',
  header: 'headers',
  headers: 'headers',
  message: 'message',
  params: 'params',
  query: 'query',
};
