import type { Probot } from 'probot';
import type { Intake } from '../intake.js';

/** A person asked for this check again, with the button that GitHub shows on it. */
export function onCheckRunRerequested(probot: Probot, intake: Intake): void {
  probot.on('check_run.rerequested', ({ id, payload }) => {
    const { repository, installation, check_run } = payload;
    // By head, not by the payload's list of pull requests: for forks that list is empty.
    intake.again({ guid: id, event: 'check_run.rerequested', repository, installation }, check_run.head_sha);
  });
}
