/** Lines that GitHub takes comments on, by path and line of the new side: their position in the file's diff. */
export type Commentable = ReadonlyMap<string, number>;

/** Reads the output of `git diff --unified=3`: what is added or shown beside it, counted as GitHub counts positions. */
export function commentableLines(patch: string): Commentable {
  const found = new Map<string, number>();
  let path: string | null = null;
  let position = -1;
  let line = 0;
  for (const text of patch.split('\n')) {
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(text);
    if (text.startsWith('diff --git ')) {
      [path, position] = [null, -1];
    } else if (position < 0 && text.startsWith('+++ b/')) {
      path = text.slice('+++ b/'.length).replace(/\t$/, '');
    } else if (hunk) {
      line = Number(hunk[1]);
      position++;
    } else if (path !== null && position >= 0) {
      position++;
      if (text.startsWith('+') || text.startsWith(' ')) found.set(`${path}:${line++}`, position);
    }
  }
  return found;
}
