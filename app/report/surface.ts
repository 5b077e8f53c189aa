import type { ChangedEntryPoint, Operation, SurfaceChange } from '../../analysis/surface.js';
import type { Place } from '../../analysis/model/model.js';
import { toEntryPoint, toPlace, type ReportedEntryPoint } from './report.js';
import { counted } from './wording.js';

/** What `postern diff` says to other programs. As of a report, fields are added, never renamed or taken away. */
export interface SurfaceReport {
  schemaVersion: 1;
  /** `partial`: only one of the two trees has a gap, which may be why they differ. */
  status: 'complete' | 'partial' | 'failed';
  /** Commits; null for the work tree. */
  from: string | null;
  to: string | null;
  added: ReportedEntryPoint[];
  removed: ReportedEntryPoint[];
  changed: ReportedChange[];
  gaps: (Place & { reason: string; side: 'from' | 'to' | 'both' })[];
  /** What differs in the policy; both trees were read under the later one. */
  policy: string[];
  summary: {
    before: number;
    after: number;
    added: number;
    /** Of these, without any protection that is seen, not known or assumed, and not open on purpose. */
    addedOpen: number;
    removed: number;
    changed: number;
    /** Protections of changed entry points. */
    gained: number;
    lost: number;
    /** Operations that changed entry points did not do before. */
    newEffects: number;
  };
}

export interface ReportedChange extends Omit<ChangedEntryPoint, 'before' | 'after'> {
  /** As it is now. */
  entryPoint: ReportedEntryPoint;
  before: ReportedEntryPoint;
}

export interface SurfaceInput {
  change: SurfaceChange;
  from: string | null;
  to: string | null;
  policy: string[];
}

/** The same input gives the same bytes: everything is sorted here; what loses a protection comes first. */
export function toSurfaceReport({ change, from, to, policy }: SurfaceInput): SurfaceReport {
  const added = change.added.map((e) => toEntryPoint(e)).sort(byId);
  const removed = change.removed.map((e) => toEntryPoint(e)).sort(byId);
  const changed = change.changed
    .map(toChange)
    .sort((a, b) => weight(b) - weight(a) || byId(a.entryPoint, b.entryPoint));
  const kept = changed.length + change.unchanged;
  const sum = (of: (each: ReportedChange) => readonly unknown[]): number =>
    changed.reduce((total, each) => total + of(each).length, 0);
  return {
    schemaVersion: 1,
    status: change.gaps.some(({ side }) => side !== 'both') ? 'partial' : 'complete',
    from,
    to,
    added,
    removed,
    changed,
    gaps: change.gaps
      .map(({ gap, side }) => ({ ...toPlace(gap), reason: gap.reason, side: SIDES[side] }))
      .sort((a, b) => compare(a.file, b.file) || a.line - b.line || compare(a.reason, b.reason)),
    policy,
    summary: {
      before: kept + removed.length,
      after: kept + added.length,
      added: added.length,
      addedOpen: added.filter(isOpen).length,
      removed: removed.length,
      changed: changed.length,
      gained: sum((each) => each.gained),
      lost: sum((each) => each.lost),
      newEffects: sum((each) => each.effects.added),
    },
  };
}

/** Of a comparison that broke off: it says so, and claims nothing else. */
export function failedSurfaceReport(reason: string): SurfaceReport {
  return {
    schemaVersion: 1,
    status: 'failed',
    from: null,
    to: null,
    added: [],
    removed: [],
    changed: [],
    gaps: [{ reason, file: '', line: 0, side: 'both' }],
    policy: [],
    summary: {
      before: 0,
      after: 0,
      added: 0,
      addedOpen: 0,
      removed: 0,
      changed: 0,
      gained: 0,
      lost: 0,
      newEffects: 0,
    },
  };
}

export const surfaceExitStatus = ({ status }: SurfaceReport): 0 | 2 | 3 =>
  (({ complete: 0, failed: 2, partial: 3 }) as const)[status];

/** A line about a changed entry point. Names of the repository stand in backticks. */
export interface ChangeLine {
  text: string;
  /** Whether more can be done, or by more people, than before; null where nobody can say. */
  opens: boolean | null;
}

/** What became of an entry point, a line each; what opens it first. */
export function changeLines(c: ReportedChange): ChangeLine[] {
  const operation = ({ effect, target }: Operation): string => `\`${effect} ${target}\``;
  const line = (opens: ChangeLine['opens'], text: string): ChangeLine => ({ text, opens });
  return [
    ...c.lost.map((p) => line(true, `loses ${p}`)),
    ...c.noLongerKnown.map((p) => line(true, `had ${p}; something in front of it cannot be followed now`)),
    ...c.coverage.flatMap((each) =>
      each.removed.map((p) => line(true, `does ${operation(each)} no longer behind ${p}`)),
    ),
    ...c.bypasses.added.map((text) => line(true, `has a guard that lets everyone pass where \`${text}\``)),
    ...(c.public && c.public.after !== null ? [line(true, `is open on purpose now: ${c.public.after}`)] : []),
    ...c.effects.added.map((each) => line(true, `does ${operation(each)}, which it did not`)),
    ...c.asksFor.added.map((text) => line(null, `has a guard that asks for \`${text}\` now`)),
    ...c.asksFor.removed.map((text) => line(null, `has no guard any more that asks for \`${text}\``)),
    ...c.gained.map((p) => line(false, `gains ${p}`)),
    ...c.nowKnown.map((p) => line(false, `has ${p}, which was not known before`)),
    ...c.coverage.flatMap((each) =>
      each.added.map((p) => line(false, `does ${operation(each)} behind ${p} now`)),
    ),
    ...c.bypasses.removed.map((text) =>
      line(false, `has no guard any more that lets everyone pass where \`${text}\``),
    ),
    ...(c.public && c.public.after === null
      ? [line(false, `is not open on purpose any more: ${c.public.before}`)]
      : []),
    ...c.effects.removed.map((each) => line(false, `does not ${operation(each)} any more`)),
  ];
}

/** One line that says how it went; never more than was looked at. */
export function surfaceConclusion({ status, summary, gaps }: SurfaceReport): string {
  if (status === 'failed') return `Not compared: ${gaps[0]?.reason ?? 'no reason is known'}`;
  const { before, after, added, addedOpen, removed, changed, gained, lost, newEffects } = summary;
  const parts = [
    added > 0 && `${added} added${addedOpen > 0 ? ` (${addedOpen} without any protection)` : ''}`,
    removed > 0 && `${removed} removed`,
    changed > 0 && `${changed} changed`,
  ].filter(Boolean);
  const details = [
    lost > 0 && `${counted(lost, 'protection')} lost`,
    gained > 0 && `${counted(gained, 'protection')} gained`,
    newEffects > 0 && `${counted(newEffects, 'new operation')}`,
  ].filter(Boolean);
  const one = gaps.filter(({ side }) => side !== 'both').length;
  return `${[
    parts.length === 0
      ? `No entry point differs (${after} compared)`
      : `${counted(before, 'entry point')} before, ${after} after: ${parts.join(', ')}`,
    ...(details.length > 0 ? [details.join(', ')] : []),
    ...(one > 0
      ? [`incomplete: ${counted(one, 'gap')} in one of the two trees only, which may be why they differ`]
      : []),
  ].join('; ')}.`;
}

function toChange({ before, after, ...rest }: ChangedEntryPoint): ReportedChange {
  const coverage = rest.coverage.toSorted(
    (a, b) => compare(a.target, b.target) || compare(a.effect, b.effect),
  );
  return { entryPoint: toEntryPoint(after), before: toEntryPoint(before), ...rest, coverage };
}

const isOpen = (e: ReportedEntryPoint): boolean =>
  e.public === null && e.protections.length + e.unknown.length + (e.assumed ?? []).length === 0;

const SIDES = { before: 'from', after: 'to', both: 'both' } as const;
const weight = (c: ReportedChange): number =>
  c.lost.length > 0 ? 2 : changeLines(c).some(({ opens }) => opens) ? 1 : 0;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byId = (a: { id: string }, b: { id: string }): number => compare(a.id, b.id);
