import type { Place } from '../model/model.js';
import { lineText } from '../model/place.js';
import { definitionOf } from '../wiring/middleware.js';
import type { Observation } from '../wiring/recorder.js';

/**
 * Where a person writes each entry point down. What a program registers with a function of its own (`this.route(...)`), or
 * for all modules of a folder, it registers in one line: there an entry point stands where that function is called for it, and
 * else where its handler does.
 */
export function asWrittenDown(observations: readonly Observation[]): Observation[] {
  const lines = new Map<string, Observation[]>();
  for (const o of observations) {
    const line = lineText(o.registration);
    lines.set(line, [...(lines.get(line) ?? []), o]);
  }
  const factories = callsOfSeveral(observations);
  const places = new Map<Observation, Place>();
  for (const group of lines.values()) place(group, 0, factories, places);
  return observations.map((o) => {
    const { registration: from } = o;
    const to = places.get(o);
    if (!to) return o;
    const links = o.links.map((l) => (lineText(l.place) === lineText(from) ? { ...l, place: to } : l));
    return { ...o, registration: to, links };
  });
}
/** Calls by which several lines register: each makes a router, and writes down no entry point of its own. */
function callsOfSeveral(observations: readonly Observation[]): ReadonlySet<string> {
  const lines = new Map<string, Set<string>>();
  for (const o of observations)
    for (const call of o.calls ?? []) {
      const text = lineText(call);
      lines.set(text, (lines.get(text) ?? new Set()).add(lineText(o.registration)));
    }
  return new Set([...lines].flatMap(([call, from]) => (from.size > 1 ? [call] : [])));
}
/** Follows those that one line registers outwards, call by call, until they part. */
function place(
  group: readonly Observation[],
  depth: number,
  factories: ReadonlySet<string>,
  places: Map<Observation, Place>,
): void {
  if (group.length < 2) return;
  const callers = new Map<string, Observation[]>();
  for (const o of group) {
    const call = o.calls?.at(-1 - depth);
    const text = call && !factories.has(lineText(call)) ? lineText(call) : '';
    callers.set(text, [...(callers.get(text) ?? []), o]);
  }
  for (const [caller, from] of callers) {
    if (caller === '') byHandler(from, places);
    else {
      if (callers.size > 1) for (const o of from) places.set(o, o.calls!.at(-1 - depth)!);
      place(from, depth + 1, factories, places);
    }
  }
}
/**
 * Nothing but their handlers tells them apart: where those are in other files, and in several of them or called for from one,
 * the line that registers them says nothing of any.
 */
function byHandler(group: readonly Observation[], places: Map<Observation, Place>): void {
  const defined = group.map((o) => (o.handler && o.at === null ? definitionOf(o.handler) : null));
  if (group.length < 2 || defined.some((d, i) => d === null || d.file === group[i]!.registration.file))
    return;
  const isCalledFor = places.has(group[0]!);
  if (isCalledFor || new Set(defined.map((d) => d!.file)).size > 1)
    group.forEach((o, i) => places.set(o, defined[i]!));
}
