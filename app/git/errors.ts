/** A git command did not do what was asked. The message names the command, and ends in git's own last words. */
export class GitError extends Error {
  override readonly name: string = 'GitError';
  constructor(
    message: string,
    /** Exit status; null when git was killed or could not be started. */
    readonly status: number | null = null,
    readonly stderr: string = '',
  ) {
    super(message);
  }
}

/** The folder given is neither inside a work tree nor a git directory. */
export class NotARepositoryError extends GitError {
  override readonly name = 'NotARepositoryError';
}

/** A revision that names no commit of this repository. */
export class UnknownRevisionError extends GitError {
  override readonly name = 'UnknownRevisionError';
}

/** Git's last non-empty line on stderr, which is where it says what went wrong. */
export function lastLine(stderr: string): string {
  const line = stderr.trimEnd().split('\n').pop() ?? '';
  return line.replace(/^(?:fatal|error): /, '').trim();
}
