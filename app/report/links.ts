import type { Place } from '../../analysis/model/model.js';
import { code } from './escape.js';

/** The address of a line, or null where there is none to give. */
export type LinkOf = (place: Place) => string | null;

/** The address of a line of a file as GitHub serves it; nothing in it ends a link of Markdown early. */
export function lineAddress(repositoryUrl: string, commit: string, { file, line }: Place): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  const safe = path.replace(/[!'()*~_]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${repositoryUrl}/blob/${commit}/${safe}#L${line}`;
}

/** `src/a.ts:12` as Markdown, leading there where an address is known. */
export function placeText({ file, line }: Place, linkOf?: LinkOf): string {
  const shown = code(`${file}:${line}`);
  const address = linkOf?.({ file, line }) ?? null;
  return address === null ? shown : `[${shown}](${address})`;
}
