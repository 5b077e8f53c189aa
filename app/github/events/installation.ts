import type { Probot } from 'probot';
import type { Intake } from '../intake.js';

/**
 * The App may see other repositories than before. Of those that it may see from now on nothing is fetched until there is
 * something to judge; what is kept of those that it may not is removed. While it is suspended it is told nothing.
 */
export function onInstallation(probot: Probot, intake: Intake): void {
  probot.on('installation.deleted', ({ id, payload }) => {
    const named = (payload.repositories ?? []).map((repository) => repository.id);
    const known = intake.repositoriesOf(payload.installation.id);
    intake.gone({ guid: id, event: 'installation.deleted' }, [...new Set([...known, ...named])]);
  });
  probot.on('installation_repositories.removed', ({ id, payload }) => {
    const removed = payload.repositories_removed.flatMap((repository) => repository.id ?? []);
    intake.gone({ guid: id, event: 'installation_repositories.removed' }, removed);
  });
  probot.on('installation.unsuspend', ({ id, payload }) => {
    intake.back({ guid: id, event: 'installation.unsuspend' }, payload.installation.id);
  });
  const tell = { created: 'installed', suspend: 'suspended: nothing is told until that ends' } as const;
  probot.on(['installation.created', 'installation.suspend'], ({ log, payload }) => {
    log.info({ installation: payload.installation.id }, tell[payload.action]);
  });
  probot.on('installation_repositories.added', ({ log, payload }) => {
    const repositories = payload.repositories_added.map(({ full_name }) => full_name);
    log.info({ installation: payload.installation.id, repositories }, 'repositories were added');
  });
}
