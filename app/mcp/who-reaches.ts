import { z } from 'zod';
import { ENTITY_OPERATIONS } from '../../analysis/precedents/acting.js';
import { counted } from '../report/wording.js';
import { answer, Refusal } from './answer.js';
import { entityNamed, nearestEntities } from './lookup.js';
import * as schemas from './schemas.js';
import { effectsOf, summaryLine, summaryOf } from './shapes.js';
import { tool } from './tool.js';

const input = z.strictObject({
  entity: schemas.name.describe('record, table or model, such as Allergy'),
  operation: z.enum(ENTITY_OPERATIONS).optional(),
  offset: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(100).default(50),
});
const output = z.object({
  entity: z.string(),
  total: z.number().int(),
  entryPoints: z.array(
    schemas.entryPointSummary.extend({
      effects: z.array(schemas.coveredEffect).describe('on this entity, with what covers each'),
    }),
  ),
  nextOffset: z.number().int().nullable(),
});

export const whoReachesTool = tool({
  name: 'who_reaches',
  title: 'Which entry points reach this data?',
  description:
    'All entry points that read or write an entity, whatever their transport, and what protects each operation.',
  input,
  output,
  async answer(asked, subject) {
    const { model } = await subject.snapshot();
    const entity = entityNamed(model, asked.entity);
    if (entity === null)
      throw new Refusal(
        'No entry point is known to reach an entity of this name; near are:',
        nearestEntities(model, asked.entity),
      );
    const wanted = (x: { operation: string; target: string }): boolean =>
      x.target === entity && (asked.operation === undefined || x.operation === asked.operation);
    const found = model.entryPoints.filter((e) => e.effects.some(wanted));
    const page = found.slice(asked.offset, asked.offset + asked.limit);
    const end = asked.offset + page.length;
    return answer(
      {
        entity,
        total: found.length,
        entryPoints: page.map((e) => ({
          ...summaryOf(e),
          effects: effectsOf(e).filter((x) => wanted({ operation: x.operation, target: x.entity })),
        })),
        nextOffset: end < found.length ? end : null,
      },
      `${counted(found.length, 'entry point reaches', 'entry points reach')} it${page.length < found.length ? `; shown are ${page.length}, from ${asked.offset}` : ''}.`,
      page.map(summaryLine),
    );
  },
});
