import type { ProbotOctokit } from 'probot';
import type { RepositoryRecord } from '../../store/repository-records.js';

type Octokit = InstanceType<typeof ProbotOctokit>;

/** A comment on a line of a pull request. */
export interface Comment {
  id: number;
  body: string;
}
export interface NewComment {
  path: string;
  line: number;
  body: string;
}
export interface NewReview {
  commit: string;
  body: string;
  comments: readonly NewComment[];
}

const PAGE = 100;
/** Threads that are looked through for those to resolve; newest first. */
const THREAD_PAGES = 5;
const THREADS = `query ($owner: String!, $name: String!, $number: Int!, $before: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(last: ${PAGE}, before: $before) {
        pageInfo { hasPreviousPage startCursor }
        nodes { id isResolved comments(first: 1) { nodes { databaseId } } }
      }
    }
  }
}`;
const RESOLVE = 'mutation ($id: ID!) { resolveReviewThread(input: { threadId: $id }) { thread { id } } }';
const UNRESOLVE = 'mutation ($id: ID!) { unresolveReviewThread(input: { threadId: $id }) { thread { id } } }';

interface Thread {
  id: string;
  isResolved: boolean;
  comments: { nodes: { databaseId: number }[] };
}
interface Threads {
  repository: {
    pullRequest: {
      reviewThreads: {
        pageInfo: { hasPreviousPage: boolean; startCursor: string | null };
        nodes: Thread[];
      };
    } | null;
  } | null;
}

/** Reads and writes what the App says on the lines of the pull requests of one repository. */
export class ReviewClient {
  constructor(
    private readonly octokit: Octokit,
    private readonly repository: RepositoryRecord,
    /** The name that the App writes under. */
    private readonly login: () => Promise<string>,
  ) {}

  /** The comments of the App itself on a pull request, oldest first; answers to others are none. */
  async own(number: number): Promise<Comment[]> {
    const login = await this.login();
    const comments = await this.octokit.paginate(this.octokit.rest.pulls.listReviewComments, {
      ...this.place,
      pull_number: number,
      per_page: PAGE,
    });
    return comments
      .filter(({ user, in_reply_to_id }) => user?.login === login && user.type === 'Bot' && !in_reply_to_id)
      .map(({ id, body }) => ({ id, body }));
  }

  /**
   * Posts a review that neither approves nor asks for changes, in one request: the check run is what blocks.
   * @returns its id
   */
  async post(number: number, { commit, body, comments }: NewReview): Promise<number> {
    const { data } = await this.octokit.rest.pulls.createReview({
      ...this.place,
      pull_number: number,
      commit_id: commit,
      event: 'COMMENT',
      body,
      comments: comments.map((comment) => ({ ...comment, side: 'RIGHT' })),
      // Not repeated blindly: an answer that is lost would leave two. The job's own retry looks first.
      request: { retries: 0 },
    });
    return data.id;
  }

  /** The comments that a review brought. */
  async commentsOf(number: number, reviewId: number): Promise<Comment[]> {
    const comments = await this.octokit.paginate(this.octokit.rest.pulls.listCommentsForReview, {
      ...this.place,
      pull_number: number,
      review_id: reviewId,
      per_page: PAGE,
    });
    return comments.map(({ id, body }) => ({ id, body }));
  }

  async edit(id: number, body: string): Promise<void> {
    await this.octokit.rest.pulls.updateReviewComment({ ...this.place, comment_id: id, body });
  }

  /**
   * Whether threads can be resolved: GitHub asks for `contents: write` to do it, which the App does not ask for. An
   * installation may have given it all the same.
   */
  async mayResolve(): Promise<boolean> {
    const { permissions } = (await this.octokit.auth({ type: 'installation' })) as {
      permissions?: Record<string, string>;
    };
    return permissions?.['contents'] === 'write';
  }

  /** Resolves the threads that some comments begin, or opens them again. What GitHub refuses is left as it is. */
  async resolve(number: number, comments: ReadonlySet<number>, resolved: boolean): Promise<void> {
    try {
      for (const thread of await this.threads(number)) {
        const [first] = thread.comments.nodes;
        if (!first || !comments.has(first.databaseId) || thread.isResolved === resolved) continue;
        await this.octokit.graphql(resolved ? RESOLVE : UNRESOLVE, { id: thread.id });
      }
    } catch (error) {
      // The comment says it already; that a thread stays as it is, is nothing to fail for.
      if ((error as Error).name !== 'GraphqlResponseError') throw error;
      this.octokit.log.warn(
        `could not resolve threads of pull request ${number}: ${(error as Error).message}`,
      );
    }
  }

  private async threads(number: number): Promise<Thread[]> {
    const found: Thread[] = [];
    let before: string | null = null;
    for (let page = 0; page < THREAD_PAGES; page++) {
      const { owner, repo: name } = this.place;
      const answer: Threads = await this.octokit.graphql<Threads>(THREADS, { owner, name, number, before });
      const threads = answer.repository?.pullRequest?.reviewThreads;
      found.push(...(threads?.nodes ?? []));
      if (!threads?.pageInfo.hasPreviousPage) break;
      before = threads.pageInfo.startCursor;
    }
    return found;
  }

  private get place(): { owner: string; repo: string } {
    return { owner: this.repository.owner, repo: this.repository.name };
  }
}
