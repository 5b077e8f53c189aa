/** Joins a mount path and a route path the way routers do: one slash between, none at the end. */
export function joinPaths(prefix: string, path: string): string {
  const joined = `${prefix}/${path}`.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');
  return joined === '/' && prefix === '' && path === '' ? '' : joined;
}
/** Of a file in the tree: empty at its root. */
export const folderOf = (file: string): string => file.split('/').slice(0, -1).join('/');
const segments = (path: string): string[] => path.split('/').filter(Boolean);
const isWild = (segment: string): boolean =>
  segment === '*' || /^(?:\*\w*|\{\*\w+\}|\(\.\*\))$/.test(segment);
const isParameter = (segment: string): boolean => /^[:([{]/.test(segment);

/**
 * Does what is installed on `scope` see requests to `path`? A mount sees everything below it; `exact` wants the whole.
 * A parameter in the scope takes any segment; a parameter in the path is taken by a parameter only when exact.
 */
export const pathCovers = (scope: string, path: string, exact: boolean): boolean =>
  segmentsCover(segments(scope), segments(path), exact);
function segmentsCover(wanted: readonly string[], given: readonly string[], exact: boolean): boolean {
  for (const [i, want] of wanted.entries()) {
    const have = given[i];
    const isLast = i === wanted.length - 1;
    // Both below the same part that is not known: what follows it tells them apart.
    if (isWild(want) && have === want && !isLast) continue;
    if (isWild(want)) return isLast || segmentsCoverAfter(wanted.slice(i + 1), given.slice(i), exact);
    if (have === undefined) return false;
    if (isParameter(want)) continue;
    if (isParameter(have) || isWild(have)) return false;
    if (want.toLowerCase() !== have.toLowerCase()) return false;
  }
  return !exact || given.length === wanted.length;
}
/** Whatever stands for the part that is not known, which may be nothing. */
const segmentsCoverAfter = (wanted: readonly string[], given: readonly string[], exact: boolean): boolean =>
  Array.from({ length: given.length + 1 }, (_, skipped) => given.slice(skipped)).some((rest) =>
    segmentsCover(wanted, rest, exact),
  );
