import type { Probot } from 'probot';
import type { Intake } from '../intake.js';

/** A pull request has a head to judge: it was opened or reopened, got commits, or now aims at another branch. */
export function onPullRequestUpdated(probot: Probot, intake: Intake): void {
  probot.on(
    [
      'pull_request.opened',
      'pull_request.synchronize',
      'pull_request.reopened',
      'pull_request.edited',
      // A draft is judged like any other; its base may have moved since.
      'pull_request.ready_for_review',
      'pull_request.converted_to_draft',
    ],
    ({ id, payload }) => {
      // Of edits only a new base matters: it changes what the merge would produce.
      if (payload.action === 'edited' && !payload.changes.base) return;
      const { number, head, base, user, body, updated_at: at } = payload.pull_request;
      intake.accept({
        guid: id,
        event: `pull_request.${payload.action}`,
        repository: payload.repository,
        installation: payload.installation,
        job: {
          kind: 'judge',
          number,
          headSha: head.sha,
          baseRef: base.ref,
          shown: {
            author: { login: user?.login ?? '', id: user?.id ?? null },
            branch: head.ref,
            body: body ?? '',
          },
          moment: { at, ...(payload.action === 'synchronize' ? { before: payload.before } : {}) },
        },
      });
    },
  );
}
