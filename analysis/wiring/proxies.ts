import type { Evaluator } from './evaluator.js';
import type { LibraryType } from './library.js';
import { memberOf } from './members.js';
import { literal, UNDEFINED, type Native, type Value } from './value.js';

interface Proxied {
  target: Value;
  handler: Value;
}

/** An object in front of another: what is asked of it goes through traps, where the handler has any. */
const PROXY: LibraryType = {
  name: 'Proxy',
  methods: {},
  get: (it, self, name, site) => {
    const { target } = stateOf(self);
    return through(
      self,
      'get',
      (trap, handler) => it.call(trap, [target, literal(name), self], handler, site),
      () => memberOf(it, target, name, site),
    );
  },
  set: (it, self, name, value, site) => {
    const { target } = stateOf(self);
    through(
      self,
      'set',
      (trap, handler) => it.call(trap, [target, literal(name), value, self], handler, site),
      () => (it.assignTo(target, name, value, site), UNDEFINED),
    );
    return true;
  },
  call: (it, self, args, site) => {
    const { target } = stateOf(self);
    return through(
      self,
      'apply',
      (trap, handler) =>
        it.call(trap, [target, UNDEFINED, { k: 'list', elements: [...args], open: null }], handler, site),
      () => it.call(target, args, UNDEFINED, site),
    );
  },
};
const stateOf = (self: Native): Proxied => self.state as Proxied;
const TRAPS = ['get', 'set', 'apply'] as const;
type Trap = (typeof TRAPS)[number];
function trapOf(handler: Value, trap: Trap): Value | null {
  const found = handler.k === 'record' ? handler.members.get(trap) : undefined;
  return found?.k === 'function' ? found : null;
}
function through(
  self: Native,
  name: Trap,
  trapped: (trap: Value, handler: Value) => Value,
  straight: () => Value,
): Value {
  const { handler } = stateOf(self);
  const trap = trapOf(handler, name);
  return trap ? trapped(trap, handler) : straight();
}

/** `new Proxy(target, handler)`; of a handler without these traps, or that is not known, the target is what is left. */
export const proxy = (it: Evaluator, target: Value, handler: Value): Value =>
  TRAPS.some((trap) => trapOf(handler, trap))
    ? it.native(PROXY, { target, handler } satisfies Proxied)
    : target;
