import { assignAll } from '../../wiring/spreading.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { promise, sourcesOf, UNDEFINED, unknown, type Native, type Value } from '../../wiring/value.js';
import { isTie, type Model } from './mongoose-models.js';
import { act, type Operation as Act } from './record-queries.js';
import { heldBy, isNewRecord, makeRecord, withCallback, type RecordMethod } from './record-values.js';

/** A document to work with: what it was found by stays its origin. */
export function documentOf(it: Evaluator, model: Model, sources: readonly string[], data?: Value): Native {
  const own = model.cls ?? model.schema?.methods ?? null;
  return makeRecord(it, { sources, own, data, method: onDocument(model) });
}
const onDocument =
  (model: Model): RecordMethod =>
  (it, self, name, args, site) => {
    const operate = (operation: Act): Value => {
      const isNew = isNewRecord(self) && operation === 'update';
      const found = act(it, {
        entity: model.name,
        operation: isNew ? 'create' : operation,
        where: unknown(sourcesOf(self)),
        data: operation === 'update' ? heldBy(self) : undefined,
        isTie: (field) => isTie(model, field),
        site,
      });
      const saved = isNew ? documentOf(it, model, found) : self;
      return withCallback(it, args, () => saved, site) ? UNDEFINED : promise(saved);
    };
    switch (name) {
      case 'save':
      case 'updateOne':
      case 'update':
      case 'replaceOne':
        return operate('update');
      case 'deleteOne':
      case 'remove':
      case 'delete':
        return operate('delete');
      case 'set':
        if (args[0] && args[0].k !== 'literal') assignAll(it, self, [args[0]], site);
        return self;
      case 'overwrite':
      case 'populate':
      case 'depopulate':
      case 'toObject':
      case 'toJSON':
      case 'exec':
      case 'execPopulate':
        return self;
      default:
        return undefined;
    }
  };
