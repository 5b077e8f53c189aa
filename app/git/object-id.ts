import { createHash } from 'node:crypto';

export type ObjectFormat = 'sha1' | 'sha256';

/** The id that git gives a blob with this content. */
export function blobId(content: Uint8Array, format: ObjectFormat): string {
  return objectId('blob', content, format);
}

function objectId(type: 'blob' | 'tree', content: Uint8Array, format: ObjectFormat): string {
  return createHash(format).update(`${type} ${content.length}\0`).update(content).digest('hex');
}

export interface TreeEntry {
  /** Path as bytes, `/`-separated. */
  path: Buffer;
  /** As git prints it: `100644`, `120000`, … */
  mode: string;
  id: string;
}

/** The id of the tree that git would write for these files, computed without writing it. */
export function treeId(entries: readonly TreeEntry[], format: ObjectFormat): string {
  const root: Folder = new Map();
  // latin1 keeps bytes as they are, and compares in the same order.
  for (const entry of entries) insert(root, entry.path.toString('latin1').split('/'), entry);
  return folderId(root, format);
}

type Folder = Map<string, Folder | TreeEntry>;

function insert(root: Folder, parts: string[], entry: TreeEntry): void {
  let folder = root;
  for (const part of parts.slice(0, -1)) {
    let next = folder.get(part);
    if (!(next instanceof Map)) folder.set(part, (next = new Map()));
    folder = next;
  }
  folder.set(parts[parts.length - 1]!, entry);
}

function folderId(folder: Folder, format: ObjectFormat): string {
  const rows = [...folder].map(([name, child]) =>
    child instanceof Map
      ? { name, key: `${name}/`, mode: '40000', id: folderId(child, format) }
      : { name, key: name, mode: child.mode, id: child.id },
  );
  // git sorts a folder as if its name ended in a slash.
  rows.sort((a, b) => (a.key < b.key ? -1 : 1));
  const content = rows.flatMap((row) => [
    Buffer.from(`${row.mode} ${row.name}\0`, 'latin1'),
    Buffer.from(row.id, 'hex'),
  ]);
  return objectId('tree', Buffer.concat(content), format);
}
