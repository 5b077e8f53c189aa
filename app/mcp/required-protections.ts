import { z } from 'zod';
import type { Model, Trigger } from '../../analysis/model/model.js';
import { ENTITY_OPERATIONS } from '../../analysis/precedents/acting.js';
import { requiredProtections, type Idiom, type Requirement } from '../../analysis/required.js';
import type { Known, Subject } from './subject.js';
import { toPlace, toTrigger } from '../report/report.js';
import { answer, Refusal } from './answer.js';
import { codeAt } from './code-lines.js';
import { draftOf, entityNamed, fileInside, nearestEntities, programOf } from './lookup.js';
import * as schemas from './schemas.js';
import { at } from './shapes.js';
import { tool } from './tool.js';

const OPERATIONS = [...ENTITY_OPERATIONS, 'token-issue', 'session-set'] as const;
/** Entry points named for each protection; the count says how many there are. */
const NAMED = 5;

const input = z.strictObject({
  kind: schemas.kind.optional().describe('default: http where a path is given'),
  method: schemas.method.optional().describe('of an HTTP request, such as DELETE'),
  path: schemas.routePath
    .optional()
    .describe('whole path of a route or a socket, such as /children/:id/photo'),
  name: schemas.name
    .optional()
    .describe('of a procedure, field (Mutation.updateAllergy), message, action, tool or job'),
  file: schemas.file
    .optional()
    .describe('where it will be registered, relative to the root of the repository'),
  program: schemas.name.optional().describe('needed only where several programs serve the same folder'),
  reaches: z
    .array(
      z.strictObject({
        entity: schemas.name.describe('record, table or model, such as Allergy'),
        operations: z.array(z.enum(OPERATIONS)).min(1).max(OPERATIONS.length).optional(),
      }),
    )
    .max(20)
    .optional()
    .describe('what it will read or write; the more exact, the more exact the answer'),
});
type Asked = z.infer<typeof input>;

const idiom = z.object({
  guard: z.string(),
  how: z.enum(['in front of the handler', 'inside the handler', 'in the query']),
  place: schemas.place,
  code: z.array(schemas.codeLine),
  definition: schemas.place.nullable(),
  entryPoint: z.string(),
  registration: z.object({ place: schemas.place, code: z.array(schemas.codeLine) }),
  installedOnce: z
    .boolean()
    .describe('one line guards several: what is registered as `registration` shows has it too'),
  since: z
    .object({ pullRequest: z.number().int().nullable(), commit: z.string() })
    .nullable()
    .describe('what brought that line as it is, where the repository’s own history tells'),
});
const output = z.object({
  planned: z.object({
    kind: schemas.kind,
    method: z.string().nullable(),
    path: z.string().nullable(),
    name: z.string().nullable(),
    program: z.string(),
    file: z.string().nullable(),
    reaches: z.array(z.object({ entity: z.string(), operation: z.string() })),
  }),
  required: z.array(
    z.object({
      protection: schemas.protection,
      blocksWhenMissing: z.boolean(),
      confidence: z.enum(['high', 'medium', 'low']),
      having: z.number().int(),
      of: z.number().int(),
      who: z.array(z.string()),
      why: z.string(),
      idiom: idiom.nullable(),
      notNeededWith: z.array(schemas.protection),
      alreadyGivenBy: schemas.place.nullable(),
    }),
  ),
  usual: z.array(
    z.object({
      protection: schemas.protection,
      having: z.number().int(),
      of: z.number().int(),
      guard: z.string().nullable(),
      place: schemas.place,
    }),
  ),
  notKnown: z.array(z.string()),
});

export const requiredProtectionsTool = tool({
  name: 'required_protections',
  title: 'What must a new entry point carry?',
  description:
    'Ask BEFORE writing a route, socket message, procedure, GraphQL field, server action or tool: which protections it must ' +
    'carry so that it is guarded as its peers are. Answers with each protection, how many peers have it, the code to imitate ' +
    '(file, line and lines), since which pull request, how sure that is, and what is not known. Then write it that way and ' +
    'ask check_changes.',
  input,
  output,
  async answer(asked, subject) {
    const snapshot = await subject.snapshot();
    const { model } = snapshot;
    const notKnown: string[] = [];
    const file = asked.file === undefined ? null : fileInside(subject.topLevel, asked.file);
    const trigger = triggerOf(asked);
    const program = programOf(model, file, asked.program) ?? firstProgram(model, notKnown);
    const effects = effectsOf(asked, trigger, model, notKnown);
    const planned = {
      trigger,
      program,
      file,
      effects,
      replaces: draftOf(model, trigger, program),
      public: null,
    };
    const found = requiredProtections(planned, model);
    if (file !== null) notKnown.push(...gapsIn(model, file));
    notKnown.push(...found.notKnown);
    const required = await Promise.all(
      found.required.map(async (r) => ({
        protection: r.protection,
        blocksWhenMissing: r.level === 'error',
        confidence: r.confidence,
        having: r.having.length,
        of: r.peers,
        who: r.having.slice(0, NAMED).map((e) => e.id),
        why: r.why,
        idiom: r.idiom && (await idiomOf(r.idiom, snapshot, subject)),
        notNeededWith: r.notNeededWith,
        alreadyGivenBy: r.given && toPlace(r.given),
      })),
    );
    const fields = {
      planned: {
        ...toTrigger(trigger),
        program,
        file,
        reaches: effects.map((e) => ({ entity: e.target, operation: e.operation })),
      },
      required,
      usual: found.usual.map((u) => ({
        protection: u.protection,
        having: u.having,
        of: u.peers,
        guard: u.guard,
        place: toPlace(u.place),
      })),
      notKnown,
    };
    return answer(fields, sentenceOf(found.required), [
      ...required.flatMap(linesOf),
      ...notKnown.map((each) => `not known: ${each}`),
    ]);
  },
});

function triggerOf({ kind, method, path: asked, name }: Asked): Trigger {
  const path = asked ?? null;
  const chosen = kind ?? (path !== null || method !== undefined ? 'http' : null);
  switch (chosen) {
    case null:
      throw new Refusal('Say what sets it off: method and path, or kind and name.');
    case 'http':
    case 'sse':
    case 'webhook':
      return { kind: chosen, method: (method ?? (chosen === 'sse' ? 'GET' : 'POST')).toUpperCase(), path };
    case 'websocket':
      return { kind: chosen, path, name: name ?? null };
    default:
      if (name === undefined) throw new Refusal(`Say the name: a ${chosen} is called by it.`);
      return { kind: chosen, name };
  }
}

function firstProgram(model: Model, notKnown: string[]): string {
  const counts = new Map<string, number>();
  for (const e of model.entryPoints) counts.set(e.program, (counts.get(e.program) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? [''];
  notKnown.push(
    `Which program it will belong to; taken was ${most}, the one with most entry points. Name file or program.`,
  );
  return most;
}

/** What a request of this method usually does, where that was not said. */
const BY_METHOD: Readonly<Record<string, string>> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};
function effectsOf(
  asked: Asked,
  trigger: Trigger,
  model: Model,
  notKnown: string[],
): { operation: string; target: string }[] {
  return (asked.reaches ?? []).flatMap(({ entity, operations }) => {
    const target = entityNamed(model, entity);
    if (target === null) {
      const near = nearestEntities(model, entity);
      notKnown.push(
        `An entity ${entity}: no entry point reaches one${near.length > 0 ? `; near are ${near.join(', ')}` : ''}.`,
      );
    }
    const usual = 'method' in trigger ? (BY_METHOD[trigger.method] ?? 'update') : 'update';
    if (!operations)
      notKnown.push(`What it does to ${target ?? entity}; taken was ${usual}. Name the operations.`);
    return (operations ?? [usual]).map((operation) => ({ operation, target: target ?? entity }));
  });
}

function gapsIn(model: Model, file: string): string[] {
  return model.gaps
    .filter((gap) => gap.file === file)
    .slice(0, NAMED)
    .map((gap) => `${at(gap)}: ${gap.reason}`);
}

async function idiomOf(it: Idiom, snapshot: Known, subject: Subject): Promise<z.infer<typeof idiom>> {
  const [code, registered, commit] = await Promise.all([
    codeAt(snapshot, it.place, it.how !== 'in front of the handler'),
    codeAt(snapshot, it.registration, false),
    subject.establishing(snapshot, it.place),
  ]);
  return {
    guard: it.guard,
    how: it.how,
    place: toPlace(it.place),
    code,
    definition: it.definition && toPlace(it.definition),
    entryPoint: it.entryPoint,
    registration: { place: toPlace(it.registration), code: registered },
    installedOnce: it.shared,
    since: commit && { pullRequest: commit.pullRequest, commit: commit.sha },
  };
}

function sentenceOf(required: readonly Requirement[]): string {
  if (required.length === 0)
    return 'No protection is established among its peers, as far as is known: nothing would be demanded. See what is not known.';
  const blocking = required.filter((r) => r.level === 'error').map((r) => r.protection);
  return (
    `It must carry ${required.map((r) => r.protection).join(', ')}. ` +
    `What blocks when missing: ${blocking.join(', ') || 'none of it, though it would be told'}.`
  );
}

function linesOf(r: z.infer<typeof output>['required'][number]): string[] {
  const it = r.idiom;
  const since = it?.since
    ? `, since ${it.since.pullRequest === null ? it.since.commit.slice(0, 10) : `#${it.since.pullRequest}`}`
    : '';
  return [
    `${r.protection} (confidence ${r.confidence}): ${r.why}`,
    ...(it
      ? [
          `  imitate ${at(it.place)}: ${it.guard}, ${it.how}${it.installedOnce ? ', installed once for several' : ''}${since}` +
            `${it.definition ? `; defined at ${at(it.definition)}` : ''}`,
          ...it.code.map((c) => `  ${it.place.file}:${c.line}: ${c.text}`),
          ...(it.installedOnce
            ? [
                '  what is registered as this is has it:',
                ...it.registration.code.map((c) => `  ${it.registration.place.file}:${c.line}: ${c.text}`),
              ]
            : []),
        ]
      : []),
    ...(r.alreadyGivenBy
      ? [`  given already by ${at(r.alreadyGivenBy)} to what stands where it is to stand`]
      : []),
    ...(r.notNeededWith.length > 0 ? [`  not needed where there is ${r.notNeededWith.join(', ')}`] : []),
  ];
}
