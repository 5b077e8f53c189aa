import { DECLARATIONS } from './declarations-file.js';
import type { TreeSource } from './source.js';

/**
 * A tree with the declarations of another one. What a project says of its own functions comes from the base of a change: a
 * change cannot declare that something guards what it adds.
 */
export function underPolicyOf(base: TreeSource, source: TreeSource): TreeSource {
  const wanted = base.files.find((f) => f.path === DECLARATIONS);
  const has = source.files.find((f) => f.path === DECLARATIONS);
  if (wanted?.id === has?.id) return source;
  return {
    id: `${source.id}+${wanted?.id ?? 'none'}`,
    files: [...source.files.filter((f) => f !== has), ...(wanted ? [wanted] : [])].sort((a, b) =>
      a.path < b.path ? -1 : 1,
    ),
    links: source.links,
    read: async (ids) => {
      const found = await source.read(ids.filter((id) => id !== wanted?.id));
      if (wanted && ids.includes(wanted.id))
        for (const [id, bytes] of await base.read([wanted.id])) found.set(id, bytes);
      return found;
    },
  };
}
