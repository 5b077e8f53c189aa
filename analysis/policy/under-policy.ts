import type { Finding, Level } from '../divergences/finding.js';
import { sorted, type Judgement } from '../judge.js';
import type { EntryPoint, Model } from '../model/model.js';
import type { Mistake, Policy } from '../policy-file/policy.js';
import { ACCESS, openedBy } from './as-declared.js';
import type { Author, PolicyNote, PolicyOutcome } from './outcome.js';
import { effectsBeyond, isAllowed } from './select.js';
import { requirementFindings, requirementGaps } from './requirements.js';
import { byId, withWaivers } from './waivers.js';

export interface Circumstances {
  /** As `asDeclared` made them; `base` null: one tree is looked at, and no change. */
  base: Model | null;
  head: Model;
  /** The day on which the judgement is made, as 2027-01-31. */
  today: string;
  author: Author;
}

/**
 * What a judgement comes to where a project has decided something about it. In this order: levels, required protections,
 * what is open on purpose, waivers, and then who is blocked. The policy is that of the base.
 */
export function underPolicy(judgement: Judgement, policy: Policy, circumstances: Circumstances): Judgement {
  const { base, head, today } = circumstances;
  const affected = judgement.affected.filter((a) => a.change !== 'removed').map((a) => a.entryPoint);
  const touched = new Set(affected.map((e) => e.id));
  const levelled = withLevels(judgement.findings, policy);
  const open = withoutPublic(
    withRequired(levelled.findings, requirementFindings(policy, base, head)),
    policy,
    head,
  );
  const waived = withWaivers(open, policy, { base, head, today, touched });
  const blocking = waived.findings.map((f) => ({
    ...f,
    blocking: f.status === 'new' && f.level === 'error',
  }));
  const gaps = [...judgement.gaps, ...(base ? requirementGaps(policy, affected) : [])];
  const mercy = base === null ? NO_MERCY : mercyFor(policy, circumstances);
  // What the policy requires of what the change brings is not known.
  const blind = affected.length > 0 && policy.mistakes.some(hidesRequirements);
  const introduced = gaps.some((g) => g.introduced);
  const outcome: PolicyOutcome = {
    files: policy.files,
    mistakes: policy.mistakes,
    notes: [
      ...levelled.notes,
      ...lapsedOpenings(policy, affected),
      ...waived.notes,
      ...(blocking.some((f) => f.blocking) ? mercy.notes : []),
    ],
    spared: sparedIn(blocking, mercy.because),
    blocksIncomplete: base !== null && introduced && stopsIncomplete(policy, circumstances),
  };
  return {
    ...judgement,
    status: introduced || blind ? 'partial' : judgement.status,
    findings: sorted(mercy.because === null ? blocking : blocking.map((f) => ({ ...f, blocking: false }))),
    gaps,
    ...(isSilent(outcome) ? {} : { policy: outcome }),
  };
}
const hidesRequirements = (m: Mistake): boolean => m.key === null || m.key === 'require';
const isSilent = (o: PolicyOutcome): boolean => o.files.length + o.mistakes.length + o.notes.length === 0;

const STRENGTH: Readonly<Record<Level, number>> = { note: 0, warning: 1, error: 2 };
/** Levels as the policy has them. What rests on little is never raised by one. */
function withLevels(
  findings: readonly Finding[],
  policy: Policy,
): { findings: Finding[]; notes: PolicyNote[] } {
  const left = new Map<string, number>();
  const kept = findings.flatMap((f): Finding[] => {
    const level = policy.levels[f.rule];
    if (level === 'off') {
      if (f.status === 'new') left.set(f.rule, (left.get(f.rule) ?? 0) + 1);
      return [];
    }
    if (level === undefined || (f.confidence === 'low' && STRENGTH[level] > STRENGTH[f.level])) return [f];
    return [{ ...f, level }];
  });
  const notes = [...left].map(
    ([rule, count]): PolicyNote => ({
      kind: 'rule-off',
      text: `${count} new ${count === 1 ? 'finding' : 'findings'} of \`${rule}\` left out: the rule is off`,
      file: policy.files.at(-1) ?? '',
      line: 1,
    }),
  );
  return { findings: kept, notes };
}

/** What is required and missing is told as that, with the precedents that the comparison with peers has found. */
function withRequired(findings: readonly Finding[], required: readonly Finding[]): Finding[] {
  const lost = findings.filter(
    (f) => f.rule !== 'missing-protection' && f.status === 'new' && f.level === 'error',
  );
  const isTold = (r: Finding): boolean =>
    r.status === 'new' &&
    lost.some(
      (f) => f.missing === r.missing && (f.entryPoint === r.entryPoint || f.affects.includes(r.entryPoint!)),
    );
  const own = required.filter((r) => !isTold(r));
  const isOpen = (f: Finding): boolean => f.status !== 'resolved';
  const byFingerprint = new Map(own.filter(isOpen).map((r) => [r.id, r]));
  const among = new Map(findings.map((f) => [f.id, f]));
  return [
    ...findings.filter((f) => !byFingerprint.has(f.id)),
    ...own.flatMap((r): Finding[] => {
      const peer = among.get(r.id);
      // It is still open for another reason, or told as resolved already.
      if (!isOpen(r)) return peer ? [] : [r];
      return peer && peer.precedents.length > 0
        ? [{ ...r, remedy: peer.remedy, precedents: peer.precedents, place: peer.place }]
        : [r];
    }),
  ];
}

/** What a change takes out of what was decided to be open, by having it do more than it did then. */
function lapsedOpenings(policy: Policy, affected: readonly EntryPoint[]): PolicyNote[] {
  return affected.flatMap((e) => {
    if (openedBy(e, policy)) return [];
    return policy.public
      .filter(({ effects, ...entry }) => effects && isAllowed(entry, e))
      .map(({ effects, reason, at }): PolicyNote => {
        const more = effectsBeyond(effects!, [e]).map((x) => `\`${x}\``);
        const text = `that \`${e.id}\` is open (“${reason}”) does not cover ${more.join(', ')}, which it does too; say it again if that is intended`;
        return { kind: 'waiver-lapsed', text, ...at };
      });
  });
}

/** Nothing is said about access to what is open on purpose; what else a finding is about stays. */
function withoutPublic(findings: readonly Finding[], policy: Policy, head: Model): Finding[] {
  if (policy.public.length === 0) return [...findings];
  const entryPoints = byId(head);
  const isPublic = (id: string): boolean => {
    const e = entryPoints.get(id);
    return e !== undefined && openedBy(e, policy) !== undefined;
  };
  return findings.flatMap((f): Finding[] => {
    if (f.status === 'resolved' || !ACCESS.includes(f.missing)) return [f];
    const about = [f.entryPoint, ...f.affects].filter((id) => id !== null);
    const left = about.filter((id) => !isPublic(id));
    if (about.length > 0 && left.length === 0) return [];
    return [{ ...f, affects: f.affects.filter((id) => !isPublic(id)) }];
  });
}

/** Does a change whose analysis broke off, or brought something that cannot be followed, have to be seen by a person? */
export const stopsIncomplete = (policy: Policy, when: Pick<Circumstances, 'today' | 'author'>): boolean =>
  policy.onIncomplete === 'block' && mercyFor(policy, when).because === null;

/** Why nothing blocks, whatever there is; null where it does. */
interface Mercy {
  because: string | null;
  notes: PolicyNote[];
}
const NO_MERCY: Mercy = { because: null, notes: [] };
function mercyFor(
  { shadow, block = 'everyone', files }: Policy,
  { today, author }: Pick<Circumstances, 'today' | 'author'>,
): Mercy {
  if (shadow === true) return { because: 'shadow mode', notes: [] };
  if (typeof shadow === 'string' && today <= shadow)
    return { because: `shadow mode until ${shadow}`, notes: [] };
  if (block === 'nobody') return { because: 'the policy blocks nobody', notes: [] };
  if (block === 'everyone' || author === 'agent') return { because: null, notes: [] };
  if (author === 'person') return { because: 'the policy blocks agents, and a person wrote this', notes: [] };
  const text = 'the policy blocks agents; who wrote this is not known, and it is judged as if an agent had';
  return { because: null, notes: [{ kind: 'author-unknown', text, file: files.at(-1) ?? '', line: 1 }] };
}
function sparedIn(findings: readonly Finding[], because: string | null): PolicyOutcome['spared'] {
  const ids = findings.filter((f) => f.blocking).map((f) => f.id);
  return because === null || ids.length === 0 ? null : { because, findings: ids };
}
