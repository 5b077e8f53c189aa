import type { Evaluator } from '../../wiring/evaluator.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import type { Method } from '../../wiring/library.js';
import { isCallable, textOf, UNDEFINED, type Native, type Site, type Value } from '../../wiring/value.js';
import { joinPaths } from '../web/paths.js';
import { makeApp, stateOf, type App } from './elysia-apps.js';
import { hooksIn, inFront, type Hook } from './elysia-hooks.js';
import { DECORATING } from './elysia-plugins.js';

/** What a function registers on an instance of its own, which begins with what stands in front of it. */
function within(it: Evaluator, self: Native, prefix: string, more: Hook[], run: Value, site: Site): Value {
  const app = stateOf(self);
  const child = makeApp(it, self.type, joinPaths(app.prefix, prefix), app, inFront(app.hooks, more));
  it.call(run, [child], UNDEFINED, site);
  app.routes.push(...stateOf(child).routes);
  return self;
}
/** `guard(options, run)`, or `guard(options)` for what comes after it. */
export const guard: Method = (it, self, [options, run], site) => {
  const { macros, hooks } = stateOf(self);
  if (run) return within(it, self, '', hooksIn(it, macros, options, site), run, site);
  if (options && isCallable(options)) return within(it, self, '', [], options, site);
  hooks.push(...hooksIn(it, macros, options, site));
  return self;
};
/** `group(prefix, run)`, with options between them or without. */
export const group: Method = (it, self, args, site) => {
  const prefix = (args[0] && textOf(args[0], ':*')) ?? ':*';
  const options = args.length > 2 ? args[1] : undefined;
  return within(it, self, prefix, hooksIn(it, stateOf(self).macros, options, site), args.at(-1)!, site);
};

/** `use(plugin)`: an instance, a function of one, a module, a promise or a list of them. */
export const use: Method = (it, self, [plugin], site) => {
  if (plugin) plug(it, self, plugin, site);
  return self;
};
function plug(it: Evaluator, self: Native, plugin: Value, site: Site): void {
  const value = it.awaiting(plugin);
  const app = stateOf(self);
  const isApp = (made: Value): made is Native => made.k === 'native' && made.type === self.type;
  if (value.k === 'native' && value.type.name === 'module namespace')
    plug(it, self, it.modules.exported(value.state as ModuleInstance, 'default'), site);
  else if (value.k === 'native' && value.type === DECORATING)
    for (const [name, added] of value.members) app.decorations.set(name, added);
  else if (isApp(value)) takeOver(app, stateOf(value));
  else if (value.k === 'function') {
    const made = it.awaiting(it.call(value, [self], UNDEFINED, site));
    if (isApp(made) && made !== self) plug(it, self, made, site);
  } else if (value.k === 'list') for (const element of value.elements) plug(it, self, element, site);
  // Other official plugins refuse nobody.
  else if (value.k === 'unknown' && !value.origin?.package.startsWith('@elysiajs/'))
    app.hooks.push({ installed: { value, site }, derives: false, reach: 'local' });
}
/** What an instance has of another one that it uses: its routes behind its own hooks, and the hooks that reach so far. */
function takeOver(app: App, other: App): void {
  // `group('/x', (app) => app.use(() => app))`: it has what is its own already.
  if (other === app) return;
  other.used = true;
  for (const [name, meant] of other.macros) app.macros.set(name, meant);
  for (const [name, added] of other.decorations) app.decorations.set(name, added);
  for (const r of other.routes)
    app.routes.push({
      ...r,
      path: r.path === null ? null : joinPaths(app.prefix, r.path),
      hooks: inFront(app.hooks, r.hooks),
    });
  const reaching = other.hooks.filter((h) => h.reach !== 'local');
  app.hooks = inFront(
    app.hooks,
    reaching.map((h) => ({ ...h, reach: h.reach === 'global' ? 'global' : 'local' })),
  );
}
