import { readFileSync } from 'node:fs';

/** Postern's own version; package.json lies one folder further up for the built program than for its sources. */
export function packageVersion(): string {
  for (const place of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'postern' && manifest.version) return manifest.version;
    } catch {
      continue;
    }
  }
  return '0.0.0';
}
