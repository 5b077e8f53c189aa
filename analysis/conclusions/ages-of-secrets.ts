import { keptForAWhile } from '../frameworks/data/key-value.js';
import type { Place } from '../model/model.js';
import type { FunctionNode } from '../syntax/ast.js';
import type { Evaluator } from '../wiring/evaluator.js';
import type { Fact } from '../wiring/fact.js';
import type { Observation } from '../wiring/recorder.js';
import { functionAround, textOf } from './code.js';

/** Until when a record may be used: a column, a function, a part of a statement. */
const OF_END = /expir|ttl|valid_?(?:until|to|before)|max_?age|until|deadline/i;
/** Anything by which it could be told how old a record is. */
const OF_TIME = /(?:created|issued|requested|sent|valid)_?(?:at|on|from)|timestamp|\bnow\b|"name":"Date"/i;
/** What a store is told that removes records by itself. */
const REMOVES = /"(?:key|value)":"(?:expires|expireAfterSeconds|ttl)"/i;

/**
 * Marks where a record is found by a secret that somebody presents: whether something on the way looks at until when it may be
 * used, or nothing at any time at all. Read off the code: of the handler, and of what tests or does anything for it.
 */
export function markAges(it: Evaluator): void {
  for (const o of it.observations) {
    const lookups = o.effects.filter((e) => e.class === 'read' && e.bySecret && !e.inChain && !e.nested);
    if (lookups.length === 0) continue;
    const read = functionsOf(it, o);
    const texts = [...read].map(textOf);
    const isAsked = texts.some((text) => OF_END.test(text));
    if (!isAsked && texts.some((text) => OF_TIME.test(text))) continue;
    for (const lookup of lookups)
      if (isAsked || !isRemoved(it, lookup.target)) lookup.age = isAsked ? 'asked' : 'never';
  }
}
function functionsOf(it: Evaluator, o: Observation): Set<FunctionNode> {
  const places = new Map<string, Place>();
  const add = (p: Place): void => void places.set(`${p.file}:${p.line}`, p);
  const seen = new Set<Fact>();
  const addAll = (facts: readonly Fact[]): void => {
    for (const f of facts) {
      if (seen.has(f)) continue;
      seen.add(f);
      if (f.k === 'any') f.alternatives.forEach(addAll);
      else {
        add(f.place);
        for (const call of f.via) add(call.place);
      }
    }
  };
  add(o.registration);
  addAll(o.reached);
  for (const e of o.effects) {
    add(e.place);
    addAll(e.facts);
  }
  return new Set([...places.values()].flatMap((p) => functionAround(it, p)?.fn ?? []));
}
/** Where the kind of record is declared, the store is told to remove old ones. */
const isRemoved = (it: Evaluator, target: string): boolean =>
  keptForAWhile(it).has(target) || removing(it).some((text) => text.includes(target));
/** The text of the modules in which a store is told to remove something. */
const removing = (it: Evaluator): readonly string[] =>
  it.stateOf('ages:removing', () =>
    it.modules.loaded.map(({ module }) => JSON.stringify(module.body)).filter((text) => REMOVES.test(text)),
  );
