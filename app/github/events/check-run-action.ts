import type { Probot } from 'probot';
import { BUTTONS } from '../answers/buttons.js';
import type { Intake } from '../intake.js';

/** Somebody has pressed one of the buttons that we put on the check run. GitHub lets only those do it who may write. */
export function onCheckRunAction(probot: Probot, intake: Intake): void {
  probot.on('check_run.requested_action', ({ id, payload }) => {
    const { repository, installation, check_run, sender, requested_action } = payload;
    const button = BUTTONS.find(({ identifier }) => identifier === requested_action?.identifier);
    if (!button) return;
    const by = { login: sender.login, id: sender.id, type: sender.type, viaApp: false };
    intake.asked(
      { guid: id, event: 'check_run.requested_action', repository, installation },
      check_run.head_sha,
      { by, at: new Date().toISOString(), how: { button: button.identifier } },
    );
  });
}
