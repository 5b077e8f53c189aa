/** Joins a mount path and a route path the way routers do: one slash between, none at the end. */
export function joinPaths(prefix: string, path: string): string {
  const joined = `${prefix}/${path}`.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');
  return joined === '/' && prefix === '' && path === '' ? '' : joined;
}
/** Of a file in the tree: empty at its root. */
export const folderOf = (file: string): string => file.split('/').slice(0, -1).join('/');
const segments = (path: string): string[] => path.split('/').filter(Boolean);
const isWild = (segment: string): boolean =>
  segment === '*' || /^\*\w*$/.test(segment) || /^\(\.\*\)$/.test(segment) || segment === '{*splat}';
const isParameter = (segment: string): boolean => /^[:([{]/.test(segment);

/**
 * Does what is installed on `scope` see requests to `path`? A mount sees everything below it; `exact` wants the whole.
 * A parameter in the scope takes any segment; a parameter in the path is taken by a parameter only when exact.
 */
export function pathCovers(scope: string, path: string, exact: boolean): boolean {
  const [wanted, given] = [segments(scope), segments(path)];
  for (const [i, want] of wanted.entries()) {
    const have = given[i];
    // Both below the same part that is not known: what follows it tells them apart.
    if (isWild(want) && have === want && i < wanted.length - 1) continue;
    if (isWild(want)) return true;
    if (have === undefined) return false;
    if (isParameter(want)) continue;
    if (isParameter(have) || isWild(have)) return false;
    if (want.toLowerCase() !== have.toLowerCase()) return false;
  }
  return !exact || given.length === wanted.length;
}
