import { visible } from './escape.js';
import { pathOf } from './links.js';
import { mistakeText, waiverText } from './policy.js';
import { exitStatus, type Report, type ReportedFinding } from './report.js';
import { ruleText } from './rules.js';
import { triggerName } from './wording.js';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const BASELINE = { new: 'new', existing: 'unchanged', waived: 'unchanged' } as const;

/** GitHub refuses a run with more of them, and of a result it shows no more related locations. */
const MAX_RESULTS = 25_000;
const MAX_RELATED = 100;

/** What notifications are about. */
const NOTIFICATIONS = {
  gap: 'Something could not be followed: what it hides is not known.',
  'policy-mistake': 'Something in the policy does not count.',
  'not-looked-at': 'Files of this kind are not looked at.',
  cut: 'There is more than programs accept.',
} as const;

/**
 * The report as SARIF 2.1.0, which code hosts and editors read. `version` is Postern's own. What was resolved is no result: it is
 * in no file any more, and programs that do not know `baselineState` would take it for open.
 */
export function toSarif(report: Report, version: string): string {
  const open = report.findings.filter(isOpen).sort(byWeight);
  const results = open.slice(0, MAX_RESULTS);
  const rules = [...new Set(results.map((finding) => finding.rule))].sort();
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Postern',
            semanticVersion: version,
            rules: rules.map(toRule),
            notifications: Object.entries(NOTIFICATIONS).map(([id, text]) => ({
              id,
              shortDescription: { text },
            })),
          },
        },
        // What comes later under this name replaces it; the results of other tools stay.
        automationDetails: { id: 'postern/' },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: 'The root of the repository.' } } },
        invocations: [
          {
            executionSuccessful: report.status !== 'failed',
            exitCode: exitStatus(report),
            toolExecutionNotifications: [
              ...gapNotifications(report),
              ...notLookedAt(report),
              ...cutNotification(open.length - results.length),
            ],
            toolConfigurationNotifications: policyMistakes(report),
          },
        ],
        results: results.map((finding) => toResult(finding, rules)),
        properties: {
          status: report.status,
          base: report.base,
          head: report.head,
          judged: report.judged,
          resolved: report.findings.filter((finding) => !isOpen(finding)).map(({ id }) => id),
        },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

type OpenFinding = ReportedFinding & { status: keyof typeof BASELINE };
const isOpen = (finding: ReportedFinding): finding is OpenFinding => finding.status !== 'resolved';

const LEVELS = ['error', 'warning', 'note'];
/** The gravest first: those are what is left where there are too many. */
const byWeight = (a: OpenFinding, b: OpenFinding): number =>
  Number(b.blocking) - Number(a.blocking) ||
  Number(a.status === 'waived') - Number(b.status === 'waived') ||
  LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level);

function toRule(id: string): object {
  const { title, help, cwe } = ruleText(id);
  return {
    id,
    name: id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: `${title}. ${help}` },
    help: { text: help, markdown: `**${title}.** ${help}` },
    // Each result has a level of its own, which a severity of the rule would hide on GitHub.
    properties: { tags: ['security', ...cwe.map((number) => `external/cwe/cwe-${number}`)] },
  };
}

function toResult(finding: OpenFinding, rules: readonly string[]): object {
  const related = finding.precedents.slice(0, MAX_RELATED);
  // GitHub shows related locations where the message leads to them.
  const placeOf = ({ file, line }: { file: string; line: number }): string => visible(`${file}:${line}`);
  const compare = related
    .map((each, i) => ({ shown: placeOf(each), id: i + 1 }))
    // A route that is registered twice is one place to look at.
    .filter(({ shown }, i) => related.findIndex((each) => placeOf(each) === shown) === i)
    .slice(0, LINKED)
    .map(({ shown, id }) => `[${shown.replace(/[[\]\\]/g, '\\$&')}](${id})`);
  const text = `${withoutLinks(`${finding.message} ${finding.remedy}`)}${compare.length > 0 ? ` Compare ${compare.join(', ')}.` : ''}`;
  return {
    ruleId: finding.rule,
    ruleIndex: rules.indexOf(finding.rule),
    level: finding.level,
    baselineState: BASELINE[finding.status],
    message: { text },
    locations: [
      {
        ...location(finding),
        ...(finding.entryPoint
          ? { logicalLocations: [{ fullyQualifiedName: visible(finding.entryPoint), kind: 'function' }] }
          : {}),
      },
    ],
    relatedLocations: related.map((precedent, i) => ({
      id: i + 1,
      ...location(precedent),
      message: {
        text: withoutLinks(
          `${precedent.entryPoint}${precedent.establishedBy ? `, established in ${precedent.establishedBy}` : ''}`,
        ),
      },
    })),
    partialFingerprints: {
      'posternFinding/v1': finding.id,
      // The one that GitHub goes by. It names no line, so that a finding that moves is the same alert.
      primaryLocationLineHash: `${finding.id}:1`,
    },
    ...(finding.status === 'waived'
      ? {
          suppressions: [
            {
              kind: 'external',
              status: 'accepted',
              justification: visible(waiverText(finding)),
              ...(finding.waiver?.file ? { location: location(finding.waiver) } : {}),
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
/** Places that the message leads to. */
const LINKED = 5;

/** Text in which nothing is a link: a message may hold `[text](address)`, and a name from a repository shall not. */
const withoutLinks = (text: string): string => visible(text).replaceAll('](', '] (');

const about = (id: keyof typeof NOTIFICATIONS): object => ({
  descriptor: { id, index: Object.keys(NOTIFICATIONS).indexOf(id) },
});

function gapNotifications(report: Report): object[] {
  return report.gaps.map((gap) => ({
    ...about('gap'),
    level: report.status === 'failed' ? 'error' : gap.introduced ? 'warning' : 'note',
    message: { text: withoutLinks(gap.reason) },
    ...(gap.file ? { locations: [location(gap)] } : {}),
  }));
}

function policyMistakes(report: Report): object[] {
  return (report.policy?.mistakes ?? []).map((mistake) => ({
    ...about('policy-mistake'),
    level: 'warning',
    message: { text: withoutLinks(mistakeText(mistake)) },
    locations: [location(mistake)],
  }));
}

function notLookedAt(report: Report): object[] {
  return report.notLookedAt.map(({ what, files }) => ({
    ...about('not-looked-at'),
    level: 'note',
    message: { text: withoutLinks(`Not looked at: ${what}, files: ${files}.`) },
  }));
}

function cutNotification(cut: number): object[] {
  if (cut === 0) return [];
  const text = `${cut} findings of least weight are left out: code hosts refuse more than ${MAX_RESULTS}. The JSON has all.`;
  return [{ ...about('cut'), level: 'warning', message: { text } }];
}

function location({ file, line }: { file: string; line: number }): object {
  const startLine = Math.max(1, line);
  return {
    physicalLocation: {
      artifactLocation: { uri: pathOf(file), uriBaseId: 'SRCROOT' },
      region: { startLine, startColumn: 1, endLine: startLine },
    },
  };
}
