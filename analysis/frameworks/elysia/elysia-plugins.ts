import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { optionIn, stringOf, unknown, type Value } from '../../wiring/value.js';

/** A plugin that puts something into the context of whoever uses it. */
export const DECORATING: LibraryType = { name: 'plugin', methods: {} };
function decorating(it: Evaluator, name: string, added: Value): Value {
  const plugin = it.native(DECORATING, null);
  plugin.members.set(name, added);
  return plugin;
}
const tokens: Operation = (it, [options]) => {
  const name = optionIn(options, 'name');
  const made: Value = { k: 'external', package: '@elysiajs/jwt', path: ['jwt', '()'] };
  return decorating(it, (name && stringOf(name)) ?? 'jwt', made);
};
/** `@elysiajs/jwt`: https://elysiajs.com/plugins/jwt */
export const elysiaJwt: LibraryModel = {
  name: 'elysia-jwt',
  packages: ['@elysiajs/jwt'],
  calls: { '': tokens, jwt: tokens, default: tokens },
};
const presented: Operation = (it) => decorating(it, 'bearer', unknown(['credential']));
/** `@elysiajs/bearer`: the token that stands in the header, and nothing of whether it is right. */
export const elysiaBearer: LibraryModel = {
  name: 'elysia-bearer',
  packages: ['@elysiajs/bearer'],
  calls: { '': presented, bearer: presented, default: presented },
};
