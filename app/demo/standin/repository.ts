import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commitIn, ENVIRONMENT, IDENTITY, type Files } from './commits.js';
import { commentableLines, type Commentable } from './diff.js';
import type { Deliveries } from './deliveries.js';
import { MAINTAINER, OUTSIDER, Refused, type Emulated, type Person } from './emulated.js';

const run = promisify(execFile);

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
  /** When something about it changed last, to the second. */
  updatedAt: string;
  /** The head that the present one took the place of. */
  before: string | null;
}

/** What a repository is made of besides git. */
export interface Surroundings {
  emulated: Emulated;
  deliveries: Deliveries;
}

/**
 * One repository of the stand-in: real git objects in a bare directory, and beside them what the emulator knows of it. What
 * people do here is done in both.
 */
export class StandInRepository {
  readonly pullRequests = new Map<number, StandInPullRequest>();
  private forked = false;

  private constructor(
    readonly id: number,
    readonly owner: string,
    readonly name: string,
    readonly installationId: number,
    readonly defaultBranch: string,
    /** The bare directory, laid out so that `git http-backend` finds it. */
    readonly gitDirectory: string,
    private readonly around: Surroundings,
  ) {}

  static async create(
    folder: string,
    about: { owner: string; name: string; installationId: number; isPrivate: boolean },
    around: Surroundings,
  ): Promise<StandInRepository> {
    const { owner, name, installationId, isPrivate } = about;
    const { id } = await around.emulated.as<{ id: number }>(MAINTAINER, 'POST', `/orgs/${owner}/repos`, {
      name,
      private: isPrivate,
      auto_init: true,
    });
    const repository = new StandInRepository(
      id,
      owner,
      name,
      installationId,
      'main',
      join(folder, owner, `${name}.git`),
      around,
    );
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository.gitDirectory]);
    await repository.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    return repository;
  }

  /** Commits files on top of `parent` (default: the default branch's tip, or nothing) and makes `ref` point there. */
  async commit(ref: string, files: Files, message: string, parent?: string): Promise<string> {
    const from = parent ?? (await this.tip(`refs/heads/${this.defaultBranch}`));
    const sha = await commitIn(this.gitDirectory, { ref, parent: from, files, message });
    if (ref.startsWith('refs/heads/')) await this.pointAt(MAINTAINER, this.fullName, ref, sha);
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
    const person = fork ? OUTSIDER : MAINTAINER;
    if (fork) await this.fork();
    else await this.git('update-ref', `refs/heads/${headRef}`, headSha);
    await this.pointAt(person, this.homeOf({ fork }), `refs/heads/${headRef}`, headSha);
    const told = this.around.deliveries.next('pull_request.opened');
    await this.around.emulated.as(person, 'POST', `/repos/${this.fullName}/pulls`, {
      title: change.title,
      head: fork ? `${OUTSIDER.login}:${headRef}` : headRef,
      base: baseRef,
    });
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
      updatedAt: now(),
      before: null,
    };
    this.pullRequests.set(number, opened);
    await told;
    return opened;
  }

  /**
   * Adds a commit to a pull request, or puts it in the place of all others (`forced`). The emulator has no idea of that but for merging the base into the head: that is
   * asked for, and what it makes up stands for the commit. It does not tell of it, so that is done here.
   */
  async push(
    pullRequest: StandInPullRequest,
    files: Files,
    message: string,
    { forced = false }: { forced?: boolean } = {},
  ): Promise<void> {
    const { number, headRef, fork, headSha: before, baseSha } = pullRequest;
    const { emulated, deliveries } = this.around;
    Object.assign(pullRequest, { before, updatedAt: now() });
    pullRequest.headSha = await this.commit(
      `refs/pull/${number}/head`,
      files,
      message,
      forced ? baseSha : before,
    );
    if (!fork) await this.git('update-ref', `refs/heads/${headRef}`, pullRequest.headSha);
    const person = fork ? OUTSIDER : MAINTAINER;
    const place = `/repos/${this.fullName}/pulls/${number}`;
    await emulated.as(person, 'PUT', `${place}/update-branch`, {});
    const { head } = await emulated.as<{ head: { sha: string } }>(person, 'GET', place);
    emulated.twins.pair(pullRequest.headSha, head.sha);
    const told = deliveries.next('pull_request.synchronize');
    const after = pullRequest.headSha;
    await this.tell('pull_request', {
      action: 'synchronize',
      number,
      before,
      after,
      pull_request: await emulated.as<object>(person, 'GET', place),
    });
    await told;
  }

  /**
   * Merges a pull request with a merge commit, as the button does, or with the one that a queue has made.
   * @throws Refused when the protection of the branch forbids it
   */
  async merge(pullRequest: StandInPullRequest, made?: string): Promise<string> {
    const { number, baseRef, headSha, title } = pullRequest;
    const { emulated, deliveries } = this.around;
    const base = (await this.tip(`refs/heads/${baseRef}`))!;
    const message = `Merge pull request #${number} from ${this.owner}/${pullRequest.headRef}\n\n${title}`;
    const sha = made ?? (await this.merged(base, headSha, message));
    const told = deliveries.next('pull_request.closed');
    await deliveries.hold(async () => {
      const path = `/repos/${this.fullName}/pulls/${number}/merge`;
      const twin = await emulated.as<{ sha: string }>(MAINTAINER, 'PUT', path, {});
      emulated.twins.pair(sha, twin.sha);
      await this.git('update-ref', `refs/heads/${baseRef}`, sha, base);
    });
    pullRequest.state = 'closed';
    pullRequest.mergeSha = sha;
    await told;
    const pushed = deliveries.next('push');
    await this.tell('push', { ref: `refs/heads/${baseRef}`, before: base, after: sha, deleted: false });
    await pushed;
    return sha;
  }

  /** Makes the commit that merging one into another would be, for a branch of its own. */
  async mergeInto(ref: string, base: string, head: string, message: string): Promise<string> {
    const sha = await this.merged(base, head, message);
    await this.git('update-ref', ref, sha);
    await this.pointAt(MAINTAINER, this.fullName, ref, sha);
    return sha;
  }

  private async merged(base: string, head: string, message: string): Promise<string> {
    const tree = await this.git('merge-tree', '--write-tree', base, head);
    return this.git('commit-tree', tree, '-p', base, '-p', head, '-m', message);
  }

  /** From now on nothing is merged into the default branch on whose head this check has not succeeded. */
  async requireCheck(name: string): Promise<void> {
    const path = `/repos/${this.fullName}/branches/${this.defaultBranch}/protection`;
    await this.around.emulated.as(MAINTAINER, 'PUT', path, {
      required_status_checks: { strict: false, contexts: [name] },
      enforce_admins: true,
      required_pull_request_reviews: null,
      restrictions: null,
    });
  }

  /** Removes a comment on a line, as a maintainer may. */
  async removeComment(id: number): Promise<void> {
    const path = `/repos/${this.fullName}/pulls/comments/${id}`;
    await this.around.emulated.as(MAINTAINER, 'DELETE', path);
  }

  /** Comments on a line of a pull request, as anybody may. */
  async comment({ number }: StandInPullRequest, body: string, path: string, line: number): Promise<void> {
    const place = `/repos/${this.fullName}/pulls/${number}/comments`;
    await this.around.emulated.as(OUTSIDER, 'POST', place, { body, path, line, side: 'RIGHT' });
  }

  /**
   * Says something in the conversation of a pull request, or in the thread of a comment on a line. The emulator does not
   * tell of it as GitHub does, so that is done here.
   */
  async say(
    { number }: StandInPullRequest,
    body: string,
    by: Person & { type?: string } = MAINTAINER,
    thread: number | null = null,
  ): Promise<number> {
    const { emulated } = this.around;
    const path = thread === null ? `issues/${number}/comments` : `pulls/${number}/comments`;
    const made = await emulated.as<{ id: number; user: object }>(
      MAINTAINER,
      'POST',
      `/repos/${this.fullName}/${path}`,
      {
        body,
        ...(thread === null ? {} : { in_reply_to_id: thread }),
      },
    );
    const user = await emulated.as<object>(MAINTAINER, 'GET', `/users/${by.login}`);
    const pull = await emulated.as<{ user: object }>(
      MAINTAINER,
      'GET',
      `/repos/${this.fullName}/pulls/${number}`,
    );
    const comment = {
      ...made,
      created_at: new Date().toISOString(),
      user: { ...user, login: by.login, type: by.type ?? 'User' },
      performed_via_github_app: null,
      ...(thread === null ? {} : { in_reply_to_id: thread }),
    };
    if (thread === null) {
      const issue = { number, user: pull.user, pull_request: { url: '' } };
      await this.tell('issue_comment', { action: 'created', comment, issue });
    } else {
      await this.tell('pull_request_review_comment', { action: 'created', comment, pull_request: pull });
    }
    return made.id;
  }

  get fullName(): string {
    return `${this.owner}/${this.name}`;
  }

  /** Lines of a pull request that GitHub takes comments on. */
  async commentable({ baseRef, headSha }: StandInPullRequest): Promise<Commentable> {
    const range = `refs/heads/${baseRef}...${headSha}`;
    return commentableLines(await this.git('diff', '--no-color', '-M', '--unified=3', range));
  }

  private homeOf({ fork }: { fork: boolean }): string {
    return fork ? `${OUTSIDER.login}/${this.name}` : this.fullName;
  }

  private async fork(): Promise<void> {
    if (this.forked) return;
    this.forked = true;
    await this.around.emulated.as(OUTSIDER, 'POST', `/repos/${this.fullName}/forks`, {});
  }

  /** Makes a branch of a repository of the emulator point to a commit. */
  private async pointAt(person: Person, repository: string, ref: string, sha: string): Promise<void> {
    const { emulated, deliveries } = this.around;
    await emulated.know(person, repository, sha);
    const place = `/repos/${repository}/git/refs`;
    const pushed = ref === `refs/heads/${this.defaultBranch}` ? deliveries.next('push') : Promise.resolve();
    try {
      await emulated.as(person, 'PATCH', `${place}/${ref.slice('refs/'.length)}`, { sha, force: true });
      await pushed;
    } catch (error) {
      if (!(error instanceof Refused && error.status === 404)) throw error;
      await emulated.as(person, 'POST', place, { ref, sha });
    }
  }

  /** Tells the App of what the emulator does not tell it. */
  async tell(event: string, about: object): Promise<void> {
    const repository = await this.around.emulated.as<object>(MAINTAINER, 'GET', `/repos/${this.fullName}`);
    const installation = { id: this.installationId };
    const sender = { login: MAINTAINER.login, type: 'User' };
    const payload = JSON.stringify({ ...about, repository, installation, sender });
    await this.around.deliveries.deliver(event, payload, (text) => text);
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
}

/** Now, as GitHub says it: to the second. */
export const now = (): string => new Date().toISOString().replace(/\.\d+/, '');

async function git(args: readonly string[]): Promise<string> {
  const { name, email } = IDENTITY;
  const identity = {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
  const env = { ...process.env, ...identity, ...ENVIRONMENT };
  const { stdout } = await run('git', ['-c', 'commit.gpgSign=false', ...args], { env });
  return stdout.trim();
}
