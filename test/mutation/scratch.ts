import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runGit } from '../../app/git/process.js';

const IDENTITY = {
  GIT_AUTHOR_NAME: 'mutation',
  GIT_AUTHOR_EMAIL: 'mutation@example.invalid',
  GIT_AUTHOR_DATE: '2020-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'mutation',
  GIT_COMMITTER_EMAIL: 'mutation@example.invalid',
  GIT_COMMITTER_DATE: '2020-01-01T00:00:00Z',
};

/** A bare repository of its own that borrows the objects of another: mutants are written here, and nowhere else. */
export class Scratch {
  private constructor(
    readonly folder: string,
    private readonly base: string,
    private readonly index: string,
  ) {}

  static async of(gitDirectory: string, base: string): Promise<Scratch> {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-mutation-'));
    await runGit(['init', '--quiet', '--bare', folder]);
    const objects = await runGit([
      '--git-dir',
      gitDirectory,
      'rev-parse',
      '--path-format=absolute',
      '--git-path',
      'objects',
    ]);
    mkdirSync(path.join(folder, 'objects/info'), { recursive: true });
    appendFileSync(
      path.join(folder, 'objects/info/alternates'),
      `${objects.stdout.toString('utf8').trim()}\n`,
    );
    // The base's history is not needed, and may have been cut off.
    writeFileSync(path.join(folder, 'shallow'), `${base}\n`);
    return new Scratch(folder, base, path.join(folder, 'mutant.index'));
  }

  /** A commit on the base in which these files have other texts; null removes one. */
  async commit(texts: ReadonlyMap<string, string | null>, message: string): Promise<string> {
    await this.git(['read-tree', this.base]);
    const entries: string[] = [];
    for (const [file, text] of texts) {
      const id = text === null ? null : await this.git(['hash-object', '-w', '--stdin'], text);
      entries.push(id === null ? `0 ${'0'.repeat(this.base.length)}\t${file}\0` : `100644 ${id}\t${file}\0`);
    }
    await this.git(['update-index', '-z', '--index-info'], entries.join(''));
    const tree = await this.git(['write-tree', '--missing-ok']);
    return this.git(['commit-tree', tree, '-p', this.base, '-m', message]);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async git(args: readonly string[], input?: string): Promise<string> {
    const env = { ...IDENTITY, GIT_INDEX_FILE: this.index };
    const { stdout } = await runGit(['--git-dir', this.folder, ...args], { env, input });
    return stdout.toString('utf8').trim();
  }
}
