import { opaqueLink } from '../../wiring/recorder.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { ownSite } from '../../wiring/own-site.js';
import { UNDEFINED, unknown, UNKNOWN, type Native } from '../../wiring/value.js';
import { makeContext } from '../web/context.js';
import { unexplained } from './graphql-directives.js';
import { stateOfSchema, type Field, type FieldCall } from './graphql-schema.js';
import { beforeFields } from './graphql-serving.js';

export const ROOTS: readonly string[] = ['Query', 'Mutation', 'Subscription'];
export const typeOf = (field: Pick<Field, 'name'>): string => field.name.split('.')[0]!;

/** One field of a schema: what stands in front of the server, around the field, and the resolver. */
export function observeField(it: Evaluator, schema: Native, given: Field): void {
  const { framework, layers } = stateOfSchema(schema);
  const around = [...(given.layers ?? []), ...layers];
  const field = around.reduce((f, layer) => layer.map?.(it, f) ?? f, given);
  const { resolve, subscribe } = field;
  const handler = resolve ?? subscribe ?? null;
  const own = given.resolve ?? given.subscribe;
  const site = own ? ownSite(own, given.site) : given.site;
  const call: FieldCall = {
    parent: ROOTS.includes(typeOf(field)) ? UNDEFINED : unknown(['parent']),
    args: unknown(['body']),
    context: makeContext(it),
    info: UNKNOWN,
  };
  const args = (): ReturnType<NonNullable<Field['given']>> =>
    field.given?.(call) ?? [call.parent, call.args, call.context, call.info];
  observeEntryPoint(it, {
    framework,
    trigger: { kind: 'graphql', name: field.name },
    registration: site,
    ...(field.place ? { place: field.place } : {}),
    handler: given.subscribe ?? given.resolve,
    *chain(recorder) {
      call.context = yield* beforeFields(it, schema, typeOf(field), call.context as Native);
      // What subscribes runs before events come, and before what stands in front of `resolve`.
      if (field.guardsSubscribe) yield* field.chain?.(it, call) ?? [];
      if (subscribe && resolve) {
        recorder.inChain = false;
        it.runHandler(subscribe, args(), site, field.self);
        recorder.inChain = true;
        call.parent = unknown(['parent']);
      }
      for (const name of unexplained(field)) yield opaqueLink(`@${name}`, it.place(site));
      for (const layer of [...around].reverse()) yield* layer.links?.(it, field, call) ?? [];
      if (!field.guardsSubscribe) yield* field.chain?.(it, call) ?? [];
    },
    work: () => {
      if (handler) return it.runHandler(handler, args(), site, field.self);
    },
  });
}
