import type { Probot } from 'probot';
import type { Intake } from '../intake.js';

const BRANCH = 'refs/heads/';

/** A merge queue waits for the checks of what it is about to merge. */
export function onMergeGroup(probot: Probot, intake: Intake): void {
  probot.on('merge_group.checks_requested', ({ id, payload }) => {
    const { repository, installation, merge_group } = payload;
    const { head_sha, head_ref, base_sha, base_ref } = merge_group;
    if (!repository || !head_ref.startsWith(BRANCH) || !base_ref.startsWith(BRANCH)) return;
    // GitHub names it itself: `gh-readonly-queue/main/pr-104-929f82…`.
    const number = /\/pr-(\d{1,15})-[0-9a-f]+$/.exec(head_ref)?.[1];
    intake.accept({
      guid: id,
      event: 'merge_group.checks_requested',
      repository,
      installation,
      job: {
        kind: 'group',
        pr: number === undefined ? null : Number(number),
        headSha: head_sha,
        headRef: head_ref,
        baseSha: base_sha,
        baseRef: base_ref.slice(BRANCH.length),
      },
    });
  });
}
