import type { Evaluator } from '../../wiring/evaluator.js';
import { factKey } from '../../wiring/fact.js';
import { tried } from '../../wiring/idle.js';
import type { LibraryType } from '../../wiring/library.js';
import { callableName } from '../../wiring/naming.js';
import type { Installed } from '../../wiring/middleware.js';
import type { AppliedLink, IdleCheck, Observation } from '../../wiring/recorder.js';
import { UNDEFINED, type Record_, type Value } from '../../wiring/value.js';

/** Metadata of a procedure, as what runs in front of it is given it: takes down which of its keys are read. */
const META: LibraryType = {
  name: 'metadata of a procedure',
  methods: {},
  get: (it, { state }, name) => {
    const { meta, read } = state as { meta: Record_; read: Set<string> };
    it.touched++;
    read.add(name);
    return meta.members.get(name) ?? UNDEFINED;
  },
};
export const watched = (it: Evaluator, meta: Value, read: Set<string>): Value =>
  meta.k === 'record' && meta.open === null && meta.cls === null ? it.native(META, { meta, read }) : meta;

/** A procedure as it was run, with what each middleware in front of it has read of its metadata. */
interface Run {
  observation: Observation;
  meta: Value;
  readBy: ReadonlyMap<Installed, ReadonlySet<string>>;
  run: (link: Installed, meta: Value) => AppliedLink;
}
const runsIn = (it: Evaluator): Run[] => it.stateOf<Run[]>('trpc:metadata', () => []);
export function keepReadMeta(it: Evaluator, run: Run): void {
  if (runsIn(it).length < MAX_RUNS) runsIn(it).push(run);
}
const MAX_RUNS = 2_000;
type Asked = Pick<IdleCheck, 'guard' | 'facts' | 'anyway'>;

/**
 * Says of procedures what their metadata asks for, where the middleware that reads it in front of others does not stand in front of them.
 * What it asks of everybody, whatever the metadata says, is no matter of the metadata.
 */
export function findUnreadMeta(it: Evaluator): void {
  const readers = new Map<string, Map<Value, Installed>>();
  for (const { readBy } of runsIn(it))
    for (const [link, keys] of readBy)
      for (const key of keys) {
        const known = readers.get(key) ?? new Map<Value, Installed>();
        readers.set(key, known.set(link.value, known.get(link.value) ?? link));
      }
  for (const { observation, meta, readBy, run } of runsIn(it)) {
    if (meta.k !== 'record' || meta.open) continue;
    const read = new Set([...readBy.values()].flatMap((keys) => [...keys]));
    const own = new Set([...readBy.keys()].map((l) => l.value));
    const place = observation.registration;
    // One reader of several keys asks the same for each.
    const asked = new Map<Value, Asked>();
    const askedBy = (link: Installed): Asked => {
      const known = asked.get(link.value);
      if (known) return known;
      const anyway = tried(it, place, () => run(link, UNDEFINED));
      const always = new Set(anyway.map(factKey));
      let guard = callableName(link.value);
      const facts = tried(it, place, () => {
        const applied = run(link, meta);
        guard = applied.name;
        return applied;
      }).filter((f) => !always.has(factKey(f)));
      const found = { guard, facts, anyway };
      asked.set(link.value, found);
      return found;
    };
    const idle = [...meta.members.keys()].flatMap((key): IdleCheck[] => {
      const missing = read.has(key) ? [] : [...(readers.get(key)?.values() ?? [])];
      return missing.flatMap((link): IdleCheck[] => {
        if (own.has(link.value)) return [];
        const by = askedBy(link);
        return by.facts.length > 0 ? [{ ...by, why: 'unread', written: `meta.${key}`, place }] : [];
      });
    });
    if (idle.length > 0) observation.idle = idle;
  }
}
