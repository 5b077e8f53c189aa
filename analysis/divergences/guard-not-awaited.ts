import type { EntryPoint, Model, NeglectedCheck } from '../model/model.js';
import { lineText } from '../model/place.js';
import { fingerprint, nameOf, OF_NO_ENTRY_POINT, placesOf, sentence } from './describe.js';
import { STANDS_AS_NOTE } from './standing.js';
import type { Finding } from './finding.js';

interface Neglect {
  check: NeglectedCheck;
  behind: EntryPoint[];
}

/**
 * Refusals that are made and not given to anybody, and checks that are called and not waited for: a promise is true whatever it will say, and one that rejects stops nobody. No
 * precedent is needed where it is seen how the check would refuse; else another entry point has to wait for it.
 */
export function guardsNotAwaited(model: Model): Finding[] {
  return raised(model).map(({ neglect, waiting }) => findingOf(neglect, waiting));
}
/** Whether what a finding says is missing is what a check would bring that is not waited for: one fault, told there. */
export function toldByPromise(model: Model): (f: Finding) => boolean {
  const told = new Set(
    raised(model).flatMap(({ neglect: { check, behind } }) =>
      behind.flatMap((e) => broughtBy(check).map((p) => `${e.id}|${p}`)),
    ),
  );
  return (f) => {
    const of = f.entryPoint === null ? f.affects : [f.entryPoint, ...f.affects];
    return of.length > 0 && of.every((id) => told.has(`${id}|${f.missing}`));
  };
}
/** Whoever is answered 403 may not do it, or it is not theirs. */
const broughtBy = ({ how, protections }: NeglectedCheck): readonly string[] =>
  how === 'unsaid' && protections.includes('authorization') ? [...protections, 'ownership'] : protections;
function raised(model: Model): { neglect: Neglect; waiting: EntryPoint[] }[] {
  const byPlace = new Map<string, Neglect>();
  for (const e of model.entryPoints)
    for (const check of e.neglected ?? []) {
      const key = `${lineText(check.place)} ${check.name}`;
      const known = byPlace.get(key);
      if (known) known.behind.push(e);
      else byPlace.set(key, { check, behind: [e] });
    }
  return [...byPlace.values()].flatMap((neglect) => {
    const waiting = whoWait(model, neglect);
    return neglect.check.refuses || waiting.length > 0 ? [{ neglect, waiting }] : [];
  });
}
/** Entry points in front of which the same test is made and waited for. */
const whoWait = (model: Model, { check, behind }: Neglect): EntryPoint[] =>
  check.check === null
    ? []
    : model.entryPoints.filter(
        (e) =>
          !behind.includes(e) &&
          e.chain.some(
            (l) =>
              l.definition && l.protections.length > 0 && lineText(l.definition) === lineText(check.check!),
          ),
      );
function findingOf({ check, behind }: Neglect, waiting: readonly EntryPoint[]): Finding {
  const [first] = behind;
  const others =
    behind.length === 1 ? '' : ` and ${behind.length - 1} other entry point${behind.length > 2 ? 's' : ''}`;
  const who = `${sentence(nameOf(first!))}${others}`;
  if (check.how === 'unsaid') {
    const [verb, goes] = behind.length === 1 ? ['makes', 'goes'] : ['make', 'go'];
    return {
      ...unheeded(check, behind),
      confidence: 'high',
      message: `${who} ${verb} a refusal, \`${check.name}\`, which is neither thrown nor returned, and ${goes} on: nobody is refused for want of ${check.protections.join(' and ')}.`,
      remedy: `Put \`throw\` or \`return\` in front of \`${check.name}\`.`,
      precedents: [],
    };
  }
  if (check.how === 'unheard')
    return {
      ...unheeded(check, behind),
      confidence: waiting.length > 0 ? 'high' : 'medium',
      message: `${who} ${behind.length === 1 ? 'calls' : 'call'} \`${check.name}\`, which checks ${check.protections.join(' and ')} and says so by what it answers, and ${behind.length === 1 ? 'does' : 'do'} not look at that: whoever it turns down goes on.`,
      remedy: `Stop where \`${check.name}\` says no.`,
      precedents: whoHeard(check, waiting),
    };
  const so =
    check.how === 'tested'
      ? 'a promise is always true, so that its refusal is never reached'
      : 'whether it refuses comes to nobody';
  return {
    ...unheeded(check, behind),
    confidence: check.how === 'tested' || waiting.length > 0 ? 'high' : 'medium',
    message: `${who} ${behind.length === 1 ? 'does' : 'do'} not wait for \`${check.name}\`, which checks ${check.protections.join(' and ')}: ${so}.`,
    remedy: `Put \`await\` in front of \`${check.name}\`, and stop where it refuses.`,
    precedents: whoHeard(check, waiting),
  };
}
const whoHeard = (check: NeglectedCheck, waiting: readonly EntryPoint[]): Finding['precedents'] =>
  waiting.slice(0, 5).map((e) => {
    const link = e.chain.find((l) => l.definition && lineText(l.definition) === lineText(check.check!))!;
    return { entryPoint: e.id, ...link.place, guard: link.name };
  });
/** What is said of a check that refuses nobody, however that comes about. */
function unheeded(
  check: NeglectedCheck,
  behind: readonly EntryPoint[],
): Omit<Finding, 'message' | 'remedy' | 'precedents' | 'confidence'> {
  const only = behind.length === 1 ? behind[0]! : null;
  const [missing] = check.protections.toSorted((a, b) => RANK.indexOf(a) - RANK.indexOf(b));
  return {
    id: fingerprint('guard-not-awaited', missing!, only ? only.id : check.name),
    rule: 'guard-not-awaited',
    level: 'error',
    ...(check.how === 'unheard' ? STANDS_AS_NOTE : {}),
    status: 'new',
    blocking: true,
    missing: missing!,
    ...(only ? placesOf(only) : OF_NO_ENTRY_POINT),
    place: check.place,
    affects: only ? [] : behind.map((e) => e.id),
  };
}
/** What weighs most comes first: it says what the finding is about. */
const RANK: readonly string[] = [
  'authorization',
  'ownership',
  'signature',
  'authentication',
  'csrf',
  'rate-limit',
];
