import type { Evaluator } from '../../wiring/evaluator.js';
import { tried } from '../../wiring/idle.js';
import { classMember } from '../../wiring/classes.js';
import { notesOn, readings, sameKey, type Note } from '../../wiring/metadata.js';
import type { AppliedLink, IdleCheck, Observation } from '../../wiring/recorder.js';
import {
  constantText,
  record,
  type ClassValue,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import type { Handler } from '../web/controllers.js';
import { runGuard } from './nest-chain.js';
import { activation, EXECUTION_CONTEXT, type Activation } from './nest-context.js';
import { guardName, readersIn, reading } from './nest-guards.js';
import type { Container } from './nest-modules.js';

/** An entry point with notes that nothing which was run for it has read. */
interface Unread {
  observation: Observation;
  notes: readonly Note[];
  container: Container;
  handler: Handler;
  kind: Activation['kind'];
  route: { method: string | null; path: string | null };
}
/** An entry point of the program, for trying guards on. */
const firstIn = (it: Evaluator): { entryPoint: Omit<Unread, 'notes'> | null } =>
  it.stateOf<{ entryPoint: Omit<Unread, 'notes'> | null }>('nestjs:first', () => ({ entryPoint: null }));
const unreadIn = (it: Evaluator): Unread[] => it.stateOf<Unread[]>('nestjs:unread', () => []);

/** To be called when an entry point has been run: keeps what is noted of it and was not read on the way. */
export function keepUnread(it: Evaluator, unread: Omit<Unread, 'notes'>): void {
  const { handler } = unread;
  const first = firstIn(it);
  first.entryPoint ??= unread;
  const { notes: read } = readings(it);
  const notes = notesOn(it, handler.cls, handler.name).filter((n) => !read.has(n));
  if (notes.length > 0 && unreadIn(it).length < MAX_UNREAD) unreadIn(it).push({ ...unread, notes });
}
const MAX_UNREAD = 400;

/**
 * Says of entry points what is noted on them for a guard that does not stand in front of them: one that reads such notes
 * elsewhere, or that no module installs. Which guard that is, is found by running it.
 */
export function findUnread(it: Evaluator): void {
  const unread = unreadIn(it);
  if (unread.length === 0) return;
  const mounted = new Set(readersIn(it).keys());
  const idle = it.decorated.filter(
    (cls) => !mounted.has(cls) && classMember(it, cls, 'canActivate', record(), siteOf(cls)) !== null,
  );
  // What nobody installs has never run: what it reads shows when it is tried on the first.
  for (const cls of idle) reading(it, cls, () => tryOn(it, cls, unread[0]!));
  const readers = [...readersIn(it)];
  for (const each of unread) {
    const found: IdleCheck[] = [];
    for (const note of each.notes)
      for (const [guard] of readers.filter(([, keys]) => [...keys].some((k) => sameKey(k, note.key)))) {
        const facts = tryOn(it, guard, each);
        // It has to read this very note: what else it asks is no matter of the note.
        if (facts.length > 0 && readings(it).notes.has(note))
          found.push({
            guard: guardName(guard),
            why: 'unread',
            written: constantText(note.key) ?? guardName(guard),
            facts,
            place: each.observation.registration,
          });
      }
    if (found.length > 0) each.observation.idle = found;
  }
}
/** A class that can be used as a guard, in front of a handler of which nothing is known. */
export function asNestGuard(it: Evaluator, value: Value, site: Site): (() => AppliedLink) | null {
  if (value.k !== 'class') return null;
  const method = value.node.members.find((m) => m.k === 'method' && m.name === 'canActivate');
  const { entryPoint } = firstIn(it);
  if (!method || !entryPoint) return null;
  const { container, handler, route } = entryPoint;
  const a = activation(it, 'http', handler.cls, handler.method, route);
  return () => runGuard(it, container, { value, site }, handler, a, it.native(EXECUTION_CONTEXT, a));
}
const siteOf = (cls: ClassValue) => ({ module: cls.module, line: cls.node.line });
function tryOn(it: Evaluator, guard: Value, { container, handler, kind, route, observation }: Unread) {
  const a = activation(it, kind, handler.cls, handler.method, route);
  const context: Native = it.native(EXECUTION_CONTEXT, a);
  readings(it).notes.clear();
  const site = handler.mark.site;
  return tried(it, observation.registration, () =>
    runGuard(it, container, { value: guard, site }, handler, a, context),
  );
}
