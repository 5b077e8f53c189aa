import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ObjectFormat } from './object-id.js';

/**
 * An empty bare repository in a temporary folder that borrows the objects of the one being read. Reading objects
 * through it leaves that repository's configuration out (filters, merge drivers, and the promisor remote, without
 * which an object that a partial clone lacks is simply missing), and what a trial merge writes lands here: the
 * repository itself may be read-only, and never collects garbage of ours.
 */
export class ShadowRepository {
  private folder: string | null = null;
  private readonly discard = (): void => this.remove();

  constructor(private readonly origin: { objects: string; shallow: string; format: ObjectFormat }) {}

  /** Its git directory; made by the first call. */
  get directory(): string {
    return (this.folder ??= this.create());
  }

  remove(): void {
    if (!this.folder) return;
    rmSync(this.folder, { recursive: true, force: true });
    this.folder = null;
    process.removeListener('exit', this.discard);
  }

  private create(): string {
    removeLeftovers();
    const folder = mkdtempSync(path.join(tmpdir(), `postern-${process.pid}-`));
    process.once('exit', this.discard);
    mkdirSync(path.join(folder, 'objects/info'), { recursive: true });
    mkdirSync(path.join(folder, 'refs'));
    writeFileSync(path.join(folder, 'HEAD'), 'ref: refs/heads/none\n');
    const format =
      this.origin.format === 'sha1' ? '' : `[extensions]\n\tobjectFormat = ${this.origin.format}\n`;
    const version = this.origin.format === 'sha1' ? 0 : 1;
    writeFileSync(
      path.join(folder, 'config'),
      `[core]\n\trepositoryFormatVersion = ${version}\n\tbare = true\n${format}`,
    );
    // Quoted, a path may begin with `#` and contain anything.
    writeFileSync(path.join(folder, 'objects/info/alternates'), `${JSON.stringify(this.origin.objects)}\n`);
    // Where history was cut off, so that looking for a merge base stops there as well.
    if (existsSync(this.origin.shallow)) copyFileSync(this.origin.shallow, path.join(folder, 'shallow'));
    return folder;
  }
}

/**
 * Folders of processes that a signal ended. A signal is not handled: while code is evaluated nothing else runs in the
 * process, so that a handler would only keep it from ending.
 */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^postern-(\d+)-\w{6}$/.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    try {
      rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Somebody else's: theirs to remove.
    }
  }
}
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user: it is there, and not ours to ask.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
