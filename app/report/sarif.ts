import { visible } from './escape.js';
import { pathOf } from './links.js';
import { mistakeText, waiverText } from './policy.js';
import type { Report, ReportedFinding } from './report.js';
import { ruleText } from './rules.js';
import { triggerName } from './wording.js';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const BASELINE = { new: 'new', existing: 'unchanged', resolved: 'absent', waived: 'unchanged' } as const;

/** The report as SARIF 2.1.0, which code hosts and editors read. `version` is Postern's own. */
export function toSarif(report: Report, version: string): string {
  const rules = [...new Set(report.findings.map((finding) => finding.rule))].sort();
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Postern', semanticVersion: version, rules: rules.map(toRule) } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: 'The root of the repository.' } } },
        invocations: [
          {
            executionSuccessful: report.status !== 'failed',
            toolExecutionNotifications: [
              ...gapNotifications(report),
              ...policyMistakes(report),
              ...notLookedAt(report),
            ],
          },
        ],
        results: report.findings.map((finding) => toResult(finding, rules)),
        properties: { status: report.status, base: report.base, head: report.head, judged: report.judged },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function toRule(id: string): object {
  const { title, help } = ruleText(id);
  return {
    id,
    name: id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: `${title}. ${help}` },
    help: { text: help },
  };
}

function toResult(finding: ReportedFinding, rules: readonly string[]): object {
  return {
    ruleId: finding.rule,
    ruleIndex: rules.indexOf(finding.rule),
    level: finding.level,
    baselineState: BASELINE[finding.status],
    message: { text: visible(`${finding.message} ${finding.remedy}`) },
    locations: [
      {
        ...location(finding),
        ...(finding.entryPoint
          ? { logicalLocations: [{ fullyQualifiedName: visible(finding.entryPoint), kind: 'function' }] }
          : {}),
      },
    ],
    relatedLocations: finding.precedents.map((precedent, i) => ({
      id: i + 1,
      ...location(precedent),
      message: {
        text: visible(
          `${precedent.entryPoint}${precedent.establishedBy ? `, established in ${precedent.establishedBy}` : ''}`,
        ),
      },
    })),
    partialFingerprints: { 'posternFinding/v1': finding.id },
    ...(finding.status === 'waived'
      ? {
          suppressions: [
            {
              kind: 'external',
              status: 'accepted',
              justification: visible(waiverText(finding)),
            },
          ],
        }
      : {}),
    properties: {
      blocking: finding.blocking,
      confidence: finding.confidence,
      missing: finding.missing,
      trigger: visible(triggerName(finding)),
      affects: finding.affects,
    },
  };
}

function gapNotifications(report: Report): object[] {
  return report.gaps.map((gap) => ({
    level: report.status === 'failed' ? 'error' : gap.introduced ? 'warning' : 'note',
    message: { text: visible(gap.reason) },
    ...(gap.file ? { locations: [location(gap)] } : {}),
  }));
}

function policyMistakes(report: Report): object[] {
  return (report.policy?.mistakes ?? []).map((mistake) => ({
    level: 'warning',
    message: { text: visible(mistakeText(mistake)) },
  }));
}

function notLookedAt(report: Report): object[] {
  return report.notLookedAt.map(({ what, files }) => ({
    level: 'note',
    message: { text: visible(`Not looked at: ${what}, files: ${files}.`) },
  }));
}

function location({ file, line }: { file: string; line: number }): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: pathOf(file), uriBaseId: 'SRCROOT' },
      region: { startLine: Math.max(1, line) },
    },
  };
}
