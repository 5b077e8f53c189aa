import { isCallable, listed, type Value } from '../../wiring/value.js';

/** What a route is given, by name. https://fastify.dev/docs/latest/Reference/Routes/#routes-options */
const ROUTE = new Set([
  'method',
  'url',
  'path',
  'schema',
  'exposeHeadRoute',
  'attachValidation',
  'onRequest',
  'preParsing',
  'preValidation',
  'preHandler',
  'preSerialization',
  'onSend',
  'onResponse',
  'onTimeout',
  'onError',
  'onRequestAbort',
  'handler',
  'wsHandler',
  'errorHandler',
  'childLoggerFactory',
  'validatorCompiler',
  'serializerCompiler',
  'schemaErrorFormatter',
  'bodyLimit',
  'handlerTimeout',
  'logLevel',
  'logSerializers',
  'config',
  'version',
  'constraints',
  'prefixTrailingSlash',
  'routerPath',
  'websocket',
  'helmet',
  'compress',
  'decompress',
  'errorResponseBuilder',
  'rateLimit',
]);
/** Options that nothing but the project's own code can want functions in. */
const INSIDE = ['config', 'schema'];

export interface Misplaced {
  written: string;
  value: Value;
}
/** Functions in options that Fastify does not run: under a name that it does not know, or inside of another option. */
export function misplacedIn(options: Value): Misplaced[] {
  if (options.k !== 'record' || options.open) return [];
  const found: Misplaced[] = [];
  for (const [name, value] of options.members) {
    if (!ROUTE.has(name)) found.push(...functionsIn(name, value));
    if (INSIDE.includes(name) && value.k === 'record')
      for (const [inner, each] of value.members) found.push(...functionsIn(`${name}.${inner}`, each));
  }
  return found;
}
/** Functions in the options of a plugin that has no use for them: hooks are an affair of routes and instances. */
export function misplacedInPlugin(plugin: Value, options: Value): Misplaced[] {
  if (options.k !== 'record' || options.open || plugin.k !== 'function') return [];
  const functions = [...options.members].flatMap(([name, value]) => functionsIn(name, value));
  if (functions.length === 0) return [];
  const taken = plugin.fn.params[1 + plugin.bound.length];
  // What is taken under a name may be handed on; only what is left out for certain is not looked at.
  const names = taken?.pattern.k === 'objectPattern' && taken.pattern.rest === null ? taken.pattern : null;
  const isUsed =
    taken?.pattern.k !== 'identifier' ||
    JSON.stringify(plugin.fn.body).includes(`"name":${JSON.stringify(taken.pattern.name)}`);
  const isTaken = (name: string): boolean =>
    taken !== undefined && (names === null ? isUsed : names.properties.some((p) => p.key === name));
  return functions.filter(({ written }) => !isTaken(written));
}
const functionsIn = (written: string, value: Value): Misplaced[] =>
  listed(value).flatMap((each) => (isCallable(each) && each.k !== 'class' ? [{ written, value: each }] : []));
