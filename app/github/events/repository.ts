import type { Probot } from 'probot';
import type { Intake, PayloadRepository } from '../intake.js';

/** A repository has another name, owner or default branch, or is gone. */
export function onRepository(probot: Probot, intake: Intake): void {
  probot.on(
    ['repository.renamed', 'repository.transferred', 'repository.edited', 'repository.deleted'],
    ({ id, payload }) => {
      const event = `repository.${payload.action}`;
      if (payload.action === 'deleted') {
        intake.gone({ guid: id, event }, [payload.repository.id]);
        return;
      }
      const moved = payload.action === 'edited' && payload.changes.default_branch !== undefined;
      if (payload.action === 'edited' && !moved) return;
      // Name and owner are taken over with any delivery; the records are the repository's, whatever it is called.
      intake.follow({
        guid: id,
        event,
        repository: payload.repository as PayloadRepository,
        installation: payload.installation,
        job: moved ? { kind: 'advance', anew: true } : { kind: 'advance' },
      });
    },
  );
}
