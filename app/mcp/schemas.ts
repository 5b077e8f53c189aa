import { z } from 'zod';
import { ENTRY_POINT_KINDS, INPUT_PARTS, PROTECTIONS } from '../../analysis/model/model.js';

export const kind = z.enum(ENTRY_POINT_KINDS);
export const protection = z.enum(PROTECTIONS);
/** Bounds of what may be asked: longer than any name or path that is meant. */
export const name = z.string().min(1).max(300);
export const routePath = z.string().min(1).max(500);
export const file = z.string().min(1).max(500);
export const method = z.string().regex(/^[A-Za-z]{1,12}$/);
export const revision = z.string().min(1).max(250);

export const place = z.object({ file: z.string(), line: z.number().int() });
export const codeLine = z.object({ line: z.number().int(), text: z.string() });

export const entryPointSummary = z.object({
  id: z.string(),
  program: z.string(),
  kind,
  method: z.string().nullable(),
  path: z.string().nullable(),
  name: z.string().nullable(),
  place: place.describe('where it is registered'),
  protections: z.array(protection).describe('what every way to its work passes'),
  unknown: z.array(protection).describe('of these nothing can be said: a guard could not be followed'),
  public: z.string().nullable().describe('why it is public on purpose, as far as behaviour shows'),
});

export const gap = z.object({ place, reason: z.string() });

export const chainLink = z.object({
  guard: z.string(),
  position: z.enum(['applied', 'inline']),
  protections: z.array(protection),
  arguments: z.array(z.string()),
  unless: z.string().nullable().describe('configuration under which it lets everyone pass'),
  covers: z
    .array(z.enum(INPUT_PARTS))
    .optional()
    .describe('of validation: which parts of what is sent it looks at'),
  refuses: z.enum(['yes', 'no', 'unknown']).describe('whether it refuses anybody, whatever for'),
  shownBy: place.nullable().describe('the test that refuses, or the code that lets everybody pass'),
  signed: z
    .object({
      compared: z.enum(['constant-time', 'text']).optional(),
      over: z.literal('rewritten').optional().describe('the body as it was read and written anew'),
    })
    .optional()
    .describe('of a signature that the project checks itself'),
  place,
  definition: place.nullable(),
});

export const coveredEffect = z.object({
  operation: z.string(),
  entity: z.string(),
  place,
  covered: z.array(z.object({ protection, by: z.string(), place })),
  notCovered: z.array(protection).describe('of authentication, authorization and ownership'),
});

export const reportedFinding = z.object({
  id: z.string(),
  rule: z.string(),
  level: z.enum(['error', 'warning', 'note']),
  confidence: z.enum(['high', 'medium', 'low']),
  status: z.enum(['new', 'existing', 'resolved', 'waived']),
  blocking: z.boolean(),
  missing: z.string(),
  entryPoint: z.string().nullable(),
  place,
  message: z.string(),
  remedy: z.string(),
  precedents: z.array(
    z.object({ entryPoint: z.string(), place, guard: z.string(), code: z.array(codeLine) }),
  ),
});
