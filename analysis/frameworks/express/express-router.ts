import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryType, type Method } from '../../wiring/library.js';
import { stringOf, UNDEFINED, UNKNOWN, type Native, type Site, type Value } from '../../wiring/value.js';
import { LISTENING } from '../node/http-server.js';
import { routers, stateOf, type RouterState } from './express-layers.js';
import { REGISTRATIONS } from './express-registrations.js';

/** Called by hand, with a request: its routes are entry points themselves. */
export const handOn: Method = (it) => {
  it.recorder?.handOn();
  return UNDEFINED;
};
const ROUTER: LibraryType = {
  name: 'router',
  methods: { ...REGISTRATIONS, handle: handOn },
  call: handOn,
};
const APPLICATION: LibraryType = {
  name: 'application',
  call: handOn,
  methods: {
    ...REGISTRATIONS,
    ...LISTENING,
    handle: handOn,
    lookup: handOn,
    set: (_it, self, args) => {
      if (args[0] && args[1]) stateOf(self).settings.set(stringOf(args[0]) ?? '', args[1]);
      return self;
    },
    enable: yieldsItself,
    disable: yieldsItself,
    engine: yieldsItself,
    disabled: () => UNKNOWN,
    enabled: () => UNKNOWN,
  },
  get: (_it, self, name) => {
    if (name !== 'locals' || self.members.has(name)) return null;
    const locals: Value = { k: 'record', members: new Map(), cls: null, open: UNKNOWN, getters: null };
    self.members.set('locals', locals);
    return locals;
  },
};
/** A router of Express, or of a library that registers and calls handlers in the same way. */
export function makeRouter(it: Evaluator, site: Site, isApplication: boolean, framework = 'express'): Native {
  const router = it.native(isApplication ? APPLICATION : ROUTER, {
    layers: [],
    mounted: false,
    site,
    isApplication,
    framework,
    settings: new Map(),
  } satisfies RouterState);
  routers(it).push(router);
  return router;
}
/** One router stands for every value that is only known by its written type. */
export const inferredRouter = (it: Evaluator, type: string): Native =>
  it.stateOf<Native>(/Router/.test(type) ? 'express:inferred-router' : 'express:inferred-application', () =>
    makeRouter(it, it.modules.somewhere, false),
  );
