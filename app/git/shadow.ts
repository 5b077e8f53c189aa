import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-'));
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
