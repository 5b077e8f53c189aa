import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Method, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import {
  builtin,
  isCallable,
  optionIn,
  textOf,
  UNDEFINED,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { joinPaths } from '../web/paths.js';
import { autoload } from './fastify-autoload.js';
import { makeInstance, moment, stateOf, type Registration } from './fastify-contexts.js';
import { addKnownPlugin } from './fastify-known-plugins.js';
import { misplacedInPlugin } from './fastify-options.js';

/** What `fastify-plugin` makes of a plugin: one without a context of its own. */
const SHARED: LibraryType = { name: 'fastify plugin', methods: {} };
/** `fastifyPlugin(plugin)` */
export const withoutContext: Operation = (it, [plugin]) => it.native(SHARED, plugin ?? UNKNOWN);

/** A plugin as it is given: a function, a module, a promise of one, what `fastify-plugin` made, a library. */
function pluginOf(it: Evaluator, value: Value, site: Site): Value {
  const plugin = it.awaiting(value);
  if (plugin.k === 'native' && plugin.type.name === 'module namespace')
    return pluginOf(it, memberOf(it, plugin, 'default', site), site);
  const exported =
    plugin.k === 'record' ? (plugin.members.get('default') ?? plugin.members.get('plugin')) : undefined;
  return exported ? pluginOf(it, exported, site) : plugin;
}
/** Runs a plugin on an instance: in a context of its own, unless it asked for none. */
export function register(
  it: Evaluator,
  self: Native,
  given: Value,
  options: Value,
  site: Site,
): Registration {
  const clock = moment(it);
  const registration: Registration = { at: ++clock.now, isAwaited: false };
  const value = pluginOf(it, given, site);
  const shared = value.k === 'native' && value.type === SHARED;
  const plugin = shared ? pluginOf(it, value.state as Value, site) : value;
  const origin =
    plugin.k === 'external' ? plugin : plugin.k === 'unknown' && !plugin.wraps ? plugin.origin : null;
  if (origin) {
    if (AUTOLOAD.test(origin.package)) registerFolder(it, self, options, site);
    else addKnownPlugin(it, self, origin.package, plugin, options, site);
    return registration;
  }
  if (!isCallable(plugin)) {
    if (plugin.k === 'unknown') it.gap('what this plugin registers could not be followed', it.place(site));
    return registration;
  }
  const prefix = optionIn(options, 'prefix');
  const { prefix: own } = stateOf(self);
  // Wherever it is mounted, what follows tells its routes apart.
  const below = prefix ? (textOf(prefix, '*') ?? '/*') : '';
  const target = shared
    ? self
    : makeInstance(it, self.type, {
        parent: self,
        prefix: own === null ? null : joinPaths(own, below),
        registration,
        misplaced: misplacedInPlugin(plugin, options),
        site,
      });
  const outer = clock.plugin;
  clock.plugin = shared ? registration : null;
  it.attempt(it.place(site), () => {
    it.awaiting(it.call(plugin, [target, options, builtin('done', () => UNDEFINED)], UNDEFINED, site));
  });
  clock.plugin = outer;
  return registration;
}
const AUTOLOAD = /^(?:@fastify\/autoload|fastify-autoload)$/;
/** Registers what `@fastify/autoload` finds, behind the hooks that it finds. */
function registerFolder(it: Evaluator, self: Native, options: Value, site: Site): void {
  autoload(it, options, site, (file, given, hooks) => {
    // In a context of its own, in which the hooks stand in front of it.
    const hooked = builtin('autohooks', ([context]) => {
      if (context?.k !== 'native') return UNDEFINED;
      for (const each of hooks) register(it, context, it.native(SHARED, each), UNDEFINED, site);
      register(it, context, file, given, site);
      return UNDEFINED;
    });
    register(it, self, hooks.length > 0 ? hooked : file, hooks.length > 0 ? UNDEFINED : given, site);
  });
}

interface Registered {
  self: Native;
  registration: Registration | null;
}
/** What `register` yields: the instance again, and awaited, a sign that later hooks come too late. */
const REGISTERED: LibraryType = {
  name: 'registration',
  methods: {},
  awaited: (_it, { state }) => {
    const { self, registration } = state as Registered;
    if (registration) registration.isAwaited = true;
    return self;
  },
  get: (it, { state }, name, site) => memberOf(it, (state as Registered).self, name, site),
};
/** `instance.register(plugin, options)` */
export const registering: Method = (it, self, [plugin, options], site) =>
  it.native(REGISTERED, {
    self,
    registration: plugin ? register(it, self, plugin, options ?? UNDEFINED, site) : null,
  } satisfies Registered);
