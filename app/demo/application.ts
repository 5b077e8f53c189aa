import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Files } from './standin/commits.js';

/** Steps of the demonstration's application, each the files that it adds or replaces. */
export type Step = '0-base' | '1-lending' | '2-live' | '2-live-guarded' | '3-overdue' | '4-extend';

/** The files of one step. @throws when the sources of the demonstration are not there */
export async function filesOf(step: Step): Promise<Files> {
  const folder = join(applicationFolder(), step);
  const files: Files = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[
      path
        .slice(folder.length + 1)
        .split(sep)
        .join('/')
    ] = await readFile(path, 'utf8');
  }
  return files;
}

/** The application is read where it is written: it is no part of the build. */
function applicationFolder(): string {
  for (
    let folder = dirname(fileURLToPath(import.meta.url));
    folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    const candidate = join(folder, 'app', 'demo', 'application');
    if (existsSync(candidate)) return candidate;
  }
  throw new Error(
    "app/demo/application is missing: run the demonstration from a checkout of the project's repository",
  );
}
