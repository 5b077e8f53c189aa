import type { z } from 'zod';
import { linkText, linkWith } from '../../analysis/divergences/describe.js';
import type { Finding } from '../../analysis/divergences/finding.js';
import type { EntryPoint, Gap, Place } from '../../analysis/model/model.js';
import { isEntityEffect } from '../../analysis/precedents/acting.js';
import { COMPARED } from '../../analysis/precedents/evidence.js';
import { guards } from '../../analysis/precedents/whose.js';
import { protectionSummary, triggerName } from '../report/wording.js';
import { toEntryPoint, toPlace, toTrigger } from '../report/report.js';
import type { Known } from './subject.js';
import { codeAt } from './code-lines.js';
import type * as schemas from './schemas.js';

export const at = ({ file, line }: Place): string => `${file}:${line}`;

export function summaryOf(e: EntryPoint): z.infer<typeof schemas.entryPointSummary> {
  return {
    id: e.id,
    program: e.program,
    ...toTrigger(e.trigger),
    kind: e.trigger.kind,
    place: toPlace(e.registration),
    protections: e.protections,
    unknown: e.unknown,
    public: e.public,
  };
}
/** `PATCH /loans/:id  src/loans.js:12  authentication, ownership?` */
export function summaryLine(e: EntryPoint): string {
  const reported = toEntryPoint(e);
  return `${triggerName(reported)}  ${at(e.registration)}  ${protectionSummary(reported)}`;
}

export function chainOf(e: EntryPoint): z.infer<typeof schemas.chainLink>[] {
  return e.chain.map((l) => ({
    guard: l.name,
    position: l.position,
    protections: l.protections,
    arguments: l.arguments,
    unless: l.unless,
    ...(l.covers ? { covers: l.covers } : {}),
    ...(l.signed ? { signed: l.signed } : {}),
    refuses: l.refuses.known,
    shownBy: l.refuses.known === 'unknown' ? null : toPlace(l.refuses.place),
    place: toPlace(l.place),
    definition: l.definition && toPlace(l.definition),
  }));
}

export const gapOf = (gap: Gap): z.infer<typeof schemas.gap> => ({ place: toPlace(gap), reason: gap.reason });

/** Each thing that an entry point does, with what was passed before it. */
export function effectsOf(e: EntryPoint): z.infer<typeof schemas.coveredEffect>[] {
  const access = [...COMPARED, 'signature'] as const;
  return e.effects.map((x) => ({
    operation: x.operation,
    entity: x.target,
    place: toPlace(x.place),
    covered: access
      .filter((p) => guards(e, x, p))
      .map((p) => {
        const link = linkWith(e, p);
        return {
          protection: p,
          by: link ? linkText(link) : 'the filter of its query',
          place: toPlace(link?.place ?? x.place),
        };
      }),
    notCovered: isEntityEffect(x) ? COMPARED.filter((p) => !guards(e, x, p)) : [],
  }));
}

/** Precedents shown with their code; the others are named by the finding's own sentence. */
const SHOWN_PRECEDENTS = 2;
export async function findingOf(
  finding: Finding,
  snapshot: Known,
): Promise<z.infer<typeof schemas.reportedFinding>> {
  return {
    id: finding.id,
    rule: finding.rule,
    level: finding.level,
    confidence: finding.confidence,
    status: finding.status,
    blocking: finding.blocking,
    missing: finding.missing,
    entryPoint: finding.entryPoint,
    place: toPlace(finding.place),
    message: finding.message,
    remedy: finding.remedy,
    precedents: await Promise.all(
      finding.precedents.slice(0, SHOWN_PRECEDENTS).map(async (p) => ({
        entryPoint: p.entryPoint,
        place: toPlace(p),
        guard: p.guard,
        code: await codeAt(snapshot, p, false),
      })),
    ),
  };
}
export function findingLines(f: z.infer<typeof schemas.reportedFinding>): string[] {
  return [
    `${f.level}${f.blocking ? ', blocking' : ''}: ${f.rule} (${f.missing}) at ${at(f.place)}  [${f.id}]`,
    `  ${f.message}`,
    `  to do: ${f.remedy}`,
    ...f.precedents.flatMap((p) => p.code.map((c) => `  ${p.place.file}:${c.line}: ${c.text}`)),
  ];
}
