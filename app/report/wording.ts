import type { Report, ReportedEntryPoint, ReportedFinding, ReportedTrigger } from './report.js';

const KINDS: Record<NonNullable<ReportedTrigger['kind']>, string> = {
  http: '',
  websocket: 'WebSocket',
  sse: 'event stream',
  graphql: 'GraphQL',
  rpc: 'procedure',
  'server-action': 'server action',
  webhook: 'webhook',
  job: 'job',
  message: 'message',
  'mcp-tool': 'MCP tool',
};

/** How a person would name an entry point: `POST /x`, `WebSocket /live "join"`, `procedure user.update`. */
export function triggerName(trigger: ReportedTrigger): string {
  if (trigger.kind === null) return '';
  const { kind, method, path, name } = trigger;
  const place = path ?? (method === null ? null : '(path unknown)');
  return [KINDS[kind], method, place, name !== null && place !== null ? `"${name}"` : name]
    .filter(Boolean)
    .join(' ');
}

/** How what sets an entry point off reaches it, in words. */
export function transportName({ kind }: ReportedTrigger): string {
  return kind === null ? 'unknown' : KINDS[kind] || 'HTTP';
}

/** What stands in front of an entry point, and what nobody knows about it, in few words. */
export function protectionSummary(entryPoint: ReportedEntryPoint): string {
  const unknown = entryPoint.unknown.map((protection) => `${protection}?`);
  const assumed = (entryPoint.assumed ?? []).map(({ protection, by }) => `${protection} (assumed: ${by})`);
  const asked = entryPoint.asks ? ['a credential that is not verified'] : [];
  const known = [...entryPoint.protections, ...assumed, ...unknown, ...asked].join(', ') || 'none';
  return entryPoint.public ? `${known} (public: ${entryPoint.public})` : known;
}

export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** Findings worth a line of their own in a check: what is new, or was resolved. In a scan, everything. */
export function shownFindings(report: Report): ReportedFinding[] {
  const rank = { error: 0, warning: 1, note: 2 };
  return report.findings
    .filter((finding) => finding.status === 'new' || (isScan(report) && finding.status === 'existing'))
    .sort((a, b) => Number(b.blocking) - Number(a.blocking) || rank[a.level] - rank[b.level]);
}

/** A scan has no base to compare with. */
export function isScan(report: Report): boolean {
  return report.base === null;
}

/** One line that says how it went; never more than was looked at. */
export function conclusion(report: Report): string {
  if (report.status === 'failed') return `Not analysed: ${report.gaps[0]?.reason ?? 'no reason is known'}`;
  const rest = [
    !isScan(report) && report.summary.existing > 0 && `${report.summary.existing} existing before`,
    report.summary.resolved > 0 && `${report.summary.resolved} resolved`,
    report.summary.waived > 0 && `${report.summary.waived} waived`,
    report.summary.gaps > 0 && counted(report.summary.gaps, 'gap'),
    report.status === 'partial' &&
      `incomplete: ${report.policy?.blocksIncomplete ? 'gaps hide part of the answer, which the policy does not let pass' : 'gaps hide part of the answer'}`,
  ].filter(Boolean);
  return `${[outcome(report), ...rest].join('; ')}.`;
}

/** What became of everything that diverges, in numbers. */
export function tally({ summary }: Report): string {
  const { existing, resolved, waived } = summary;
  const others = [resolved > 0 && `${resolved} resolved`, waived > 0 && `${waived} waived`].filter(Boolean);
  return [`${summary.new} new`, `${existing} existing`, ...others].join(', ');
}

function outcome(report: Report): string {
  const { summary } = report;
  if (isScan(report))
    return `${amount(summary.existing, 'divergence')} in ${counted(summary.entryPoints, 'entry point')}`;
  if (summary.new === 0 && report.entryPoints.length === 0) return 'No entry point is affected';
  const blocking = report.findings.filter((finding) => finding.blocking).length;
  const spared = report.policy?.spared;
  const parts = [
    amount(summary.new, 'new divergence'),
    ...(blocking > 0 ? [`${blocking} blocking`] : []),
    ...(spared ? [`${spared.findings.length} of which would block (${spared.because})`] : []),
  ];
  // What editors and agents obey belongs to no entry point.
  if (report.entryPoints.length === 0) return parts.join(', ');
  const found = parts.join(', ') + (parts.length > 1 ? ',' : '');
  return `${found} in ${counted(report.entryPoints.length, 'affected entry point')}`;
}

function amount(count: number, singular: string): string {
  return counted(count, singular).replace(/^0 /, 'No ');
}
