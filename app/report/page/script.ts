import { readFileSync } from 'node:fs';

/** Modules of the page's script, each after those that it imports. */
const MODULES = ['elements', 'findings', 'since', 'matrix', 'filters', 'timeline', 'main'];

/** What runs in the page, as it was compiled into `folder`: one text, since a page without network cannot load modules. */
export function pageScript(folder = new URL('browser/', import.meta.url)): string {
  return MODULES.map((name) => joinable(readFileSync(new URL(`${name}.js`, folder), 'utf8'))).join('');
}

/** A compiled module whose names stand beside those of the others. */
function joinable(module: string): string {
  return module.replace(/^import [^;]*;\n/gm, '').replace(/^export (?=(?:async )?(?:const|function) )/gm, '');
}
