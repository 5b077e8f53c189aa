import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError } from '../git/errors.js';
import { runGit } from '../git/process.js';
import { fetchable } from '../git/ref.js';
import { fetchFrom, struck } from '../git/transport.js';

/** Fetching failed; the object database is as it was before. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  constructor(
    message: string,
    /** The remote answered and lacks what was asked for: trying again will not help. */
    readonly lacking: boolean,
  ) {
    super(message);
  }
}

export interface FetchOptions {
  /** Refs of the remote, e.g. `refs/heads/main`; each is kept under its own name. */
  refs: readonly string[];
  /** Where to fetch from; holds no credentials. */
  url: string;
  /** An installation token with `contents: read`. */
  token: string;
  signal?: AbortSignal;
}

/** A bare copy of one repository's objects, kept between pull requests so that a fetch transfers only what is new. */
export class Mirror {
  private constructor(readonly gitDirectory: string) {}

  /** Opens the mirror in `folder`, creating an empty one where there is none. */
  static async open(folder: string, repositoryId: number): Promise<Mirror> {
    // It becomes a path; what a payload says is only as good as the secret that it was signed with.
    if (!Number.isSafeInteger(repositoryId) || repositoryId < 0)
      throw new TypeError(`${JSON.stringify(repositoryId)} is not the id of a repository`);
    const gitDirectory = join(folder, `${repositoryId}.git`);
    if (!existsSync(gitDirectory)) {
      await mkdir(folder, { recursive: true });
      // A process killed in between must not leave half a repository under the final name.
      const begun = `${gitDirectory}.${process.pid}.new`;
      await rm(begun, { recursive: true, force: true });
      await runGit(['init', '--quiet', '--bare', '--template=', begun]);
      await rename(begun, gitDirectory).catch(async (error: unknown) => {
        await rm(begun, { recursive: true, force: true });
        if (!existsSync(gitDirectory)) throw error;
      });
    }
    return new Mirror(gitDirectory);
  }

  /** Removes the mirror of a repository, if there is one. */
  static async remove(folder: string, repositoryId: number): Promise<void> {
    await rm(join(folder, `${repositoryId}.git`), { recursive: true, force: true });
  }

  /**
   * Brings refs up to date. The token goes to git by environment alone: arguments can be read by every process of
   * the machine, and URLs end up in logs and messages.
   * @throws FetchError when the remote cannot be reached, refuses, or lacks a ref
   */
  async fetch({ refs, url, token, signal }: FetchOptions): Promise<void> {
    const odd = refs.find((ref) => !fetchable(ref));
    if (odd !== undefined)
      throw new FetchError(`${JSON.stringify(odd)} is no ref that could be fetched`, true);
    try {
      const what = refs.map((ref) => `+${ref}:${ref}`);
      await fetchFrom(['--git-dir', this.gitDirectory], { url, token, what, signal });
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      // It is shown to everybody who sees the pull request.
      const reason = struck(error.message, token);
      throw new FetchError(
        `could not fetch ${refs.join(', ')} from ${url}: ${reason}`,
        /couldn't find remote ref/.test(error.stderr),
      );
    }
  }

  /** Forgets a ref, so that what only it holds can be collected one day. */
  async forget(ref: string): Promise<void> {
    await runGit(['--git-dir', this.gitDirectory, 'update-ref', '-d', ref]);
  }

  /** Packs what many fetches have left, when it has become much. Nothing else may use the mirror meanwhile. */
  async tidy(): Promise<void> {
    const limits = ['-c', 'gc.auto=6700', '-c', 'gc.autoPackLimit=50', '-c', 'gc.autoDetach=false'];
    await runGit([...limits, '--git-dir', this.gitDirectory, 'gc', '--auto', '--quiet']);
  }
}
