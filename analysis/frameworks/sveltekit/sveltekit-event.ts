import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Operation } from '../../wiring/library.js';
import {
  builtin,
  list,
  literal,
  optionIn,
  promise,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type List,
  type Native,
  type Value,
} from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { COOKIES, makeFetchRequest, makeFetchResponse, statusIn } from '../web/fetch-api.js';
import { leave } from '../web/leaving.js';

const FETCH: Value = { k: 'external', package: 'global', path: ['fetch'] };
/** What SvelteKit hands to hooks, endpoints, actions and loads. */
const EVENT: LibraryType = {
  name: 'request event',
  methods: {
    getClientAddress: () => unknown(['request.ip']),
    setHeaders: () => UNDEFINED,
    depends: () => UNDEFINED,
    untrack: (it, _self, [fn], site) => (fn ? it.call(fn, [], UNDEFINED, site) : UNDEFINED),
  },
  get: (_it, self, name) =>
    self.members.get(name) ??
    (EVENT.methods[name] ? null : name === 'fetch' ? FETCH : unknown([`request.${name}`])),
};
export function makeRequestEvent(
  it: Evaluator,
  method: string | null,
  path: string | null,
  route: { id?: string; layouts?: readonly Value[] } = {},
): Native {
  const request = makeFetchRequest(it, { method, path });
  const event = it.native(EVENT, null);
  const members: Record<string, Value> = {
    request,
    url: request.type.get!(it, request, 'url', it.modules.somewhere)!,
    params: unknown(['params']),
    locals: makeContext(it),
    // https://svelte.dev/docs/kit/@sveltejs-kit#Cookies: all three by default.
    cookies: it.native(COOKIES, ['HttpOnly', 'SameSite', 'Secure']),
    route: record([['id', route.id === undefined ? UNKNOWN : literal(route.id)]]),
    isDataRequest: UNKNOWN,
    // What the loads of the layouts around it yield; what they test holds where this has been awaited.
    parent: builtin('parent', (_args, _self, site) => {
      const loaded = (route.layouts ?? []).map((load) => it.call(load, [event], UNDEFINED, site));
      const facts = loaded.flatMap((v) => (v.k === 'promise' ? v.facts : []));
      const members = loaded.flatMap((v) => {
        const value = v.k === 'promise' ? v.value : v;
        return value.k === 'record' ? [...value.members] : [];
      });
      return promise(record(members, unknown(['request.parent'])), facts);
    }),
  };
  for (const [name, value] of Object.entries(members)) event.members.set(name, value);
  return event;
}
export const isRequestEvent = (value: Native): boolean => value.type === EVENT;
export const localsOf = (event: Native): Native => event.members.get('locals') as Native;

/** `sequence(first, second)`: one hook after the other. As a hook it is taken apart; called by another, it is a hook itself. */
export const SEQUENCE: LibraryType = {
  name: 'sequence',
  methods: {},
  call: (it, self, [given], site) => {
    const hooks = self.state as List;
    const from = (at: number, event: Value): Value => {
      const hook = hooks.elements[at];
      if (!hook) return it.call(optionIn(given, 'resolve') ?? UNKNOWN, [event], UNDEFINED, site);
      const resolve = builtin('next', ([changed]) => from(at + 1, changed ?? event));
      const input = record([
        ['event', event],
        ['resolve', resolve],
      ]);
      return it.call(hook, [input], UNDEFINED, site);
    };
    return from(0, optionIn(given, 'event') ?? UNKNOWN);
  },
};

const respond: Operation = (it, [content, init]) => makeFetchResponse(it, content, statusIn(init));
export const EVENT_CALLS: Readonly<Record<string, Operation>> = {
  error: leave(null),
  redirect: leave(null),
  fail: (it, [status, data]) => makeFetchResponse(it, data, status),
  invalid: (it, [status, data]) => makeFetchResponse(it, data, status),
  json: respond,
  text: respond,
  isHttpError: () => UNKNOWN,
  isRedirect: () => UNKNOWN,
  '/hooks.sequence': (it, args) => it.native(SEQUENCE, list([...args])),
};
