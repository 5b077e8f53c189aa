import { createHash } from 'node:crypto';
import type { Edit } from '../divergences/finding.js';
import type { TreeSource } from '../source.js';

/** The lines of a text; what ends one is not part of it, except for a carriage return. */
export const linesOf = (bytes: Uint8Array): string[] =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\n');

/** A text with some of its lines replaced. The edits do not overlap. */
export function edited(lines: readonly string[], edits: readonly Edit[]): string {
  const result = [...lines];
  for (const { line, endLine, replacement } of edits.toSorted((a, b) => b.line - a.line))
    result.splice(line - 1, endLine - line + 1, replacement);
  return result.join('\n');
}

/** A tree in which some files have other contents. */
export function withFiles(source: TreeSource, texts: ReadonlyMap<string, string>): TreeSource {
  const contents = new Map<string, Uint8Array>();
  const files = source.files.map((file) => {
    const text = texts.get(file.path);
    if (text === undefined) return file;
    const bytes = new TextEncoder().encode(text);
    const id = createHash('sha256').update(bytes).digest('hex');
    contents.set(id, bytes);
    return { ...file, id, size: bytes.length };
  });
  const changed = [...contents.keys()].sort();
  return {
    ...source,
    id: createHash('sha256')
      .update([source.id, ...changed].join())
      .digest('hex'),
    files,
    read: async (ids) => {
      const found = new Map(await source.read(ids.filter((id) => !contents.has(id))));
      for (const id of ids) if (contents.has(id)) found.set(id, contents.get(id)!);
      return found;
    },
  };
}
