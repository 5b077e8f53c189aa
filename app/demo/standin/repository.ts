import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const IDENTITY = { name: 'Robin Tester', email: 'robin@example.test' };

/** Contents by path; null removes the file. */
export type Files = Record<string, string | null>;

export interface StandInPullRequest {
  number: number;
  title: string;
  baseRef: string;
  baseSha: string;
  headRef: string;
  headSha: string;
  /** The head lives in another repository, as far as payloads tell. */
  fork: boolean;
  state: 'open' | 'closed';
  mergeSha: string | null;
}

/** One repository of the stand-in: real git objects in a bare directory, and the pull requests on them. */
export class StandInRepository {
  readonly pullRequests = new Map<number, StandInPullRequest>();
  private readonly workTree: string;

  private constructor(
    readonly id: number,
    readonly owner: string,
    readonly name: string,
    readonly installationId: number,
    readonly defaultBranch: string,
    /** The bare directory, laid out so that `git http-backend` finds it. */
    readonly gitDirectory: string,
  ) {
    this.workTree = `${gitDirectory}.work`;
  }

  static async create(
    folder: string,
    { id, owner, name, installationId }: { id: number; owner: string; name: string; installationId: number },
  ): Promise<StandInRepository> {
    const repository = new StandInRepository(
      id,
      owner,
      name,
      installationId,
      'main',
      join(folder, owner, `${name}.git`),
    );
    await mkdir(repository.workTree, { recursive: true });
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository.gitDirectory]);
    await repository.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    await run('git', ['init', '--quiet', '--initial-branch=main', repository.workTree]);
    return repository;
  }

  /** Commits files on top of `parent` (default: the default branch's tip, or nothing) and makes `ref` point there. */
  async commit(ref: string, files: Files, message: string, parent?: string): Promise<string> {
    const from = parent ?? (await this.tip(`refs/heads/${this.defaultBranch}`));
    if (from !== null) {
      await this.inWorkTree('fetch', '--quiet', this.gitDirectory, from);
      await this.inWorkTree('checkout', '--quiet', '--force', '--detach', from);
    }
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.workTree, path);
      if (text === null) {
        await rm(file, { force: true });
        continue;
      }
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    await this.inWorkTree('add', '--all');
    await this.inWorkTree('commit', '--quiet', '--allow-empty', '--message', message);
    const sha = await this.inWorkTree('rev-parse', 'HEAD');
    await this.inWorkTree('push', '--quiet', '--force', this.gitDirectory, `HEAD:${ref}`);
    return sha;
  }

  /** Opens a pull request whose head is a commit of `files` on the base branch. */
  async openPullRequest(change: {
    title: string;
    files: Files;
    baseRef?: string;
    fork?: boolean;
  }): Promise<StandInPullRequest> {
    const number = this.pullRequests.size + 1;
    const baseRef = change.baseRef ?? this.defaultBranch;
    const baseSha = (await this.tip(`refs/heads/${baseRef}`))!;
    const fork = change.fork ?? false;
    const headSha = await this.commit(`refs/pull/${number}/head`, change.files, change.title, baseSha);
    const headRef = `change-${number}`;
    if (!fork) await this.git('update-ref', `refs/heads/${headRef}`, headSha);
    const state = 'open' as const;
    const opened: StandInPullRequest = {
      number,
      title: change.title,
      baseRef,
      baseSha,
      headRef,
      headSha,
      fork,
      state,
      mergeSha: null,
    };
    this.pullRequests.set(number, opened);
    return opened;
  }

  /** Adds a commit to a pull request. */
  async push(pullRequest: StandInPullRequest, files: Files, message: string): Promise<void> {
    const { number, headRef, fork } = pullRequest;
    pullRequest.headSha = await this.commit(`refs/pull/${number}/head`, files, message, pullRequest.headSha);
    if (!fork) await this.git('update-ref', `refs/heads/${headRef}`, pullRequest.headSha);
  }

  /** Merges a pull request with a merge commit, as the button does. */
  async merge(pullRequest: StandInPullRequest): Promise<string> {
    const { number, baseRef, headSha, title } = pullRequest;
    const base = (await this.tip(`refs/heads/${baseRef}`))!;
    const tree = await this.git('merge-tree', '--write-tree', base, headSha);
    const message = `Merge pull request #${number} from ${this.owner}/${pullRequest.headRef}\n\n${title}`;
    const sha = await this.git('commit-tree', tree, '-p', base, '-p', headSha, '-m', message);
    await this.git('update-ref', `refs/heads/${baseRef}`, sha, base);
    pullRequest.state = 'closed';
    pullRequest.mergeSha = sha;
    return sha;
  }

  /** The commit that a ref points to, or null. */
  async tip(ref: string): Promise<string | null> {
    return this.git('rev-parse', '--verify', '--quiet', ref).catch(() => null);
  }

  /** The text of a file in a commit, or null when it is not there. */
  async read(sha: string, path: string): Promise<string | null> {
    return this.git('cat-file', 'blob', `${sha}:${path}`).catch(() => null);
  }

  /** True when the repository has a commit of this id. */
  async has(sha: string): Promise<boolean> {
    return this.git('cat-file', '-e', `${sha}^{commit}`).then(
      () => true,
      () => false,
    );
  }

  private git(...args: string[]): Promise<string> {
    return git(['--git-dir', this.gitDirectory, ...args]);
  }

  private inWorkTree(...args: string[]): Promise<string> {
    return git(['-C', this.workTree, ...args]);
  }
}

async function git(args: readonly string[]): Promise<string> {
  const { name, email } = IDENTITY;
  const identity = {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
  const env = { ...process.env, ...identity, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const { stdout } = await run('git', ['-c', 'commit.gpgSign=false', ...args], { env });
  return stdout.trim();
}
