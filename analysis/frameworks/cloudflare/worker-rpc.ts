import type { Evaluator } from '../../wiring/evaluator.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { siteOfFunction } from '../../wiring/own-site.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { unknown, type ClassValue, type FunctionValue, type Value } from '../../wiring/value.js';
import { FRAMEWORK } from './deployed-workers.js';
import type { WorkerInstance } from './worker-instance.js';

/** Members that the platform calls by itself, and that no other Worker may. */
const RESERVED = new Set(
  'constructor fetch alarm connect scheduled queue email tail trace test webSocketMessage webSocketClose webSocketError dup run'.split(
    ' ',
  ),
);
/** Methods that other Workers may call over a binding: all that are public. https://developers.cloudflare.com/workers/runtime-apis/rpc/ */
export function publicMethods(cls: ClassValue): string[] {
  const own = cls.node.members.flatMap((m) =>
    m.k === 'method' &&
    m.kind === 'method' &&
    !m.isStatic &&
    typeof m.name === 'string' &&
    !m.name.startsWith('#') &&
    !RESERVED.has(m.name)
      ? [m.name]
      : [],
  );
  return [...new Set([...own, ...(cls.base?.k === 'class' ? publicMethods(cls.base) : [])])];
}
/** A method that other Workers call: its arguments are whatever they say. */
export function observeMethod(
  it: Evaluator,
  { called, made, method }: WorkerInstance,
  name: string,
  inFront: readonly AppliedLink[],
): void {
  const fn = method(name);
  if (!fn) return;
  observeEntryPoint(it, {
    framework: FRAMEWORK,
    trigger: { kind: 'rpc', name: `${called}.${name}` },
    registration: siteOfFunction(fn),
    handler: fn,
    chain: () => inFront,
    work: () => it.runHandler(fn, parametersOf(fn), siteOfFunction(fn), made),
  });
}
const parametersOf = ({ fn }: FunctionValue): Value[] =>
  fn.params.map((p) => unknown([p.pattern.k === 'identifier' ? `body.${p.pattern.name}` : 'body']));
