import { isRecord, stringsOf } from './manifests.js';
import { ancestors, join, type Project } from './project.js';

/** A module of a registry, by the address from which Deno loads it, as the package that it is elsewhere. */
export function packageOfAddress(specifier: string): string | null {
  const match =
    /^https:\/\/(?:deno\.land\/x|(?:cdn\.)?(?:esm\.sh|skypack\.dev|unpkg\.com|jsdelivr\.net\/npm|jspm\.io))\/(?:(?:v\d+|stable|pin)\/)?(@?[^?#]+)/.exec(
      specifier,
    );
  // Without a package there is only a file.
  if (match && /^(?:@[^/]+\/)?[^/]+\.[cm]?[jt]sx?$/.test(match[1]!)) return null;
  if (match) return match[1]!.replace(/\/mod\.[jt]s$/, '');
  // The standard library, before it was published as packages.
  const std = /^https:\/\/deno\.land\/std(?:@[^/]+)?\/([^?#/]+)(\/[^?#]+)?/.exec(specifier);
  if (std) return `@std/${std[1]}${std[2]?.replace(/\/mod\.[jt]s$/, '') ?? ''}`;
  return null;
}
/** What the import map of the nearest `deno.json` says. https://docs.deno.com/runtime/fundamentals/modules/ */
export function mappedImport(
  project: Project,
  directory: string,
  specifier: string,
): { path: string } | { specifier: string } | null {
  for (const at of ancestors(directory)) {
    for (const name of ['deno.json', 'deno.jsonc', 'import_map.json']) {
      const file = join(at, name);
      const imports = file === null ? null : project.json(file)?.['imports'];
      if (!isRecord(imports)) continue;
      const known = Object.entries(stringsOf(imports));
      const [key, target] =
        known.find(([k]) => k === specifier) ??
        known
          .filter(([k]) => k.endsWith('/') && specifier.startsWith(k))
          .sort(([a], [b]) => b.length - a.length)[0] ??
        [];
      if (key === undefined || target === undefined) continue;
      const whole = target + specifier.slice(key.length);
      if (!/^\.{0,2}\//.test(target)) return whole === specifier ? null : { specifier: whole };
      const path = join(at, whole.replace(/^\/+/, ''));
      return path === null ? null : { path };
    }
  }
  return null;
}
