import type { Trigger } from '../model/model.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { LibraryModel } from '../wiring/library.js';
import { runMiddleware } from '../wiring/middleware.js';
import { observeEntryPoint } from '../wiring/observe.js';
import {
  builtin,
  isCallable,
  optionsOf,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  type FunctionValue,
  type Site,
  type Value,
} from '../wiring/value.js';
import { DECLARATIONS, readDeclarations, type Declaration, type Where } from './declarations.js';
import { makeRequest, makeResponse } from './web-request.js';

interface Call {
  declaration: Declaration;
  args: readonly Value[];
  site: Site;
}
const calls = (it: Evaluator): Call[] => it.stateOf<Call[]>('declared', () => []);
const at = (args: readonly Value[], where: Where | null): Value | undefined => {
  const value = where ? args[where.argument] : undefined;
  if (!where?.property) return value;
  return value?.k === 'record' ? value.members.get(where.property) : undefined;
};
const inList = (value: Value | undefined): readonly Value[] =>
  !value
    ? []
    : value.k === 'list'
      ? value.elements
      : isCallable(value) || value.k === 'unknown'
        ? [value]
        : [];

function triggersOf({ declaration, args }: Call): Trigger[] {
  const { kind, method } = declaration;
  const texts = optionsOf(at(args, declaration.path) ?? UNDEFINED).map((o) => textOf(o.value, '*'));
  if (kind !== 'http') return texts.map((name) => ({ kind, name: name ?? '?' }));
  const given = method === null || typeof method === 'string' ? [] : inListOfTexts(at(args, method));
  const methods = typeof method === 'string' ? [method] : given.length > 0 ? given : ['ALL'];
  return texts.flatMap((path) => methods.map((m) => ({ kind, method: m.toUpperCase(), path })));
}
const inListOfTexts = (value: Value | undefined): string[] =>
  (value?.k === 'list' ? value.elements : value ? [value] : []).flatMap((v) => stringOf(v) ?? []);

function observe(it: Evaluator, call: Call): void {
  const { declaration, args, site } = call;
  const handler = at(args, declaration.handler) ?? unknown();
  for (const trigger of triggersOf(call)) {
    const method = trigger.kind === 'http' ? trigger.method : null;
    const path = trigger.kind === 'http' ? trigger.path : null;
    const request = makeRequest(it, { method, path, base: '', application: null });
    const response = makeResponse(it);
    observeEntryPoint(it, {
      framework: 'declared',
      trigger,
      registration: site,
      handler,
      unmounted: true,
      *chain() {
        for (const value of inList(at(args, declaration.guards)))
          yield runMiddleware(it, { value, site }, request, response);
      },
      work: () =>
        void it.runHandler(
          handler,
          declaration.kind === 'http'
            ? [request, response, builtin('next', () => UNDEFINED)]
            : [unknown(['message'])],
          site,
        ),
    });
  }
}

/** What a project declares of its own functions that register, in `.github/postern.yml`. See docs/own-framework.md. */
export const declared: LibraryModel = {
  name: 'declared',
  packages: [],
  about: {
    title: 'Declared in `.github/postern.yml`',
    registers:
      'calls of the functions under `registers`, where running them registers nothing that is understood',
    guards: 'the functions at `guards`, called as Express calls them',
    answers: 'as Express',
    limits: 'below which path it is mounted',
  },
  calls: {},
  reads: (path) => path === DECLARATIONS,
  prepare: (it, texts) => {
    for (const [file, text] of texts) {
      const { declarations, mistakes } = readDeclarations(text);
      for (const { line, reason } of mistakes) it.gap(reason, { file, line });
      for (const declaration of declarations)
        it.watched.set(declaration.function, (callee, args, site) => {
          const isOther =
            declaration.file !== null &&
            !(callee as FunctionValue | null)?.module?.path.endsWith(declaration.file);
          // A value of a library may answer under two names: the call is one.
          const isSame = calls(it).some(
            (c) => c.site.line === site.line && c.args.every((a, i) => a === args[i]),
          );
          if (!isOther && !isSame) calls(it).push({ declaration, args, site });
        });
    }
  },
  finish: (it) => {
    const known = new Set(it.observations.map((o) => `${o.registration.file}:${o.registration.line}`));
    for (const call of calls(it)) {
      const { file, line } = it.place(call.site);
      if (!known.has(`${file}:${line}`)) observe(it, call);
    }
  },
};
