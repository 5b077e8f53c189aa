import type { Place, Protection } from '../../../analysis/model/model.js';
import { visible } from '../escape.js';
import { policyLines, waiverText } from '../policy.js';
import type { Report, ReportedEntryPoint, ReportedFinding, ReportedLink } from '../report.js';
import { ruleText } from '../rules.js';
import type { Timeline } from '../timeline.js';
import { conclusion, isScan, transportName, triggerName } from '../wording.js';
import type { PageCell, PageData, PageGuard, PagePlace, PageRow } from './contract.js';
import { entitiesOf, groupsOf } from './groups.js';
import { pageTimeline } from './timeline-data.js';

/** Where a file is served, to be followed by `#L12`; null where there is no such address. */
export type AddressOf = (file: string) => string | null;

export interface PageInput {
  report: Report;
  /** All entry points of the tree, where the report of a change names those alone that it affects. */
  entryPoints?: ReportedEntryPoint[];
  /** What the repository is called. */
  title: string;
  addressOf?: AddressOf;
  timeline?: Timeline;
  /** Where commits and pull requests are served; null where nobody knows. */
  served?: string | null;
}

/** These have a column even where nothing has them: that nothing does is what there is to see. */
const ALWAYS: Protection[] = ['authentication', 'authorization', 'ownership'];
const OFTEN: Protection[] = ['rate-limit', 'validation', 'csrf', 'signature', 'upload-limit'];

/** A report as its page shows it. The same report gives the same data. */
export function toPageData(input: PageInput): PageData {
  const { report, title, addressOf, timeline, served, entryPoints = report.entryPoints } = input;
  const changes = new Map(report.entryPoints.map(({ id, change }) => [id, change]));
  const files = new Interned<string>((file) => file);
  const guards = new Interned<PageGuard>((guard) => JSON.stringify(guard));
  const place = ({ file, line }: Place): PagePlace => [files.indexOf(file), line];
  const mentioned = new Set(entryPoints.flatMap((e) => [...e.protections, ...e.unknown, ...assumedOf(e)]));
  const columns = [...ALWAYS, ...OFTEN.filter((p) => mentioned.has(p))];
  const guardOf = (link: ReportedLink): number =>
    guards.indexOf({
      name: visible(link.name),
      place: place(link),
      protections: [...link.protections, ...(link.assumes ?? [])].map((p) => columns.indexOf(p)),
      arguments: link.arguments.map(visible),
      unless: link.unless === null ? null : visible(link.unless),
      assumed: link.assumes !== undefined,
      refuses: link.refuses ?? null,
    });
  // A scan calls what diverges `existing`; what is resolved is no more.
  const findings = report.findings.filter((finding) => finding.status !== 'resolved').sort(byWeight);
  const at = new Map<string, number[]>();
  findings.forEach((finding, index) => {
    for (const id of new Set([finding.entryPoint, ...finding.affects]))
      if (id !== null) at.set(id, [...(at.get(id) ?? []), index]);
  });
  const rowOf = new Map(entryPoints.map((entryPoint, index) => [entryPoint.id, index]));

  const changeOf = (id: string): PageRow['change'] => {
    const change = changes.get(id);
    return change === 'added' || change === 'changed' ? change : null;
  };
  const toRow = (entryPoint: ReportedEntryPoint): PageRow => {
    const chain = entryPoint.chain.map((link) => ({ link, guard: guardOf(link) }));
    const about = at.get(entryPoint.id) ?? [];
    const cell = (protection: Protection): PageCell | null => {
      const finding = about.find((index) => findings[index]!.missing === protection) ?? null;
      const state = stateOf(entryPoint, protection, finding === null ? null : findings[finding]!);
      if (state === null) return null;
      const by = chain.filter(({ link }) =>
        (state === 'assumed' ? (link.assumes ?? []) : link.protections).includes(protection),
      );
      return { state, guards: [...new Set(by.map(({ guard }) => guard))], finding };
    };
    return {
      id: visible(entryPoint.id),
      name: visible(triggerName(entryPoint)),
      transport: transportName(entryPoint),
      program: visible(entryPoint.program),
      framework: visible(entryPoint.framework),
      place: place(entryPoint),
      handler: entryPoint.handler && place(entryPoint.handler),
      // A guard that makes several tests, or stands there twice, is read once.
      chain: [...new Set(chain.map(({ guard }) => guard))],
      cells: columns.map(cell),
      effects: entryPoint.effects.map(({ effect, target }) => visible(`${effect} ${target}`)),
      public: entryPoint.public === null ? null : visible(entryPoint.public),
      asks: entryPoint.asks ? { name: visible(entryPoint.asks.name), place: place(entryPoint.asks) } : null,
      findings: about,
      diverges: about.some((index) => findings[index]!.status !== 'waived'),
      change: changeOf(entryPoint.id),
    };
  };

  const rows = entryPoints.map(toRow);
  return {
    title: visible(title),
    revision: report.head === null ? 'work tree' : `commit ${report.head.slice(0, 12)}`,
    complete: report.status === 'complete',
    conclusion: visible(conclusion(report)),
    change: !isScan(report),
    columns,
    rows,
    groups: groupsOf(entryPoints).map((group) => ({ ...group, name: visible(group.name) })),
    entities: entitiesOf(entryPoints).map((entity) => ({ ...entity, name: visible(entity.name) })),
    findings: findings.map((finding) => ({
      id: visible(finding.id),
      rule: visible(finding.rule),
      title: ruleText(finding.rule).title,
      level: finding.level,
      place: place(finding),
      row: (finding.entryPoint === null ? undefined : rowOf.get(finding.entryPoint)) ?? null,
      fresh: finding.status === 'new',
      message: visible(finding.message),
      remedy: visible(finding.remedy),
      precedents: finding.precedents.map((precedent) => ({
        name: visible(precedent.entryPoint),
        place: place(precedent),
        establishedBy: precedent.establishedBy === null ? null : visible(precedent.establishedBy),
      })),
      waiver: finding.status === 'waived' ? visible(waiverText(finding)) : null,
    })),
    gaps: report.gaps.map((gap) => ({
      reason: visible(gap.reason),
      place: gap.file === '' ? null : place(gap),
    })),
    notLookedAt: report.notLookedAt.map(({ what, files: count }) => ({ what: visible(what), files: count })),
    policy: policyLines(report).map(visible),
    timeline: timeline ? pageTimeline(timeline, { rowOf, served: served ?? null }) : null,
    guards: guards.all,
    // Last: everything above names files.
    files: files.all.map((file) => ({ name: visible(file), address: addressOf?.(file) ?? null })),
  };
}

function stateOf(
  entryPoint: ReportedEntryPoint,
  protection: Protection,
  finding: ReportedFinding | null,
): PageCell['state'] | null {
  if (finding) return finding.status === 'waived' ? 'waived' : 'diverges';
  if (entryPoint.protections.includes(protection)) return 'has';
  if (assumedOf(entryPoint).includes(protection)) return 'assumed';
  if (entryPoint.unknown.includes(protection)) return 'unknown';
  return entryPoint.chain.some((link) => link.protections.includes(protection)) ? 'partly' : null;
}

const assumedOf = (entryPoint: ReportedEntryPoint): Protection[] =>
  (entryPoint.assumed ?? []).map(({ protection }) => protection);

const LEVELS = ['error', 'warning', 'note'];
const byWeight = (a: ReportedFinding, b: ReportedFinding): number =>
  Number(b.status === 'new') - Number(a.status === 'new') ||
  LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level);

/** A list without repetition, whose members are named by where they stand in it. */
class Interned<T> {
  readonly all: T[] = [];
  private places = new Map<string, number>();
  constructor(private keyOf: (value: T) => string) {}

  indexOf(value: T): number {
    const key = this.keyOf(value);
    const known = this.places.get(key);
    if (known !== undefined) return known;
    this.places.set(key, this.all.length);
    return this.all.push(value) - 1;
  }
}
