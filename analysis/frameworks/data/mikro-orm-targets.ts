import type { Evaluator } from '../../wiring/evaluator.js';
import { stringOf, type ClassValue, type Native, type Value } from '../../wiring/value.js';
import type { Entities } from './entities.js';
import { isRecord } from './record-values.js';
import { decoratedEntities, entityNamed } from './typeorm-entities.js';

/** Entities that decorators of MikroORM declare. */
export const entities = (it: Evaluator): Entities =>
  decoratedEntities(it, (packageName) => packageName.startsWith('@mikro-orm/'));

/** What is asked for: an entity by its class, its schema or its name. */
export interface Target {
  entity: string;
  cls: ClassValue | null;
}
/** What a call is about that is given a class, a name, or a record. */
export function targetOf(given: Value | undefined): Target {
  const cls = given?.k === 'class' ? given : given?.k === 'record' ? given.cls : null;
  return {
    entity: (isRecord(given) ? entityOf(given) : null) ?? cls?.node.name ?? entityNamed(given) ?? 'Entity',
    cls,
  };
}
/** The member of a record that says of which entity it is. */
export const ENTITY = '*entity*';
const entityOf = (value: Native): string | null => {
  const named = value.members.get(ENTITY);
  return named ? stringOf(named) : null;
};
