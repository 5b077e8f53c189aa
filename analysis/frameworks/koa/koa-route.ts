import type { LibraryModel, LibraryType, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { textOf, UNDEFINED, unknown, UNKNOWN, type Value } from '../../wiring/value.js';
import { router } from './koa-stacks.js';

/** Handlers get the parameters of the path, in order, before `next`. */
interface Handler {
  handler: Value;
  parameters: readonly string[];
}
const HANDLER: LibraryType = {
  name: 'handler',
  methods: {},
  wrapped: (self) => (self.state as Handler).handler,
  call: (it, self, [context, next], site) => {
    const { handler, parameters } = self.state as Handler;
    const given = parameters.map((name) => unknown([`params.${name}`]));
    return it.call(handler, [context ?? UNKNOWN, ...given, next ?? UNDEFINED], context ?? UNDEFINED, site);
  },
};
const route =
  (method: string): Operation =>
  (it, [path, handler], site) => {
    const parameters = [...((path && textOf(path)) ?? '').matchAll(/:(\w+)/g)].map((m) => m[1]!);
    const made = router(it, [], site);
    const given = it.native(HANDLER, { handler: handler ?? UNKNOWN, parameters } satisfies Handler);
    it.call(memberOf(it, made, method, site), [path ?? UNKNOWN, given], made, site);
    return made;
  };
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'del', 'head', 'options', 'all'];

/** koa-route: middleware that is one route, among the others of a Koa application. https://github.com/koajs/route */
export const koaRoute: LibraryModel = {
  name: 'koa-route',
  packages: ['koa-route'],
  calls: Object.fromEntries(
    METHODS.flatMap((name) => [
      [name, route(name)],
      [`default.${name}`, route(name)],
    ]),
  ),
};
