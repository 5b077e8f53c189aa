import type { Decoration } from '../../wiring/decorators.js';

/** The package, after which its entry points are named as well. */
export const NAME = 'routing-controllers';

const VERBS = /^(Get|Post|Put|Patch|Delete|Head|All)$/;
/** Is it a decorator of routing-controllers? */
export const isOurs = (d: Decoration): boolean => d.package === NAME;
/** Does it make a method an action? */
export const isRoute = (d: Decoration): boolean => isOurs(d) && (VERBS.test(d.name) || d.name === 'Method');
/** Does it make a class a controller? */
export const marksClass = (d: Decoration): boolean => isOurs(d) && /^(Json)?Controller$/.test(d.name);
/** Those of routing-controllers that have a name. */
export const named = (all: readonly Decoration[], name: string): Decoration[] =>
  all.filter((d) => isOurs(d) && d.name === name);
