import { Octokit } from '@octokit/rest';
import { keep } from '../../bounded-map.js';
import { fingerprint } from '../../secrets.js';

/** How long an answer counts: who lost access to a repository sees it no longer than this. */
const KEPT_MS = 60_000;
/** A stream of questions about other names must not fill the memory. */
const MOST_KEPT = 10_000;
const TIMEOUT_MS = 10_000;

/** GitHub knows the token no more: it was revoked, has expired, or never was one. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  constructor() {
    super('GitHub does not accept this token');
  }
}
/** GitHub did not say: nothing is shown without its answer. */
export class GitHubUnavailable extends Error {
  override readonly name = 'GitHubUnavailable';
  constructor(options?: { cause: unknown }) {
    super('GitHub does not answer at the moment', options);
  }
}

/** Asks GitHub, as a person, what that person may read. */
export class ReaderAccess {
  private readonly answers = new Map<string, { until: number; answer: Promise<number | null> }>();

  constructor(
    private readonly apiUrl: string,
    private readonly by: typeof fetch,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * GitHub's id of a repository that a token may read the code of; null where it may not, or where there is none: GitHub
   * tells neither from the other, and neither do we. Being allowed to know of a repository is not enough, since what is shown
   * was read from its code.
   *
   * @throws TokenRefused, GitHubUnavailable
   */
  repository(token: string, owner: string, name: string): Promise<number | null> {
    const key = [fingerprint(token), owner.toLowerCase(), name.toLowerCase()].join('/');
    const known = this.answers.get(key);
    if (known && known.until > this.now()) return known.answer;
    const answer = this.ask(token, owner, name);
    keep(this.answers, key, { until: this.now() + KEPT_MS, answer }, MOST_KEPT);
    // What went wrong is asked again by the next who wants to know.
    answer.catch(() => this.answers.delete(key));
    return answer;
  }

  /** The name of whose token it is. @throws TokenRefused, GitHubUnavailable */
  async login(token: string): Promise<string> {
    const { data } = await this.client(token).rest.users.getAuthenticated().catch(passed);
    return data.login;
  }

  private async ask(token: string, owner: string, name: string): Promise<number | null> {
    const octokit = this.client(token);
    try {
      const { data } = await octokit.rest.repos.get({ owner, repo: name });
      await octokit.rest.git.getRef({ owner, repo: name, ref: `heads/${data.default_branch}` });
      return data.id;
    } catch (error) {
      return isDenied(error) ? null : passed(error);
    }
  }

  private client(token: string): Octokit {
    const { apiUrl: baseUrl, by } = this;
    const timed: typeof fetch = (input, init) =>
      by(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return new Octokit({ baseUrl, auth: token, request: { fetch: timed }, log: SILENT });
  }
}

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface Failure {
  status?: number;
  response?: { headers?: Record<string, string | undefined> };
}
/** Not to be seen: also a repository without a commit, an organisation that wants another sign-in, one that was taken down. */
function isDenied(error: unknown): boolean {
  const { status, response } = error as Failure;
  if (status === 403)
    return response?.headers?.['x-ratelimit-remaining'] !== '0' && !response?.headers?.['retry-after'];
  return status === 404 || status === 409 || status === 451;
}
function passed(error: unknown): never {
  if ((error as Failure).status === 401) throw new TokenRefused();
  throw new GitHubUnavailable({ cause: error });
}
