import type { FunctionNode, Parameter } from '../../syntax/ast.js';
import { directiveOf, functionValue } from '../../wiring/binding.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import { isolated } from '../../wiring/isolation.js';
import type { LibraryType } from '../../wiring/library.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { Recorder, type AppliedLink, opaqueLink } from '../../wiring/recorder.js';
import { promise, record, unknown, UNKNOWN, type Native, type Site, type Value } from '../../wiring/value.js';
import { FORM_DATA } from '../web/fetch-api.js';
import { siteOf } from '../web/file-routes.js';
import { untilRedirect } from '../web/leaving.js';

/** An action that a library's builder made: what stands in front of it, and how its work is called. */
export interface BuiltAction {
  handler: Value;
  site: Site;
  /** Runs both, in this order, on one context. */
  run(it: Evaluator): { chain(): Iterable<AppliedLink>; work(): Value };
}
const ACTION: LibraryType = {
  name: 'action',
  methods: {},
  call: (it, self) => {
    const { chain, work } = (self.state as BuiltAction).run(it);
    let result: Value = UNKNOWN;
    it.aside(() => {
      for (const link of chain()) void link;
      result = work();
    });
    return promise(result);
  },
};
export const makeAction = (it: Evaluator, action: BuiltAction): Native => it.native(ACTION, action);

const isAtTop = ({ module }: ModuleInstance): boolean =>
  module.body[0]?.k === 'expression' &&
  module.body[0].expression.k === 'literal' &&
  module.body[0].expression.value === 'use server';

/** Which framework runs them, and what it has in front of all of them. */
export interface ActionHost {
  framework: string;
  chain(it: Evaluator): Iterable<AppliedLink>;
}
const NEXT: ActionHost = { framework: 'next', chain: () => [] };
/** `const save = wrap(async () => { 'use server'; … })` is known as `save`. */
function variableAround({ module }: ModuleInstance, fn: FunctionNode): string | null {
  for (const statement of module.body)
    for (const { target, init } of statement.k === 'variable' ? statement.declarations : [])
      if (target.k === 'identifier' && functionsIn(init).includes(fn)) return target.name;
  return null;
}

/** Server actions of a file: all that it exports, or the functions in it that say so. */
export function observeActions(it: Evaluator, instance: ModuleInstance, host: ActionHost = NEXT): void {
  if (!isAtTop(instance)) return observeInline(it, instance, host);
  for (const entry of instance.module.exports) {
    if (entry.k === 'all' || entry.typeOnly) continue;
    const value = it.modules.exported(instance, entry.exported);
    observeAction(it, value, entry.exported, siteOf(value, instance, entry.exported), host);
  }
}
function observeAction(it: Evaluator, value: Value, name: string, site: Site, host: ActionHost): void {
  if (!['function', 'native', 'unknown', 'choice'].includes(value.k)) return;
  const trigger = { kind: 'server-action', name } as const;
  if (value.k === 'native') {
    if (value.type !== ACTION) return;
    const action = value.state as BuiltAction;
    let running: ReturnType<BuiltAction['run']> | null = null;
    observeEntryPoint(it, {
      framework: 'next',
      trigger,
      registration: site,
      handler: action.handler,
      chain: () => (running = action.run(it)).chain(),
      work: () => untilRedirect(it, () => running!.work()),
    });
    return;
  }
  const isUnseen = value.k === 'unknown' && !value.wraps;
  observeEntryPoint(it, {
    framework: host.framework,
    trigger,
    registration: site,
    handler: value,
    *chain() {
      yield* host.chain(it);
      if (!isUnseen) return;
      it.gap('what makes this server action could not be followed', it.place(site));
      yield opaqueLink(name, it.place(site));
    },
    work: () => untilRedirect(it, () => it.runHandler(value, argumentsOf(it, value), site)),
  });
}
/** What the browser sends: whatever it likes. */
function argumentsOf(it: Evaluator, value: Value): Value[] {
  const inner = value.k === 'unknown' ? value.wraps?.find((w) => w.k === 'function') : value;
  if (inner?.k !== 'function') return [unknown(['body']), unknown(['body'])];
  return inner.fn.params.map((p) => argument(it, p));
}
function argument(it: Evaluator, { pattern, type }: Parameter): Value {
  if (/\bFormData\b/.test(type ?? '')) return it.native(FORM_DATA, null);
  return unknown([pattern.k === 'identifier' ? `body.${pattern.name}` : 'body']);
}

/** Functions with `use server` inside a component are made when the component runs: it is run for them. */
function observeInline(it: Evaluator, instance: ModuleInstance, host: ActionHost): void {
  const actions = functionsIn(instance.module.body).filter((fn) => directiveOf(fn) === 'use server');
  if (actions.length === 0) return;
  const props = record(
    [
      ['params', unknown(['params'])],
      ['searchParams', unknown(['query'])],
    ],
    UNKNOWN,
  );
  for (const entry of instance.module.exports) {
    if (entry.k !== 'local') continue;
    const value = it.modules.exported(instance, entry.exported);
    if (value.k !== 'function' || value.module !== instance || directiveOf(value.fn)) continue;
    const { line, endLine } = value.fn;
    if (!actions.some((a) => a.line >= line && a.line <= endLine)) continue;
    it.attempt({ file: instance.path, line }, () => {
      isolated(
        it,
        new Recorder(),
        STEPS,
        () => void it.quietly(() => void it.call(value, [props], UNKNOWN, { module: instance, line })),
      );
    });
  }
  for (const fn of actions) {
    const value = it.directed.get(fn) ?? functionValue(fn, instance.scope, instance);
    const name = fn.name ?? variableAround(instance, fn) ?? 'anonymous';
    observeAction(it, value, name, { module: instance, line: fn.line }, host);
  }
}
const STEPS = 60_000;
function functionsIn(node: unknown, found: FunctionNode[] = []): FunctionNode[] {
  if (Array.isArray(node)) for (const each of node) functionsIn(each, found);
  else if (typeof node === 'object' && node !== null) {
    if ('isArrow' in node) found.push(node as FunctionNode);
    for (const each of Object.values(node)) functionsIn(each, found);
  }
  return found;
}
