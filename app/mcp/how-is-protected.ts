import { z } from 'zod';
import { counted } from '../report/wording.js';
import { answer, Refusal } from './answer.js';
import { matching, nearest } from './lookup.js';
import * as schemas from './schemas.js';
import { at, chainOf, effectsOf, summaryLine, summaryOf } from './shapes.js';
import { tool } from './tool.js';

const MOST = 10;

const input = z.strictObject({
  id: z.string().min(1).max(1000).optional().describe('as other tools give it'),
  kind: schemas.kind.optional(),
  method: schemas.method.optional(),
  path: schemas.routePath.optional(),
  name: schemas.name.optional().describe('of a procedure, field, message, action, tool or job'),
  program: schemas.name.optional(),
});
const output = z.object({
  entryPoints: z.array(
    schemas.entryPointSummary.extend({
      chain: z.array(schemas.chainLink),
      effects: z.array(schemas.coveredEffect),
    }),
  ),
  total: z.number().int(),
});

export const howIsProtectedTool = tool({
  name: 'how_is_protected',
  title: 'What stands in front of this entry point?',
  description:
    'The protections of an entry point, named by method and path, by name, or by id: each guard in front of it and inside ' +
    'it, and what covers each of its operations.',
  input,
  output,
  async answer(asked, subject) {
    const { model } = await subject.snapshot();
    const { id, ...described } = asked;
    if (id === undefined && described.path === undefined && described.name === undefined)
      throw new Refusal('Say which: a path (with its method), a name, or an id.');
    const found = matching(model, described).filter((e) => id === undefined || e.id === id);
    if (found.length === 0) {
      const text = id ?? [described.method, described.path, described.name].filter(Boolean).join(' ');
      throw new Refusal(
        `No entry point fits.${model.gaps.length > 0 ? ` ${counted(model.gaps.length, 'place')} of the tree could not be understood, so that it may be there nevertheless.` : ''} Near are:`,
        nearest(model, text),
      );
    }
    const shown = found
      .slice(0, MOST)
      .map((e) => ({ ...summaryOf(e), chain: chainOf(e), effects: effectsOf(e) }));
    return answer(
      { entryPoints: shown, total: found.length },
      `${counted(found.length, 'entry point')} ${found.length === 1 ? 'fits' : 'fit'}${found.length > MOST ? `; shown are ${MOST}` : ''}.`,
      found
        .slice(0, MOST)
        .flatMap((e) => [
          summaryLine(e),
          ...e.chain
            .filter((l) => l.protections.length > 0)
            .map((l) => `  ${at(l.place)}  ${l.name}  [${l.protections.join(', ')}]`),
        ]),
    );
  },
});
