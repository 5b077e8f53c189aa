import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { record, UNDEFINED, type Value } from '../../wiring/value.js';

/** The handlers of a WebSocket, made by `upgradeWebSocket`. */
const SOCKET_HANDLER: LibraryType = { name: 'websocket handler', methods: {} };
const upgrade: Operation = (it, [handler]) => it.native(SOCKET_HANDLER, handler ?? UNDEFINED);
/** What `upgradeWebSocket` was given; null for a handler that answers as others do. */
export const socketHandlerOf = (value: Value): Value | null =>
  value.k === 'native' && value.type === SOCKET_HANDLER ? (value.state as Value) : null;
/** What makes such handlers, by member path. https://hono.dev/docs/helpers/websocket */
export const HONO_WEBSOCKETS: LibraryModel['calls'] = {
  '/cloudflare-workers.upgradeWebSocket': upgrade,
  '/bun.upgradeWebSocket': upgrade,
  '/deno.upgradeWebSocket': upgrade,
  createNodeWebSocket: () =>
    record([
      ['upgradeWebSocket', { k: 'external', package: 'hono', path: ['/bun', 'upgradeWebSocket'] }],
      ['injectWebSocket', { k: 'external', package: 'hono', path: ['injectWebSocket'] }],
    ]),
};
