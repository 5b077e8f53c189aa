import { isSignIn } from '../model/effects.js';
import type { Effect, EntryPoint, Trigger } from '../model/model.js';
import { PUBLIC } from '../model/public.js';
import { isEntityEffect } from './acting.js';
import { indexEntryPoints, type Index } from './precedents.js';
import { parameterOf } from './same-record.js';

/** An entry point that somebody is about to write. */
export interface Planned {
  trigger: Trigger;
  program: string;
  /** Where it will be registered; null where that is open. */
  file: string | null;
  /** What it will do with which entity, as effects are named in a model. */
  effects: readonly { operation: string; target: string }[];
  /** The entry point of the model that it is to take the place of: its first draft, for instance. */
  replaces: string | null;
  /** Why it would be open on purpose, as models say it; null where it would not. */
  public: string | null;
}

const READING: ReadonlySet<string> = new Set(['read', 'list']);

/**
 * The planned entry point as one of a model, bare, among those that are there: what the judgement would say of it is what
 * it has to bring along. Of what it does the usual is assumed: the request chooses which records, and nothing is looked
 * at before.
 */
export function amongPeers(
  planned: Planned,
  all: readonly EntryPoint[],
): { entryPoint: EntryPoint; index: Index } {
  const others = all.filter((e) => e.id !== planned.replaces);
  const entryPoint: EntryPoint = {
    id: `${planned.program}: (planned)`,
    program: planned.program,
    trigger: planned.trigger,
    framework: '',
    registration: { file: planned.file ?? '', line: 0 },
    handler: null,
    chain: [],
    protections: [],
    unknown: [],
    effects: planned.effects.map((e) => effectOf(e, planned, others)),
    public: planned.public,
    unmounted: false,
  };
  return { entryPoint, index: indexEntryPoints([...others, entryPoint]) };
}

function effectOf(
  { operation, target }: Planned['effects'][number],
  planned: Planned,
  others: readonly EntryPoint[],
): Effect {
  return {
    operation,
    class: READING.has(operation) ? 'read' : 'write',
    target,
    place: { file: '', line: 0 },
    protections: [],
    authorization: [],
    own: false,
    // What the schema says of an entity, every effect on it says.
    global: others.some((e) => e.effects.some((x) => isEntityEffect(x) && x.target === target && x.global)),
    nested: false,
    check: false,
    // Whoever signs somebody in asks for something.
    ...(planned.public === PUBLIC.exchanges && isSignIn({ operation }) ? { asksAgain: true } : {}),
    subjects: chosenBy(planned),
  };
}
/** What of a request says which records it is about. */
function chosenBy({ trigger }: Planned): string[] {
  const path = 'path' in trigger ? (trigger.path ?? '') : '';
  const parameters = path.split('/').flatMap((s) => parameterOf(s) ?? []);
  return (parameters.length > 0 ? parameters : ['id']).map((name) => `params.${name}`);
}
