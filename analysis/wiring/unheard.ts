import type { Declarator, Expression, FunctionNode, Pattern } from '../syntax/ast.js';
import { nodesIn } from '../syntax/walk.js';
import type { Evaluator } from './evaluator.js';
import { isSent, newFacts, type Fact, type Source } from './fact.js';
import { noteDropped } from './neglect.js';
import { outcomes } from './tests.js';
import { now } from './scope.js';
import { choice, isNullish, type Site, type Value } from './value.js';

/** Evaluates what stands for itself, or is put into a variable, and sees of a call whether it left anything but its answer. */
export function alone(
  it: Evaluator,
  e: Expression,
  evaluate: () => Value,
): { value: Value; isPure: boolean } {
  const { recorder } = it;
  if (!recorder || !callIn(e)) return { value: evaluate(), isPure: false };
  const [effects, since, outer] = [recorder.effects.length, now(), it.journal.watch()];
  let oldest = Infinity;
  let value: Value;
  try {
    value = evaluate();
  } finally {
    oldest = it.journal.unwatch(outer);
  }
  const wrote = oldest <= since || recorder.effects.slice(effects).some((e) => e.class === 'write');
  return { value, isPure: !wrote };
}
/** `may(user);`, `await may(user);`: what it answers is heard by nobody. */
export function noteUnheard(it: Evaluator, e: Expression, value: Value, isPure: boolean, site: Site): void {
  const call = callIn(e);
  if (!it.recorder || !call) return;
  const facts = answered(it, value, site);
  // Else what it has written may say the same: `request.user`.
  if (facts.length === 0 || (!isPure && !(facts.some(isAnswered) && !asksWhetherAnswered(it)))) return;
  it.recorder.neglect({
    how: 'unheard',
    name: nameOf(call.callee),
    place: it.place({ ...site, line: call.line }),
    facts,
    refusal: null,
  });
}
/** `const ok = await may(user)`, and `ok` stands nowhere else: nor is it heard, or waited for. */
export function noteUnread(
  it: Evaluator,
  d: Declarator,
  value: Value,
  isPure: boolean,
  effects: number,
  site: Site,
): void {
  if (!it.recorder || !d.init || !callIn(d.init)) return;
  const isLeft = value.k === 'promise' && value.facts.length > 0;
  if (!isLeft && answered(it, value, site).length === 0) return;
  const fn = it.currentFrame?.fn;
  if (!fn || !isUnread(fn, d.target)) return;
  if (isLeft) noteDropped(it, d.init, value, effects);
  else noteUnheard(it, d.init, value, isPure, site);
}
/** `if (!mayEdit(request, response)) return`: it has told whoever it turns down, and its caller has to stop. */
const isAnswered = (fact: Fact): boolean =>
  fact.k === 'atom' && fact.refusal?.how === 'answer' && REFUSED.has(fact.refusal.status ?? 0);
const REFUSED: ReadonlySet<number> = new Set([401, 403, 429]);
/** `if (response.headersSent) return` */
const asksWhetherAnswered = (it: Evaluator): boolean => {
  const fn = it.currentFrame?.fn;
  const names = fn ? namesOf(fn) : null;
  return names === null || ANSWERED.some((name) => names.has(`.${name}`));
};
const ANSWERED = ['headersSent', 'writableEnded', 'finished', 'sent', 'headerSent', 'writableFinished'];
/** What holds where a call that answers whether it is so says that it is; nothing where its answer says no such thing. */
function answered(it: Evaluator, value: Value, site: Site): readonly Fact[] {
  const answer = saysWhether(value.k === 'promise' ? value.value : value);
  if (!answer) return [];
  const { whenTrue, whenFalse } = outcomes(it, answer, site);
  return whenTrue && whenFalse ? newFacts(it.facts, whenTrue) : [];
}
/** Compared with what is written in the code: so that it takes as long where there is nobody of that name. */
const isOfNobody = (sources: readonly Source[]): boolean =>
  sources.every((s) => s === 'secret-match' || isSent(s));
/** A boolean, something or nothing, or an object one member of which says whether: the part that is asked. */
function saysWhether(value: Value): Value | null {
  if (value.k === 'test') return value;
  if (value.k === 'unknown') return value.form === 'match' && !isOfNobody(value.sources) ? value : null;
  if (value.k === 'record') {
    const said = [...value.members.values()].filter((m) => m.k === 'test');
    return said.length === 1 ? said[0]! : null;
  }
  if (value.k !== 'choice') return null;
  const { options } = value;
  const records = options.flatMap((o) => (o.value.k === 'record' ? [o.value.members] : []));
  if (records.length === options.length) {
    // `{ ok: true }` or `{ ok: false, error }`
    const [first] = records;
    const name = [...(first?.keys() ?? [])].find((key) => records.every((m) => isBoolean(m.get(key))));
    return name === undefined
      ? null
      : choice(options.map((o, i) => ({ value: records[i]!.get(name)!, facts: o.facts })));
  }
  return options.some((o) => o.value.k === 'test' || isBoolean(o.value) || isNullish(o.value)) ? value : null;
}
const isBoolean = (value: Value | undefined): boolean =>
  value?.k === 'test' || (value?.k === 'literal' && typeof value.value === 'boolean');

const callIn = (e: Expression): (Expression & { k: 'call' }) | null =>
  e.k === 'call' ? e : e.k === 'await' ? callIn(e.argument) : null;
const nameOf = (e: Expression): string =>
  e.k === 'member'
    ? e.object.k === 'identifier'
      ? `${e.object.name}.${e.name}`
      : e.name
    : e.k === 'identifier'
      ? e.name
      : 'check';

/** How often each name stands in a function, those of members with a dot; null where something of it could not be read. */
function namesOf(fn: FunctionNode): ReadonlyMap<string, number> | null {
  let counted = names.get(fn);
  if (counted === undefined) names.set(fn, (counted = countedIn(fn)));
  return counted;
}
const names = new WeakMap<FunctionNode, ReadonlyMap<string, number> | null>();
function isUnread(fn: FunctionNode, target: Pattern): boolean {
  const declared = declaredBy(target);
  if (declared.length === 0) return false;
  const counted = namesOf(fn);
  return counted !== null && declared.every((name) => counted.get(name) === 1);
}
function declaredBy(target: Pattern): string[] {
  if (target.k === 'identifier') return [target.name];
  if (target.k !== 'objectPattern' || target.rest) return [];
  const each = target.properties.map((p) => declaredBy(p.value));
  return each.some((names) => names.length === 0) ? [] : each.flat();
}
function countedIn(fn: FunctionNode): ReadonlyMap<string, number> | null {
  const counted = new Map<string, number>();
  for (const node of nodesIn(fn)) {
    if (node.k === 'unknown') return null;
    if (node.k !== 'identifier' && node.k !== 'member') continue;
    const told = node.k === 'member' ? `.${node.name}` : node.name;
    counted.set(told, (counted.get(told) ?? 0) + 1);
  }
  return counted;
}
