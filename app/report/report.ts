import type { Edit, Finding } from '../../analysis/divergences/finding.js';
import type { AffectedEntryPoint, Judgement } from '../../analysis/judge.js';
import type { PolicyOutcome } from '../../analysis/policy/outcome.js';
import type {
  EntryPoint,
  EntryPointKind,
  Gap,
  InputPart,
  Model,
  Place,
  Protection,
  Refuses,
  SignatureCheck,
  Trigger,
} from '../../analysis/model/model.js';

/** What other programs read. Its shape is a promise: fields are added, never renamed or taken away. */
export interface Report {
  schemaVersion: 1;
  status: 'complete' | 'partial' | 'failed';
  /** Commits compared; null where there is none: a scan has no base, the work tree no commit. */
  base: string | null;
  head: string | null;
  /** The tree that was judged. */
  judged: string | null;
  /** scan: all; check: those that the change affects. */
  entryPoints: ReportedEntryPoint[];
  findings: ReportedFinding[];
  gaps: { reason: string; file: string; line: number; introduced: boolean }[];
  notLookedAt: { what: string; files: number }[];
  /** What the project's policy made of it; null where there is none. */
  policy: PolicyOutcome | null;
  summary: {
    entryPoints: number;
    new: number;
    existing: number;
    resolved: number;
    waived: number;
    gaps: number;
  };
}

/** A trigger in columns; what a kind of trigger does not have is null. */
export interface ReportedTrigger {
  kind: EntryPointKind | null;
  method: string | null;
  path: string | null;
  name: string | null;
}
export interface ReportedEntryPoint extends ReportedTrigger, Place {
  id: string;
  program: string;
  /** Only in a check. */
  change?: AffectedEntryPoint['change'];
  framework: string;
  handler: (Place & { endLine: number }) | null;
  chain: ReportedLink[];
  protections: Protection[];
  /** Of a changed one: what it had before. Only in a check. */
  protectionsBefore?: Protection[];
  unknown: Protection[];
  /** What is said to be enforced outside of the code, and is neither seen nor counted. Only where there is such. */
  assumed?: { protection: Protection; by: string }[];
  /** Where it refuses callers for what they present as proof, without verifying that. Only where there is such. */
  asks?: Place & { name: string };
  effects: { effect: string; target: string }[];
  public: string | null;
}
export interface ReportedLink extends Place {
  name: string;
  protections: Protection[];
  arguments: string[];
  unless: string | null;
  /** Of validation: which parts of what is sent it looks at. Only where that is known. */
  covers?: InputPart[];
  /** Of a signature that the project checks itself: how it is compared, and whether over a body that was written anew. */
  signed?: SignatureCheck;
  /** Whether it refuses anybody, whatever for; left out of what a policy assumes. */
  refuses?: Refuses['known'];
  /** The test that refuses, or the code that lets everybody pass. Only where it is known. */
  shownBy?: Place;
  /** Nothing in the code: what the policy assumes to stand in front of it, and to enforce. Only there. */
  assumes?: Protection[];
}
export interface ReportedFinding extends ReportedTrigger, Place {
  id: string;
  rule: string;
  level: Finding['level'];
  confidence: Finding['confidence'];
  status: Finding['status'];
  /** Who decided that it is intended. Only where it is waived. */
  waiver?: NonNullable<Finding['waiver']>;
  blocking: boolean;
  missing: string;
  entryPoint: string | null;
  entryPointLocation: Place | null;
  handler: (Place & { endLine: number }) | null;
  message: string;
  remedy: string;
  precedents: (Place & { entryPoint: string; establishedBy: string | null })[];
  affects: string[];
  /** Lines to put in place of others, after which the finding is gone. Only where there is such an edit, and it was tried. */
  edit?: Edit;
}

/** Which pull request (`#12`) or commit established a protection on an entry point, where that is recorded. */
export type Provenance = (entryPoint: string, protection: string) => string | null;

export interface ReportInput {
  /** A check reports what the change affects, a scan everything. */
  mode: 'scan' | 'check';
  /** The model of the tree that was judged. */
  model: Model;
  judgement: Judgement;
  base: string | null;
  head: string | null;
  provenance?: Provenance;
}

/** The report of a scan or a check. The same input gives the same bytes: everything is sorted here. */
export function toReport(input: ReportInput): Report {
  const { model, judgement } = input;
  const entryPoints =
    input.mode === 'check'
      ? judgement.affected.map((affected) => toEntryPoint(affected.entryPoint, affected))
      : model.entryPoints.map((entryPoint) => toEntryPoint(entryPoint));
  const count = (status: ReportedFinding['status']): number =>
    findings.filter((finding) => finding.status === status).length;
  const findings = judgement.findings
    .map((finding) => toFinding(finding, input.provenance))
    .sort(findingOrder);
  return {
    schemaVersion: 1,
    status: judgement.status,
    base: input.base,
    head: input.head,
    judged: model.tree,
    entryPoints: entryPoints.sort((a, b) => compare(a.id, b.id)),
    findings,
    gaps: judgement.gaps.map(toGap).sort(gapOrder),
    notLookedAt: model.notLookedAt
      .map(({ what, files }) => ({ what, files }))
      .sort((a, b) => compare(a.what, b.what)),
    policy: judgement.policy ? toPolicy(judgement.policy) : null,
    summary: {
      entryPoints: model.entryPoints.length,
      new: count('new'),
      existing: count('existing'),
      resolved: count('resolved'),
      waived: count('waived'),
      gaps: judgement.gaps.length,
    },
  };
}

/** The report of an analysis that broke off: it says so, and claims nothing else. */
export function failedReport(
  reason: string,
  compared: { base?: string | null; head?: string | null } = {},
): Report {
  return {
    schemaVersion: 1,
    status: 'failed',
    base: compared.base ?? null,
    head: compared.head ?? null,
    judged: null,
    entryPoints: [],
    findings: [],
    gaps: [{ reason, file: '', line: 0, introduced: false }],
    notLookedAt: [],
    policy: null,
    summary: { entryPoints: 0, new: 0, existing: 0, resolved: 0, waived: 0, gaps: 1 },
  };
}

/** 0 nothing blocking · 1 blocking, or incomplete where the policy blocks that · 2 could not analyse · 3 nothing blocking, but gaps hide part of the answer. */
export function exitStatus(report: Report): 0 | 1 | 2 | 3 {
  if (report.status === 'failed') return 2;
  if (report.findings.some((finding) => finding.blocking) || report.policy?.blocksIncomplete) return 1;
  return report.status === 'partial' ? 3 : 0;
}

export function toEntryPoint(
  entryPoint: EntryPoint,
  { change, had }: Partial<AffectedEntryPoint> = {},
): ReportedEntryPoint {
  const assumed = entryPoint.assumed ?? [];
  const effects = new Map(
    entryPoint.effects.map(({ operation, target }) => [
      `${operation}\0${target}`,
      { effect: operation, target },
    ]),
  );
  return {
    id: entryPoint.id,
    program: entryPoint.program,
    ...(change ? { change } : {}),
    ...toTrigger(entryPoint.trigger),
    framework: entryPoint.framework,
    ...toPlace(entryPoint.registration),
    handler: toHandler(entryPoint.handler),
    chain: [
      ...assumed.map((a) => ({
        name: a.by,
        protections: [],
        arguments: [],
        unless: null,
        assumes: [a.protection],
        ...toPlace(a.place),
      })),
      ...entryPoint.chain.map((link) => ({
        name: link.name,
        protections: [...link.protections].sort(compare),
        arguments: link.arguments,
        unless: link.unless,
        ...(link.covers ? { covers: link.covers } : {}),
        ...(link.signed ? { signed: link.signed } : {}),
        refuses: link.refuses.known,
        ...(link.refuses.known === 'unknown' ? {} : { shownBy: toPlace(link.refuses.place) }),
        ...toPlace(link.place),
      })),
    ],
    protections: [...entryPoint.protections].sort(compare),
    ...(had ? { protectionsBefore: [...had].sort(compare) } : {}),
    unknown: entryPoint.unknown.filter((p) => !assumed.some((a) => a.protection === p)).sort(compare),
    ...(assumed.length > 0 ? { assumed: assumed.map(({ protection, by }) => ({ protection, by })) } : {}),
    ...(entryPoint.asks ? { asks: { name: entryPoint.asks.name, ...toPlace(entryPoint.asks.place) } } : {}),
    effects: [...effects].sort(([a], [b]) => compare(a, b)).map(([, effect]) => effect),
    public: entryPoint.public,
  };
}

function toFinding(finding: Finding, provenance: Provenance | undefined): ReportedFinding {
  return {
    id: finding.id,
    rule: finding.rule,
    level: finding.level,
    confidence: finding.confidence,
    status: finding.status,
    ...(finding.waiver ? { waiver: finding.waiver } : {}),
    blocking: finding.blocking,
    missing: finding.missing,
    ...toTrigger(finding.trigger),
    entryPoint: finding.entryPoint,
    entryPointLocation: finding.entryPointPlace && toPlace(finding.entryPointPlace),
    handler: toHandler(finding.handler),
    ...toPlace(finding.place),
    message: finding.message,
    remedy: finding.remedy,
    // In the order of the analysis: the most telling precedent comes first.
    precedents: finding.precedents.map((precedent) => ({
      entryPoint: precedent.entryPoint,
      ...toPlace(precedent),
      establishedBy: provenance?.(precedent.entryPoint, finding.missing) ?? null,
    })),
    affects: [...finding.affects].sort(compare),
    ...(finding.edit ? { edit: finding.edit } : {}),
  };
}

function toPolicy(outcome: PolicyOutcome): PolicyOutcome {
  return {
    files: outcome.files,
    mistakes: [...outcome.mistakes].sort(placeOrder),
    // In the order in which they are to be read: first what the change does to the policy.
    notes: outcome.notes,
    spared: outcome.spared,
    blocksIncomplete: outcome.blocksIncomplete,
  };
}

export function toTrigger(trigger: Trigger | null): ReportedTrigger {
  if (!trigger) return { kind: null, method: null, path: null, name: null };
  return {
    kind: trigger.kind,
    method: 'method' in trigger ? trigger.method : null,
    path: 'path' in trigger ? trigger.path : null,
    name: 'name' in trigger ? trigger.name : null,
  };
}

export const toPlace = ({ file, line }: Place): Place => ({ file, line });

function toHandler(handler: (Place & { endLine: number }) | null): (Place & { endLine: number }) | null {
  return handler && { ...toPlace(handler), endLine: handler.endLine };
}

function toGap({ reason, file, line, introduced }: Gap & { introduced: boolean }): Report['gaps'][number] {
  return { reason, file, line, introduced };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function placeOrder(a: Place, b: Place): number {
  return compare(a.file, b.file) || a.line - b.line;
}

function findingOrder(a: ReportedFinding, b: ReportedFinding): number {
  return placeOrder(a, b) || compare(a.rule, b.rule) || compare(a.id, b.id);
}

function gapOrder(a: Report['gaps'][number], b: Report['gaps'][number]): number {
  return placeOrder(a, b) || compare(a.reason, b.reason);
}
