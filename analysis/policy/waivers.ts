import type { Finding } from '../divergences/finding.js';
import type { EntryPoint, Model } from '../model/model.js';
import type { Policy } from '../policy-file/policy.js';
import { DECIDED } from './decisions.js';
import type { PolicyNote } from './outcome.js';
import { effectsBeyond, effectsOfAll } from './select.js';

type Waiver = Policy['waivers'][number];

export interface Waiving {
  base: Model | null;
  head: Model;
  /** The day on which the judgement is made. */
  today: string;
  /** Entry points that the change adds or changes. */
  touched: ReadonlySet<string>;
}

/**
 * Findings with those waived that a person has decided to be intended, and what there is to say about decisions that do not
 * hold (any more). A decision is about what the entry point did then: where it does more, it lapses, and where the change
 * is why, what was waived before is new.
 */
export function withWaivers(
  findings: readonly Finding[],
  policy: Policy,
  context: Waiving,
): { findings: Finding[]; notes: PolicyNote[] } {
  const notes = new Map<Waiver, PolicyNote>();
  const used = new Set<Waiver>();
  const note = (kind: PolicyNote['kind'], waiver: Waiver, text: string): void => {
    notes.set(waiver, { kind, text, ...waiver.at });
  };
  const after = byId(context.head);
  const before = byId(context.base);
  const judged = findings.map((f): Finding => {
    if (f.status === 'resolved') return f;
    const waivers = policy.waivers.filter((w) => isFor(w, f));
    for (const w of waivers) used.add(w);
    const [holding] = waivers.filter((w) => !isExpired(w, context.today) && grown(w, f, after).length === 0);
    if (holding) {
      const { who, why, until = null, at } = holding;
      return { ...f, status: 'waived', blocking: false, waiver: { who, why, until, ...at } };
    }
    let lapsed = false;
    for (const w of waivers) {
      if (isExpired(w, context.today)) {
        note('waiver-expired', w, `the waiver of ${w.who} (“${w.why}”) was given until ${w.until!}`);
        continue;
      }
      const more = grown(w, f, after);
      lapsed ||= f.status === 'existing' && isTouched(f, context.touched) && grown(w, f, before).length === 0;
      note(
        'waiver-lapsed',
        w,
        `the waiver of ${w.who} (“${w.why}”) does not cover ${more.map((x) => `\`${x}\``).join(', ')}, ` +
          `which ${f.entryPoint ? `\`${f.entryPoint}\`` : 'what it is about'} does too; ` +
          'give it again if that is intended',
      );
    }
    return lapsed ? { ...f, status: 'new' } : f;
  });
  // What was not written into the file is not there to be tidied up.
  for (const w of policy.waivers.filter((each) => !used.has(each) && each.at !== DECIDED)) {
    const mended = findings.some((f) => f.status === 'resolved' && isFor(w, f));
    note(
      'waiver-unused',
      w,
      mended
        ? `what the waiver of ${w.who} is for is mended: it can go`
        : context.base === null
          ? `the waiver of ${w.who} is for a finding that is not there: it can go`
          : `the waiver of ${w.who} is for a finding that was not there before this change, and is not brought by it`,
    );
  }
  return { findings: judged, notes: [...notes.values()] };
}

/** What a finding's entry points do, as a waiver of it records. */
export function effectsOf(f: Finding, entryPoints: ReadonlyMap<string, EntryPoint>): string[] {
  return effectsOfAll(concerned(f, entryPoints));
}
const concerned = (f: Finding, entryPoints: ReadonlyMap<string, EntryPoint>): EntryPoint[] =>
  [f.entryPoint, ...f.affects].flatMap((id) => (id && entryPoints.get(id)) || []);
export const byId = (model: Model | null): Map<string, EntryPoint> =>
  new Map((model?.entryPoints ?? []).map((e) => [e.id, e]));

const isFor = (w: Waiver, f: Finding): boolean =>
  w.finding !== undefined
    ? w.finding === f.id
    : w.rule === f.rule &&
      w.entryPoint === f.entryPoint &&
      (w.missing === undefined || w.missing === f.missing);
const isExpired = (w: Waiver, today: string): boolean => w.until !== undefined && w.until < today;
const grown = (w: Waiver, f: Finding, entryPoints: ReadonlyMap<string, EntryPoint>): string[] =>
  effectsBeyond(w.effects ?? [], concerned(f, entryPoints));
const isTouched = (f: Finding, touched: ReadonlySet<string>): boolean =>
  [f.entryPoint, ...f.affects].some((id) => id !== null && touched.has(id));
