import { splitNul } from './path.js';

export interface Commit {
  sha: string;
  parents: string[];
  subject: string;
  /** The day on which it was committed, as 2027-01-31. */
  date: string;
  /** Number of the pull request that the commit merged or squashed, as its subject says, else null. */
  pullRequest: number | null;
}

export interface Authored {
  author: { name: string; email: string };
  committer: { name: string; email: string };
  message: string;
}

export const AUTHOR_FORMAT = '%an%x00%ae%x00%cn%x00%ce%x00%B%x00';

/** Reads the output of `git rev-list --no-commit-header --format=AUTHOR_FORMAT`. */
export function parseAuthored(output: Buffer): Authored[] {
  const fields = [...splitNul(output)].map((field) => field.toString('utf8'));
  const commits: Authored[] = [];
  // As below, a newline ends each record.
  for (let at = 0; at + 4 < fields.length; at += 5) {
    const [name, email, committer, address, message] = fields.slice(at, at + 5) as [
      string,
      string,
      string,
      string,
      string,
    ];
    commits.push({
      author: { name: name.replace(/^\n/, ''), email },
      committer: { name: committer, email: address },
      message,
    });
  }
  return commits;
}

export const COMMIT_FORMAT = '%H%x00%P%x00%s%x00%cs%x00';

/** Reads the output of `git rev-list --no-commit-header --format=COMMIT_FORMAT`. */
export function parseCommits(output: Buffer): Commit[] {
  const fields = [...splitNul(output)].map((field) => field.toString('utf8'));
  const commits: Commit[] = [];
  // rev-list ends each record with a newline, which lands in front of the next record's first field.
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const subject = fields[at + 2]!;
    commits.push({
      sha: fields[at]!.trim(),
      parents: fields[at + 1]!.split(' ').filter(Boolean),
      subject,
      date: fields[at + 3]!,
      pullRequest: pullRequestNumber(subject),
    });
  }
  return commits;
}

/** GitHub's merge commits, its squash and rebase titles, and Bitbucket's merge commits. */
export function pullRequestNumber(subject: string): number | null {
  const found =
    /^Merge pull request #(\d+)\b/.exec(subject) ?? /\((?:pull request )?#(\d+)\)\s*$/.exec(subject);
  return found ? Number(found[1]) : null;
}
