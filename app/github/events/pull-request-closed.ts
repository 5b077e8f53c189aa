import type { Probot } from 'probot';
import type { Intake } from '../intake.js';

/** A pull request was merged or given up. */
export function onPullRequestClosed(probot: Probot, intake: Intake): void {
  probot.on('pull_request.closed', ({ id, payload }) => {
    const { number, merged, merge_commit_sha, base, updated_at: at } = payload.pull_request;
    // What is merged into another branch reaches the default branch through a pull request of its own.
    const promoted = merged && base.ref === payload.repository.default_branch;
    intake.accept({
      guid: id,
      event: 'pull_request.closed',
      repository: payload.repository,
      installation: payload.installation,
      job: { kind: 'close', number, mergeSha: promoted ? merge_commit_sha : null, moment: { at } },
    });
  });
}
