import type { LibraryModel, Operation } from '../../wiring/library.js';
import { makeRouter } from './express-router.js';

const connectApp: Operation = (it, _args, site) => makeRouter(it, site, true, 'connect');
const router: Operation = (it, _args, site) => makeRouter(it, site, true, 'router');

/** Connect runs what is installed as Express does, which has it from there. https://github.com/senchalabs/connect */
export const connect: LibraryModel = {
  name: 'connect',
  packages: ['connect'],
  about: {
    title: 'Connect',
    registers: '`use` with a path and a function of two parameters; further ones as Express',
    guards: '`use` in order of installation, where its path covers the rest',
    answers: 'as node `http`',
  },
  calls: { '': connectApp, default: connectApp },
  finish: () => {}, // its applications are routers, which Express's model turns into entry points
};
/** The router of Express on its own. https://github.com/pillarjs/router */
export const pillarRouter: LibraryModel = {
  name: 'router',
  packages: ['router'],
  calls: { '': router, Router: router, default: router },
};
