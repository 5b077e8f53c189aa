import type { LibraryModel, Operation } from '../../wiring/library.js';
import { builtin, record, UNDEFINED, UNKNOWN } from '../../wiring/value.js';

/** `expressWs(app)` adds `ws` to the application, which routers have here anyway. */
const enable: Operation = (_it, [app]) =>
  record([
    ['app', app ?? UNKNOWN],
    ['getWss', builtin('getWss', () => UNKNOWN)],
    ['applyTo', builtin('applyTo', () => UNDEFINED)],
  ]);

/** express-ws: WebSocket routes of Express. https://github.com/HenningM/express-ws */
export const expressWs: LibraryModel = {
  name: 'express-ws',
  packages: ['express-ws', '@wll8/express-ws', 'express-ws-routes'],
  about: {
    title: 'express-ws',
    registers: '`ws` of applications and routers; their messages as for ws',
    guards:
      'what stands in front of a route of Express, and handlers before the last, called with the socket',
    answers: '`close`, `next(error)`',
  },
  calls: { '': enable, default: enable },
  finish: () => {}, // its routes are Express's
};
