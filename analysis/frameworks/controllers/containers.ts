import { injected } from '../../wiring/injection.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import { UNKNOWN } from '../../wiring/value.js';

/** The instance that a container makes of a class, when it is asked for one by its class. */
const instance: Operation = (it, [token]) => (token?.k === 'class' ? injected(it, token) : UNKNOWN);

/** Containers that make what they are asked for of the types in constructors. */
export const containers: LibraryModel = {
  name: 'containers',
  packages: ['typedi', 'tsyringe'],
  calls: { 'Container.get': instance, 'container.resolve': instance },
};
