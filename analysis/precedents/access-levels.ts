/** How much somebody may who has a permission: to look, to change, or to take away and run the place. */
export type AccessLevel = 'read' | 'write' | 'remove';
export const LEVELS: Readonly<Record<AccessLevel, number>> = { read: 1, write: 2, remove: 3 };

/**
 * Permissions and scopes name what may be done, by a verb, to a resource: `repo:read` and `write:packages` of GitHub, `Mail.ReadWrite` of
 * Microsoft Graph, `storage.objects.delete` of Google Cloud, `read:users` of Auth0, `CAN_EDIT_NOTE` and `viewNote` of programs. The
 * verbs of one level stand for each other; those of another do not (OWASP ASVS 4.0.3, 4.1.3: least privilege; NIST INCITS 359: a
 * permission is an operation on an object). What is in no list here says nothing of how much may be done.
 */
const VERBS: Readonly<Record<AccessLevel, string>> = {
  read: 'read view list get show see find browse fetch query readonly',
  write:
    'write create add insert update edit modify change manage set put patch upsert save readwrite cud crud rw publish',
  remove: 'delete remove destroy purge erase admin',
};
const LEVEL_OF: ReadonlyMap<string, AccessLevel> = new Map(
  (Object.keys(VERBS) as AccessLevel[]).flatMap((level) =>
    VERBS[level].split(' ').map((verb) => [verb, level] as const),
  ),
);
/** Words that say of whose things, or that it is a permission at all, and not what may be done. */
const FILLERS: ReadonlySet<string> = new Set([
  'can',
  'may',
  'all',
  'any',
  'own',
  'scope',
  'permission',
  'perm',
]);

export interface Permission {
  /** What it is about, in words without a number; empty where only a verb is said: the scope `read`. */
  resource: string;
  level: AccessLevel;
}
/** What a constant says somebody may do; null for what is no permission of that form, as a role is. */
export function permissionIn(constant: string): Permission | null {
  const words = wordsIn(constant).filter((w) => !FILLERS.has(w));
  const verbs = words.flatMap((w, at) => (LEVEL_OF.has(w) ? [at] : []));
  // `read:write`: both, or a resource that is called like a verb: the last one is the verb there.
  const isReadWrite = words.length === 2 && verbs.length === 2 && words.join() === 'read,write';
  const at = isReadWrite ? 1 : verbs.length === 1 ? verbs[0]! : null;
  if (at === null || (at !== 0 && at !== words.length - 1)) return null;
  // A person is called so, and no permission: `admin`.
  if (words.length === 1 && words[0] === 'admin') return null;
  const rest = isReadWrite ? [] : words.filter((_, i) => i !== at);
  return { resource: rest.map(singular).join(' '), level: LEVEL_OF.get(words[at]!)! };
}
/** What an entity is called as the resource of a permission. */
export const resourceOf = (entity: string): string => wordsIn(entity).map(singular).join(' ');
/** `note:read`, `read_notes`, `NOTE.READ`, `canReadNotes`, `ReadWrite` */
const wordsIn = (constant: string): string[] =>
  constant
    .replace(/read[-_]?write/gi, ' readwrite ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
const singular = (word: string): string => word.replace(/ies$/, 'y').replace(/([^s])s$/, '$1');
