import type { Evaluator } from '../../wiring/evaluator.js';
import type { Source } from '../../wiring/fact.js';
import type { Installed } from '../../wiring/middleware.js';
import { listed, optionIn, type Native, type Value } from '../../wiring/value.js';
import { partsNamed, validating } from '../web/input-validation.js';
import { pathCovers } from '../web/paths.js';
import { decoratorOf, moment, stateOf, type Hook, type Route } from './fastify-contexts.js';
import { misplacedIn, type Misplaced } from './fastify-options.js';

/** Hooks that run before the handler, in order. https://fastify.dev/docs/latest/Reference/Lifecycle/ */
const STAGES = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const;

/** Adds a hook to a context; what is registered later comes after it. */
export function addHook(
  it: Evaluator,
  self: Native,
  stage: string,
  installed: Installed,
  below: string | null = null,
): void {
  const clock = moment(it);
  stateOf(self).hooks.push({ stage, installed, below, at: ++clock.now, plugin: clock.plugin });
}
/** Hooks that a context has: its parent's as they were when it was made, then its own. */
function hooksOf(instance: Native): Hook[] {
  const { parent, registration, hooks } = stateOf(instance);
  if (!parent || !registration) return hooks;
  const { at, isAwaited } = registration;
  // A plugin that is not awaited runs when the code that registers it has come to its end.
  const inherited = hooksOf(parent).filter((h) =>
    isAwaited ? h.at < at : h.plugin === null || h.plugin.at < at,
  );
  return [...inherited, ...hooks];
}
export type InFront = Pick<Hook, 'stage' | 'installed'> & Partial<Pick<Hook, 'below'>>;
/** What runs in front of a route, in order: hooks of its contexts and of its options, limits and its schema. */
export function chainOf(it: Evaluator, instance: Native, { path, options, site }: Route): InFront[] {
  const hooks = hooksOf(instance).filter(
    ({ below }) => below === null || (path !== null && pathCovers(below, path, false)),
  );
  const limit = optionIn(optionIn(options, 'config'), 'rateLimit');
  const isUnlimited = limit?.k === 'literal' && limit.value === false;
  const limiter = limit && !isUnlimited ? decoratorOf(instance, '*rate-limit*') : null;
  const own = (stage: string): Installed[] => {
    const value = optionIn(options, stage);
    const values = value === undefined ? [] : value.k === 'list' ? value.elements : [value];
    return values.flatMap(listed).map((v) => ({ value: v, site }));
  };
  const checked = checkedParts(options);
  const isLimiter = ({ installed }: Hook): boolean => installed.name === 'rate-limit';
  return STAGES.flatMap((stage) => [
    ...hooks.filter((h) => h.stage === stage && !(isLimiter(h) && (isUnlimited || limiter))),
    ...(stage === 'onRequest' && limiter
      ? [{ stage, installed: { value: limiter, site, name: 'rate-limit' } }]
      : []),
    ...own(stage).map((installed) => ({ stage, installed })),
    ...(stage === 'preValidation' && checked.length > 0
      ? [{ stage, installed: { value: validating(it, 'schema', 'fastify', checked), site, name: 'schema' } }]
      : []),
  ]);
}
/**
 * Parts of a request that the schema of a route holds it against; with `attachValidation` the handler is told, and nobody refused.
 * https://fastify.dev/docs/latest/Reference/Validation-and-Serialization/
 */
function checkedParts(options: Value): Source[] {
  const schema = optionIn(options, 'schema');
  if (schema?.k !== 'record' || optionIn(options, 'attachValidation') !== undefined) return [];
  return partsNamed(schema.members.keys());
}
/** Functions that stand at a route where Fastify does not run them. A hook that looks at routes may have use for any. */
export function misplacedAt(instance: Native, { options }: Route, isConfigRead: boolean): Misplaced[] {
  if (hooksOf(instance).some((h) => h.stage === 'onRoute')) return [];
  const own = misplacedIn(options).filter((m) => !(isConfigRead && m.written.startsWith('config.')));
  const around: Misplaced[] = [];
  for (let at: Native | null = instance; at; at = stateOf(at).parent) around.push(...stateOf(at).misplaced);
  return [...own, ...around];
}
/** Whether a hook goes on by calling `done`, which it takes behind `before` other parameters, rather than by returning. */
export const takesCallback = (value: Value, before: number): boolean =>
  value.k === 'builtin' || (value.k === 'function' && value.fn.params.length - value.bound.length > before);
