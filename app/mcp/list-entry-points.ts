import picomatch from 'picomatch';
import { z } from 'zod';
import type { EntryPoint, Protection } from '../../analysis/model/model.js';
import { counted } from '../report/wording.js';
import { answer, Refusal } from './answer.js';
import { entityNamed, nearestEntities } from './lookup.js';
import * as schemas from './schemas.js';
import { summaryLine, summaryOf } from './shapes.js';
import { tool } from './tool.js';

const MOST = 100;
/** Each star may try every position: more of them than any glob needs would take time without end. */
const MOST_STARS = 6;
const glob = z.string().min(1).max(200);

const input = z.strictObject({
  path: glob.optional().describe('glob over route and socket paths, such as /api/children/**'),
  file: glob.optional().describe('glob over the files they are registered in, such as src/routes/*.ts'),
  kind: schemas.kind.optional(),
  entity: schemas.name.optional().describe('only those that reach it'),
  lacking: schemas.protection
    .optional()
    .describe('only those that do not have it, and are not public on purpose'),
  having: schemas.protection.optional(),
  program: schemas.name.optional(),
  offset: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(MOST).default(50),
});
const output = z.object({
  total: z.number().int(),
  entryPoints: z.array(schemas.entryPointSummary),
  nextOffset: z.number().int().nullable(),
  gaps: z.number().int().describe('places of the whole tree that were not understood: there may be more'),
});

export const listEntryPointsTool = tool({
  name: 'list_entry_points',
  title: 'Which entry points are there?',
  description:
    'Lists entry points (routes, sockets and their messages, procedures, fields, actions, jobs) with their protections, ' +
    'filtered and in pages. `lacking` finds those without a protection.',
  input,
  output,
  async answer(asked, subject) {
    const { model } = await subject.snapshot();
    const entity = asked.entity === undefined ? null : entityNamed(model, asked.entity);
    if (asked.entity !== undefined && entity === null)
      throw new Refusal(
        'No entry point reaches an entity of this name; near are:',
        nearestEntities(model, asked.entity),
      );
    const fitsPath = matcher(asked.path);
    const fitsFile = matcher(asked.file);
    const found = model.entryPoints.filter(
      (e) =>
        (!fitsPath || ('path' in e.trigger && e.trigger.path !== null && fitsPath(e.trigger.path))) &&
        (!fitsFile || fitsFile(e.registration.file)) &&
        (asked.kind === undefined || e.trigger.kind === asked.kind) &&
        (asked.program === undefined || e.program === asked.program) &&
        (entity === null || e.effects.some((x) => x.target === entity)) &&
        (asked.having === undefined || e.protections.includes(asked.having)) &&
        (asked.lacking === undefined || lacks(e, asked.lacking)),
    );
    const page = found.slice(asked.offset, asked.offset + asked.limit);
    const end = asked.offset + page.length;
    return answer(
      {
        total: found.length,
        entryPoints: page.map(summaryOf),
        nextOffset: end < found.length ? end : null,
        gaps: model.gaps.length,
      },
      `${counted(found.length, 'entry point')} found` +
        (page.length < found.length ? `; shown are ${page.length}, from ${asked.offset}` : '') +
        `.${model.gaps.length > 0 ? ` ${counted(model.gaps.length, 'place')} of the tree ${model.gaps.length === 1 ? 'was' : 'were'} not understood: there may be more.` : ''}`,
      page.map(summaryLine),
    );
  },
});

const lacks = (e: EntryPoint, protection: Protection): boolean =>
  e.public === null && !e.protections.includes(protection) && !e.unknown.includes(protection);

function matcher(pattern: string | undefined): ((text: string) => boolean) | null {
  if (pattern === undefined) return null;
  if ((pattern.match(/\*+/g)?.length ?? 0) > MOST_STARS)
    throw new Refusal(`A glob may have ${MOST_STARS} stars at most.`);
  // Brackets and parentheses are parts of paths: `/users/[id]`, `/(shop)/cart`.
  return picomatch(pattern, { nobracket: true, noextglob: true, dot: true, nonegate: true });
}
