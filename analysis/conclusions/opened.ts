import { CALLER } from '../model/caller.js';
import type { Protection } from '../model/model.js';
import type { Context } from '../protections/atoms.js';
import { classify } from '../protections/classify.js';
import { isInput, type Fact, type Source } from '../wiring/fact.js';
import type { Observation, RecordedEffect } from '../wiring/recorder.js';
import { isFoundBy, keysOf } from './vouching.js';

/**
 * States by which owners open what is theirs to everybody, as `Album.isOpen=true`. That strangers get only records in some
 * state says nothing by itself: they may be shown what is active, and not deleted, of everybody's. It is so where the program
 * itself puts the state beside ownership: a filter takes what is the caller's or in that state; or owners say themselves
 * whether it is in it, or put it there, as who publishes does, and find their own whether it is or not.
 */
export function openedStates(
  observations: readonly Observation[],
  context: Context,
  protectionsOf: (e: RecordedEffect, o: Observation) => readonly Protection[],
): ReadonlySet<string> {
  const found = new Set<string>();
  const asked = new Set<string>();
  const ofOwners = new Set<string>();
  for (const o of observations) {
    for (const { states, scoped } of o.effects) {
      for (const s of states?.alternative ?? []) found.add(s);
      for (const s of states?.demanded ?? []) (scoped ? ofOwners : asked).add(s);
    }
    // A record may be found first, and then be asked for its state: `if (!album.isOpen) throw …`.
    const passed = new Set([...o.reached, ...o.effects.flatMap((e) => e.facts)]);
    for (const { state } of statesExcused(passed, context)) found.add(state);
    for (const { row, state } of statesAsked(passed, context)) {
      const isOwners =
        context.rows.get(row)!.scoped ||
        o.effects.some((e) => e.row === row && protectionsOf(e, o).includes('ownership'));
      (isOwners ? ofOwners : asked).add(state);
    }
  }
  const said = new Set(
    [...asked].flatMap((s) => (s.endsWith('=true') && !ofOwners.has(s) ? [columnOf(s)] : [])),
  );
  for (const o of said.size > 0 ? observations : [])
    for (const e of o.effects) {
      const affirmed = (e.change?.affirms ?? []).map((c) => `${e.target}.${c}`);
      const isWhole = e.gives?.includes(`${e.target}.*`) ?? false;
      const given = isWhole ? [...said].filter((c) => c.startsWith(`${e.target}.`)) : (e.gives ?? []);
      const columns = [...given, ...affirmed].filter((c) => said.has(c) && !found.has(`${c}=true`));
      if (columns.length > 0 && protectionsOf(e, o).includes('ownership'))
        for (const c of columns) found.add(`${c}=true`);
    }
  return found;
}
/** States that records were asked for by the code, as in `if (!album.isOpen) throw …`. */
function statesAsked(facts: Iterable<Fact>, { rows }: Context): { row: Source; state: string }[] {
  return [...facts].flatMap((f) => {
    if (f.k !== 'atom' || f.mark === undefined || f.test !== 'exists') return [];
    const [row] = f.sources;
    const known = row === undefined ? undefined : rows.get(row);
    return known ? [{ row: row!, state: `${known.entity}.${f.mark}=true` }] : [];
  });
}
/**
 * `if (!album.isOpen && album.ownerId !== me.id && !me.isAdmin) throw …`: it is in that state, or whoever calls may see it as it is, its
 * owner among them. Where one of several records may be in one, whichever is opens the others, so that none says anything.
 */
function statesExcused(facts: Iterable<Fact>, context: Context): { row: Source; state: string }[] {
  return [...facts].flatMap((f) => {
    if (f.k !== 'any') return [];
    const sides = f.alternatives.map((a) => ({ of: a, found: a.flatMap((x) => classify(x, context)) }));
    const isAsked = (p: Protection): boolean => p === 'ownership' || p === 'authorization';
    const open = sides.filter((s) => !s.found.some((c) => isAsked(c.protection)));
    const isOwners = sides.some((s) => s.found.some((c) => c.protection === 'ownership'));
    if (open.length !== 1 || !isOwners) return [];
    return statesAsked(
      open[0]!.of.filter((x) => x.k === 'atom' && x.refusal !== null),
      context,
    );
  });
}
/**
 * `if (!session && !shownIds.includes(picture.id)) throw …`: strangers get what is named by records of another kind, which the request
 * does not choose, as what hangs in a gallery that is open. Whoever wrote that decided what is for them.
 */
function namedByOthers(facts: Iterable<Fact>, context: Context): Source[] {
  return [...facts].flatMap((f) => {
    if (f.k !== 'any') return [];
    const open = f.alternatives.filter(
      (a) => !a.some((x) => classify(x, context).some((c) => CALLER.has(c.protection))),
    );
    const [only, ...others] = open.flat();
    if (open.length !== 1 || !only || others.length > 0 || only.k !== 'atom') return [];
    if (only.test !== 'member' || only.refusal === null) return [];
    const rows = only.sources.flatMap((s) => ({ of: s, row: context.rows.get(s) }));
    const named = rows.find(({ row }) => row?.isList === false);
    const among = rows.find(({ row }) => row?.isList && !row.keys.some(isInput));
    const isOfAnother = named && among && named.row!.entity !== among.row!.entity;
    return isOfAnother && rows.length === 2 ? [named.of] : [];
  });
}
const columnOf = (state: string): string => state.slice(0, state.lastIndexOf('='));

/** All that it gives away is in such a state, or hangs on something that is. */
export function readsOnlyOpened(
  o: Observation,
  own: readonly RecordedEffect[],
  opened: ReadonlySet<string>,
  context: Context,
): boolean {
  // Whoever asks for one that is in no such state is sent away with nothing.
  const refused = o.reached.filter((f) => f.k === 'atom' && f.refusal !== null);
  const byTest = new Set(
    [...statesAsked(refused, context), ...statesExcused(o.reached, context)].flatMap(({ row, state }) =>
      opened.has(state) ? [row] : [],
    ),
  );
  for (const row of namedByOthers(o.reached, context)) byTest.add(row);
  const isOpened = (e: RecordedEffect): boolean =>
    (e.states?.demanded.some((s) => opened.has(s)) ?? false) || (e.row !== null && byTest.has(e.row));
  // A layer in front may have looked it up, and asked.
  const inFront = o.effects.filter((e) => e.inChain && e.row !== null && byTest.has(e.row));
  const rows = [...own, ...inFront].flatMap((e) => (e.row !== null && isOpened(e) ? [e.row] : []));
  const isGiven = (e: RecordedEffect): boolean => e.row === null || o.released.has(e.row);
  // What hangs on it may be found by what it was found by itself: both by the id in the path.
  const named = rows.map((r) => context.rows.get(r)!.keys.filter(isInput)).filter((keys) => keys.length > 0);
  const isFoundAlike = (e: RecordedEffect): boolean =>
    named.some((keys) => keysOf(e).length > 0 && keysOf(e).every((k) => keys.includes(k)));
  return (
    rows.length > 0 &&
    own.every(
      (e) =>
        e.class === 'read' &&
        (isOpened(e) ||
          !isGiven(e) ||
          e.keys.some((k) => rows.includes(k) || isFoundBy(k, rows, context)) ||
          isFoundAlike(e)),
    )
  );
}
