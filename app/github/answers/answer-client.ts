import type { ProbotOctokit } from 'probot';
import type { RepositoryRecord } from '../../../store/repository-records.js';
import type { ShownTraces } from '../jobs.js';

type Octokit = InstanceType<typeof ProbotOctokit>;

/** Where a comment stands: in the conversation of a pull request, or on a line of it. */
export interface CommentPlace {
  id: number;
  on: 'conversation' | 'line';
}

/** A pull request as it is now. */
export interface CurrentPullRequest {
  open: boolean;
  /** The commit that it was merged as. */
  mergeSha: string | null;
  headSha: string;
  baseRef: string;
  author: { login: string; id: number | null };
  shown: ShownTraces;
}

export interface Reply {
  /** Nobody sees it: what this answers. */
  mark: string;
  body: string;
  /** The comment that it answers, or the one that begins its thread. */
  to: CommentPlace | null;
  /** When that was asked: nothing that is older can be its answer. */
  since: string;
}

const PAGE = 100;

/** Reads who somebody is, and answers comments, on the pull requests of one repository. */
export class AnswerClient {
  constructor(
    private readonly octokit: Octokit,
    private readonly repository: RepositoryRecord,
    /** The name that the App writes under. */
    private readonly login: () => Promise<string>,
  ) {}

  async pullRequest(number: number): Promise<CurrentPullRequest> {
    const { data } = await this.octokit.rest.pulls.get({ ...this.place, pull_number: number });
    const author = { login: data.user?.login ?? '', id: data.user?.id ?? null };
    return {
      open: data.state === 'open',
      mergeSha: data.merged ? data.merge_commit_sha : null,
      headSha: data.head.sha,
      baseRef: data.base.ref,
      author,
      shown: { author, branch: data.head.ref, body: data.body ?? '' },
    };
  }

  /** What somebody may do in the repository: `admin`, `maintain`, `write`, `triage`, `read`, `none`, or the name of a role. */
  async roleOf(username: string): Promise<{ role: string; permission: string }> {
    try {
      const { data } = await this.octokit.rest.repos.getCollaboratorPermissionLevel({
        ...this.place,
        username,
      });
      return { role: data.role_name ?? data.permission, permission: data.permission };
    } catch (error) {
      if ((error as { status?: number }).status === 404) return { role: 'none', permission: 'none' };
      throw error;
    }
  }

  /** Whether somebody is in a team; null where the installation may not see that. */
  async isMember(org: string, team: string, username: string): Promise<boolean | null> {
    const { permissions } = (await this.octokit.auth({ type: 'installation' })) as {
      permissions?: Record<string, string>;
    };
    if (!permissions?.['members']) return null;
    try {
      const { data } = await this.octokit.rest.teams.getMembershipForUserInOrg({
        org,
        team_slug: team,
        username,
      });
      return data.state === 'active';
    } catch (error) {
      const { status } = error as { status?: number };
      if (status === 404) return false;
      if (status === 403) return null;
      throw error;
    }
  }

  /** Reacts to a comment; GitHub keeps one of each kind, however often it is asked. A comment that is gone needs none. */
  async react({ id, on }: CommentPlace, content: '+1' | 'confused'): Promise<void> {
    const about = { ...this.place, comment_id: id, content };
    try {
      if (on === 'line') await this.octokit.rest.reactions.createForPullRequestReviewComment(about);
      else await this.octokit.rest.reactions.createForIssueComment(about);
    } catch (error) {
      if ((error as { status?: number }).status !== 404) throw error;
    }
  }

  /**
   * Says something on a pull request, in the thread of a line where the comment stands in one. What was said before for the
   * same reason (`mark`, which nobody sees) is not said again: the process may have ended between saying and recording.
   */
  async reply(number: number, { mark, body, to, since }: Reply): Promise<void> {
    const marked = `<!-- postern:answer=${mark} -->\n${body}`;
    if (await this.isSaid(number, { mark, to, since })) return;
    // Not repeated blindly; the job's own retry looks first.
    const once = { ...this.place, body: marked, request: { retries: 0 } };
    try {
      if (to?.on === 'line')
        await this.octokit.rest.pulls.createReplyForReviewComment({
          ...once,
          pull_number: number,
          comment_id: to.id,
        });
      else await this.octokit.rest.issues.createComment({ ...once, issue_number: number });
    } catch (error) {
      if ((error as { status?: number }).status !== 404) throw error;
    }
  }

  private async isSaid(number: number, { mark, to, since }: Omit<Reply, 'body'>): Promise<boolean> {
    const login = await this.login();
    const comments =
      to?.on === 'line'
        ? await this.octokit.paginate(this.octokit.rest.pulls.listReviewComments, {
            ...this.place,
            pull_number: number,
            since,
            per_page: PAGE,
          })
        : await this.octokit.paginate(this.octokit.rest.issues.listComments, {
            ...this.place,
            issue_number: number,
            since,
            per_page: PAGE,
          });
    const start = `<!-- postern:answer=${mark} -->`;
    return comments.some(({ user, body }) => user?.login === login && body?.startsWith(start));
  }

  private get place(): { owner: string; repo: string } {
    return { owner: this.repository.owner, repo: this.repository.name };
  }
}
