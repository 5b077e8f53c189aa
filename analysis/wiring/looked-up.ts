import type { Evaluator } from './evaluator.js';
import type { Source } from './fact.js';
import type { Row } from './rows.js';
import type { Site } from './value.js';

/**
 * The source that stands for a record. What one place looks up in the same way is the same record, whichever of several
 * databases a setting chooses: otherwise each test of it would be one of a record here or of another there. `step` tells
 * apart what one operation loads.
 */
export function rowOf(it: Evaluator, row: Row, site: Site, step = ''): Source {
  if (row.isNew) return add(it, row);
  const known = it.stateOf<Map<string, Source>>('rows', () => new Map());
  const key = [
    row.entity,
    row.keys.join(),
    row.roles.join(),
    `${row.scoped}${row.bySecret}${row.isOwn ?? false}${row.named?.join() ?? ''}${row.isOrOpen ?? ''}`,
    `${step}@${site.module.path}:${site.line}`,
    `${it.recorder?.inChain}`,
    ...it.calls.map((c) => `${c.place.file}:${c.place.line}`),
  ].join('|');
  let source = known.get(key);
  if (source === undefined) known.set(key, (source = add(it, row)));
  const before = it.rows.get(source)!;
  // Looked up here by something else on another way: it is either.
  if (before.asked?.join() !== row.asked?.join()) before.asked = undefined;
  return source;
}
function add(it: Evaluator, row: Row): Source {
  const source = `row#${it.rows.size + 1}`;
  it.rows.set(source, row);
  return source;
}
