import { below } from '../web/file-routes.js';

const ROUTES = /^\/(?:[\w@.-]+\/){0,4}?(?:src\/)?app\/routes\//;
/** Names of the file that is the route of its folder. */
const OWN = /^_?(?:route|index|layout|page)$/;

/** The pieces of a route's name, in order; null outside of the folder of routes. `dots` and folders say the same. */
export function routeTokens(file: string, root: string): string[] | null {
  const inside = below(file, root, ROUTES);
  if (inside === null) return null;
  const tokens: string[] = [];
  const folders = inside.split('/');
  for (const [i, folder] of folders.entries()) {
    const isFile = i === folders.length - 1;
    // `posts+/` is only a shorter way to write `posts.`.
    const name = isFile ? folder : folder.replace(/\+$/, '');
    if (isFile && folders.length > 1 && OWN.test(name)) tokens.push(...(name.startsWith('_') ? [name] : []));
    else tokens.push(...splitName(name));
  }
  return tokens;
}
/** At the dots that are not escaped by brackets. */
const splitName = (name: string): string[] => name.match(/(?:\[[^\]]*\]|[^.[])+/g) ?? [];

/** The path that a route serves. */
export function routePath(tokens: readonly string[]): string {
  const parts = tokens.flatMap((token, i): string[] => {
    const isLast = i === tokens.length - 1;
    if (token.startsWith('_') || (isLast && /^(?:index|route)$/.test(token) && tokens.length > 0)) return [];
    return [segment(token.replace(/_$/, ''))];
  });
  return `/${parts.join('/')}`;
}
function segment(token: string): string {
  const optional = /^\((.*)\)$/.exec(token);
  if (optional) return `${segment(optional[1]!)}?`;
  if (token === '$') return '*';
  const text = token.replace(/\[([^\]]*)\]/g, '$1');
  return token.startsWith('$') ? `:${text.slice(1)}` : text;
}
/** Is a route inside another one, whose middleware runs for it? */
export const isParent = (outer: readonly string[], inner: readonly string[]): boolean => {
  const names = outer.at(-1) === '_layout' || outer.at(-1) === '_route' ? outer.slice(0, -1) : outer;
  return names.length <= inner.length && outer !== inner && names.every((name, i) => inner[i] === name);
};
