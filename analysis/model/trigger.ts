import type { Trigger } from './model.js';

/** What ids say of a trigger: an answer that becomes a stream of events is still given to the same request. */
export const identityOf = (trigger: Trigger): string =>
  triggerText(trigger.kind === 'sse' ? { ...trigger, kind: 'http' } : trigger);

/** `GET /users/:id`, `ws /live#join`, …: a trigger as people write it, without program. */
export function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'http':
    case 'sse':
    case 'webhook':
      return `${trigger.kind} ${trigger.method} ${trigger.path ?? '?'}`;
    case 'websocket':
      return `websocket ${trigger.path ?? '?'}${trigger.name === null ? '' : `#${trigger.name}`}`;
    default:
      return `${trigger.kind} ${trigger.name}`;
  }
}
