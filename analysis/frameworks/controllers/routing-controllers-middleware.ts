import { decorationsOf } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { optionIn, stringOf, textOf, UNDEFINED, type Value } from '../../wiring/value.js';
import { classesIn, middlewareOf } from '../web/controllers.js';
import { joinPaths } from '../web/paths.js';
import type { Part } from './controller-routes.js';
import { named } from './routing-controllers-decorators.js';
import { listedIn, servers } from './routing-controllers-server.js';

/** Global middleware: by priority, those that are listed, or all where none are. */
export function globalMiddleware(it: Evaluator, options: Value, isKoa: boolean): Part[] {
  const all = it.decorated.filter((cls) => named(decorationsOf(it, cls).own, 'Middleware').length > 0);
  const given = listedIn(options, 'middlewares');
  const listed = given ? classesIn(given, all) : { classes: all, sure: true };
  // One server has them all, where it is not known which are listed.
  const classes = listed.sure || servers(it).length > 1 ? listed.classes : all;
  const prefix = optionIn(options, 'routePrefix');
  const path = isKoa ? '' : ((prefix && joinPaths('', textOf(prefix) ?? '*')) ?? '');
  return all
    .filter((cls) => classes.includes(cls))
    .flatMap((cls) => {
      const mark = named(decorationsOf(it, cls).own, 'Middleware')[0]!;
      const settings = mark.args[0] ?? UNDEFINED;
      const type = optionIn(settings, 'type');
      const priority = optionIn(settings, 'priority');
      if (type && stringOf(type) === 'after') return [];
      const use = middlewareOf(it, cls, 'use', mark.site);
      // One for errors has no `use`.
      if (use.value.k !== 'function') return [];
      const rank = priority?.k === 'literal' && typeof priority.value === 'number' ? priority.value : 0;
      return [{ rank, part: { use, path } }];
    })
    .sort((a, b) => b.rank - a.rank)
    .map(({ part }) => part);
}
