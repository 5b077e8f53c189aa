import { record, unknown, UNKNOWN, type Value } from '../../wiring/value.js';

/** What a schedule hands over: `cron` may choose what is done. */
export const scheduledEvent = (): Value => record([['cron', unknown(['message.name'])]], UNKNOWN);
/** The messages that a queue hands over at once. */
export const messageBatch = (): Value =>
  record(
    [
      ['queue', unknown(['message.name'])],
      ['messages', unknown(['message'])],
    ],
    UNKNOWN,
  );
