import { MAINTAINER, Refused, type Emulated } from './emulated.js';
import type { StandInPullRequest, StandInRepository } from './repository.js';

/** What a queue is about to merge: a pull request on top of what stands in front of it. */
export interface Group {
  pullRequest: StandInPullRequest;
  sha: string;
  ref: string;
}

/**
 * The merge queue of a repository's default branch, which the emulator lacks: it makes the commits, has them checked, and lets
 * in what passes. Which checks are required, and what they came to, is what the emulator has.
 */
export class MergeQueue {
  private readonly waiting: Group[] = [];

  constructor(
    private readonly repository: StandInRepository,
    private readonly emulated: Emulated,
  ) {}

  /** Puts a pull request at the end, and asks for the checks of the commit that it would be merged as. */
  async add(pullRequest: StandInPullRequest): Promise<Group> {
    const { number, headSha, baseRef } = pullRequest;
    const base = this.waiting.at(-1)?.sha ?? (await this.repository.tip(`refs/heads/${baseRef}`))!;
    const ref = `refs/heads/gh-readonly-queue/${baseRef}/pr-${number}-${base}`;
    const sha = await this.repository.mergeInto(ref, base, headSha, `Merge pull request #${number}`);
    const group = { pullRequest, sha, ref };
    this.waiting.push(group);
    await this.repository.tell('merge_group', {
      action: 'checks_requested',
      merge_group: { head_sha: sha, head_ref: ref, base_sha: base, base_ref: `refs/heads/${baseRef}` },
    });
    return group;
  }

  /**
   * Merges the group that stands in front where its checks let it; else it and those behind it leave the queue.
   * @throws Refused when a required check of the group has not succeeded
   */
  async merge(): Promise<string> {
    const group = this.waiting[0]!;
    const { pullRequest, sha } = group;
    const place = `/repos/${this.repository.fullName}`;
    const protection = await this.emulated.as<{ required_status_checks?: { contexts: string[] } }>(
      MAINTAINER,
      'GET',
      `${place}/branches/${pullRequest.baseRef}/protection`,
    );
    const { check_runs } = await this.emulated.as<{
      check_runs: { name: string; conclusion: string | null }[];
    }>(MAINTAINER, 'GET', `${place}/commits/${sha}/check-runs`);
    for (const context of protection.required_status_checks?.contexts ?? []) {
      // The newest counts; GitHub takes a neutral one too.
      const last = check_runs.filter(({ name }) => name === context).at(-1)?.conclusion ?? null;
      if (last === 'success' || last === 'neutral') continue;
      this.waiting.length = 0;
      throw new Refused(
        405,
        `The merge queue removed #${pullRequest.number}: ${context} is ${last ?? 'missing'}.`,
      );
    }
    this.waiting.shift();
    return this.repository.merge(pullRequest, sha);
  }
}
