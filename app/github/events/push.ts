import type { Probot } from 'probot';
import type { Intake, PayloadRepository } from '../intake.js';

/** The default branch moved; pushes to other branches reach us through their pull requests. */
export function onPush(probot: Probot, intake: Intake): void {
  probot.on('push', ({ id, payload }) => {
    if (payload.deleted || payload.ref !== `refs/heads/${payload.repository.default_branch}`) return;
    intake.accept({
      guid: id,
      event: 'push',
      repository: payload.repository as PayloadRepository,
      installation: payload.installation,
      job: { kind: 'advance' },
    });
  });
}
