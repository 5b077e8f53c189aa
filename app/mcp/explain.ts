import { z } from 'zod';
import type { Finding } from '../../analysis/divergences/finding.js';
import type { EntryPoint, Model } from '../../analysis/model/model.js';
import { requiredProtections } from '../../analysis/required.js';
import { toPlace } from '../report/report.js';
import { ruleText } from '../report/rules.js';
import { answer, Refusal } from './answer.js';
import { nearest } from './lookup.js';
import * as schemas from './schemas.js';
import { at, chainOf, effectsOf, findingLines, findingOf, gapOf, summaryLine, summaryOf } from './shapes.js';
import { tool } from './tool.js';

const NAMED = 5;

const input = z.strictObject({
  id: z.string().min(1).max(1000).describe('of a finding or of an entry point, as other tools give it'),
});
const output = z.object({
  findings: z.array(schemas.reportedFinding.extend({ about: z.string() })),
  entryPoint: schemas.entryPointSummary
    .extend({
      framework: z.string(),
      handler: schemas.place.nullable(),
      chain: z.array(schemas.chainLink),
      effects: z.array(schemas.coveredEffect),
      peers: z.array(
        z.object({
          protection: schemas.protection,
          has: z.boolean(),
          having: z.number().int(),
          of: z.number().int(),
          why: z.string(),
          who: z.array(z.string()),
        }),
      ),
      gaps: z.array(schemas.gap),
    })
    .nullable(),
});

export const explainTool = tool({
  name: 'explain',
  title: 'Why is that said?',
  description:
    'Everything behind a finding or an entry point: the chain of guards with the place and the protections of each, each ' +
    'operation with what covers it, and what peers have.',
  input,
  output,
  async answer({ id }, subject) {
    const snapshot = await subject.snapshot();
    const { model } = snapshot;
    const all = distinct([...snapshot.judgement.findings, ...snapshot.standing]);
    const named = all.find((f) => f.id === id);
    const e = model.entryPoints.find((each) => each.id === (named ? named.entryPoint : id)) ?? null;
    if (!named && !e)
      throw new Refusal(
        'There is no finding and no entry point of this id as it is now. Ask check_changes or list_entry_points; near are:',
        nearest(model, id),
      );
    const told = named ? [named] : all.filter((f) => f.entryPoint === id);
    const findings = await Promise.all(
      told.map(async (f) => ({ ...(await findingOf(f, snapshot)), about: about(f) })),
    );
    return answer(
      { findings, entryPoint: e && explained(e, model) },
      e
        ? `The entry point, its chain in order, its effects, and ${findings.length === 1 ? 'one finding' : `${findings.length} findings`} about it.`
        : 'The finding is about no single entry point.',
      [...(e ? linesOf(e) : []), ...findings.flatMap(findingLines)],
    );
  },
});

const about = (f: Finding): string => {
  const { title, help } = ruleText(f.rule);
  return `${title}. ${help}`;
};
/** A change's own finding stands before the same one of the whole tree. */
function distinct(findings: readonly Finding[]): Finding[] {
  const byId = new Map<string, Finding>();
  for (const f of findings) if (!byId.has(f.id)) byId.set(f.id, f);
  return [...byId.values()];
}

function explained(e: EntryPoint, model: Model): NonNullable<z.infer<typeof output>['entryPoint']> {
  const { required } = requiredProtections(
    {
      trigger: e.trigger,
      program: e.program,
      file: e.registration.file,
      effects: e.effects.filter((x) => !x.check).map(({ operation, target }) => ({ operation, target })),
      replaces: e.id,
      public: e.public,
    },
    model,
  );
  return {
    ...summaryOf(e),
    framework: e.framework,
    handler: e.handler && toPlace(e.handler),
    chain: chainOf(e),
    effects: effectsOf(e),
    peers: required.map((r) => ({
      protection: r.protection,
      has: e.protections.includes(r.protection),
      having: r.having.length,
      of: r.peers,
      why: r.why,
      who: r.having.slice(0, NAMED).map((p) => p.id),
    })),
    gaps: model.gaps
      .filter((g) => g.affects.includes(e.id) || g.file === e.registration.file)
      .slice(0, NAMED)
      .map(gapOf),
  };
}

function linesOf(e: EntryPoint): string[] {
  return [
    summaryLine(e),
    ...e.chain.map(
      (l) =>
        `  ${at(l.place)}  ${l.name}${l.protections.length > 0 ? `  [${l.protections.join(', ')}]` : ''}${l.covers ? `  of ${l.covers.join(', ')}` : ''}${signed(l)}${refuses(l)}${l.unless ? `  unless ${l.unless}` : ''}`,
    ),
    ...effectsOf(e).map(
      (x) =>
        `  ${at(x.place)}  ${x.operation} ${x.entity}: ${x.covered.map((c) => c.protection).join(', ') || 'nothing before it'}`,
    ),
  ];
}
/** How a signature is held against what was sent, where the project's own code does it. */
const signed = ({ signed: check }: EntryPoint['chain'][number]): string =>
  [
    check?.compared === 'text' ? '  compared as text' : '',
    check?.compared === 'constant-time' ? '  compared in constant time' : '',
    check?.over ? '  over a body that was written anew' : '',
  ].join('');
/** What a guard does to whom it does not let pass, where its protections do not say so by themselves. */
const refuses = ({ refuses: r, protections, place }: EntryPoint['chain'][number]): string => {
  if (r.known === 'unknown') return '  not known whether it refuses';
  if (r.known === 'no') return '  refuses nobody';
  const isElsewhere = r.place.file !== place.file || r.place.line !== place.line;
  return protections.length === 0 || isElsewhere ? `  refuses at ${at(r.place)}` : '';
};
