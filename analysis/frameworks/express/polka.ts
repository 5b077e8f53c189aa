import type { LibraryModel } from '../../wiring/library.js';
import { makeRouter } from './express-router.js';

/** Polka registers and calls handlers as Express does. https://github.com/lukeed/polka */
export const polka: LibraryModel = {
  name: 'polka',
  packages: ['polka'],
  about: {
    title: 'Polka',
    registers: 'methods, `all` and `use` of `polka()`',
    guards: 'as Express',
    answers: 'as node `http`',
  },
  calls: { '': (it, _args, site) => makeRouter(it, site, true, 'polka') },
  finish: () => {}, // its applications are routers, which Express's model turns into entry points
};
