import type { Probot } from 'probot';
import type { Intake } from '../intake.js';

/** A person asked for all checks of a commit again. */
export function onCheckSuiteRerequested(probot: Probot, intake: Intake): void {
  probot.on('check_suite.rerequested', ({ id, payload }) => {
    const { repository, installation, check_suite } = payload;
    intake.again(
      { guid: id, event: 'check_suite.rerequested', repository, installation },
      check_suite.head_sha,
    );
  });
}
