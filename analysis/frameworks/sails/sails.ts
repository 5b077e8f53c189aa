import type { LibraryModel } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { observeRoutes } from './sails-entry-points.js';
import { globalNamed, sailsOf } from './sails-globals.js';
import { isRc, readRc } from './sails-rc.js';

const FILES =
  /(?:^|\/)(?:api\/(?:controllers|policies|responses|models|helpers|services|hooks)\/.+|config\/(?:routes|policies|blueprints|http))\.[cm]?[jt]s$/;

/** Sails 1. https://sailsjs.com/documentation */
export const sails: LibraryModel = {
  name: 'sails',
  packages: ['sails'],
  about: {
    title: 'Sails',
    registers:
      '`config/routes.js`: actions by name, classic controllers, functions; what blueprints make of models and actions, as `config/blueprints.js` and `.sailsrc` say',
    guards:
      'policies of the most specific key in `config/policies.js`, run; `policy` in routes; routes of hooks `before` others; middleware of `config/http.js`; `inputs` of actions; helpers are followed',
    answers: '`res` with the responses of `api/responses/`, exits, a throw',
    limits:
      'sockets, which take the same routes; blueprints of associations; settings of environments; what Waterline does has no effects; before version 1',
  },
  calls: {},
  member: (it, path) =>
    path.length === 0 ? sailsOf(it) : memberOf(it, sailsOf(it), path[0]!, it.modules.somewhere),
  global: globalNamed,
  isEntry: ({ path }) => FILES.test(path) && !/\.(?:test|spec|d)\.[jt]s$/.test(path),
  onlyByConvention: true,
  reads: isRc,
  prepare: readRc,
  finish: observeRoutes,
};
