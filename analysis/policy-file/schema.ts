import { z } from 'zod';
import { ENTRY_POINT_KINDS, type Protection } from '../model/model.js';
import { RULES } from '../rules.js';

/**
 * What `.github/postern.yml` may hold: the one source for its reader, for the types of what is read, and for the schema that
 * editors take (`docs/postern.schema.json`). Each key is explained in docs/policy.md.
 */

/** In the order in which the schema for editors lists them. */
const PROTECTIONS = [
  'authentication',
  'authorization',
  'ownership',
  'rate-limit',
  'csrf',
  'signature',
  'validation',
  'upload-limit',
] as const satisfies readonly Protection[];

const text = z.string().regex(/\S/, 'must not be empty').max(2000);
const glob = z.string().regex(/\S/, 'must not be empty').max(200);
const date = z.iso.date('has to be a date, as 2027-01-31');
const oneOrMore = <T extends z.ZodType>(each: T) => z.union([each, z.array(each).min(1)]);
const said = <T extends z.ZodType>(type: T, description: string): T => type.meta({ description });

/** Which entry points something is about: all that is given has to hold, of a list any. */
const where = {
  path: said(oneOrMore(glob), 'Its path, as a glob: `/admin/**`').optional(),
  method: said(
    oneOrMore(z.string().regex(/^[A-Za-z]+$/, 'has to be letters, as POST')),
    'HTTP method',
  ).optional(),
  name: said(
    oneOrMore(glob),
    'Name of a procedure, field, message, action, tool or job, as a glob',
  ).optional(),
  kind: said(oneOrMore(z.enum(ENTRY_POINT_KINDS)), 'What sets it off').optional(),
  program: said(oneOrMore(glob), 'The program that it belongs to, as a glob').optional(),
  entryPoint: said(oneOrMore(text), 'Its id, as reports give it').optional(),
};
const WHERE = Object.keys(where);
/** What has no selector at all would be about everything: too much to be allowed by leaving something out. */
const limited = <T extends z.ZodObject>(type: T) =>
  type
    .refine((given) => WHERE.some((key) => key in given), {
      error: `needs one of ${WHERE.map((key) => `\`${key}\``).join(', ')}`,
    })
    .meta({ anyOf: WHERE.map((key) => ({ required: [key] })) });

const position = z.union([
  z.int().min(0),
  z
    .string()
    .regex(
      /^\d+(?:\.[\w$]+)?$/,
      'has to be the position of an argument, as 2, or a property of one, as 0.path',
    ),
]);
const registered = z
  .strictObject({
    function: said(text, 'Name of the function whose calls register'),
    file: said(text, 'End of the path of the file that defines it').optional(),
    kind: z.enum(['http', 'job', 'message', 'rpc']).optional(),
    method: said(
      z.union([
        z.int().min(0),
        z
          .string()
          .regex(
            /^(?:[A-Za-z]+|\d+(?:\.[\w$]+)?)$/,
            'has to be a method, the position of an argument, as 2, or a property of one, as 0.method',
          ),
      ]),
      'A fixed method, or where a call gives it',
    ).optional(),
    path: said(position, 'Where a call gives the path').optional(),
    name: said(position, 'Where a call gives the name').optional(),
    guards: said(position, 'Where a call gives guards').optional(),
    handler: said(position, 'Where a call gives the handler'),
  })
  .refine((given) => given.path !== undefined || given.name !== undefined, {
    error: 'needs `path` (or `name`)',
  })
  .meta({ anyOf: [{ required: ['path'] }, { required: ['name'] }] });

const guard = z.strictObject({
  module: said(
    z.string().regex(/^[^./\s]\S*$/, 'has to be the name of a package'),
    'The package, as it is imported',
  ),
  export: said(
    z
      .string()
      .regex(
        /^[\w$]+(?:\(\))?(?:\.[\w$]+(?:\(\))?)*$/,
        'has to be a name, as `guard`, `make()` or `make().guard`',
      ),
    'Which of its exports; left out: the module itself',
  ).optional(),
  enforces: z.enum(PROTECTIONS),
  refuses: said(z.enum(['answer', 'throw', 'return']), 'How it refuses; left out: it answers').optional(),
  async: said(z.boolean(), 'Its promise has to be waited for').optional(),
});

const required = z.strictObject({
  protection: said(oneOrMore(z.enum(PROTECTIONS)), 'What each of them needs'),
  ...where,
  entity: said(oneOrMore(glob), 'Only where it acts on this, as a glob').optional(),
  effect: said(
    oneOrMore(text),
    'Only where it does this: `write`, `read`, or an operation such as `delete`',
  ).optional(),
  reason: said(text, 'Why; shown with the finding').optional(),
});
const open = limited(
  z.strictObject({
    ...where,
    reason: said(text, 'Why it is open to everybody; shown in reports'),
    effects: said(
      z.array(text),
      'What it did when that was decided, as `Order: read`; one that does more is not open',
    ).optional(),
  }),
);
const assumed = limited(
  z.strictObject({
    protection: said(oneOrMore(z.enum(PROTECTIONS)), 'What is enforced outside of the code'),
    ...where,
    by: said(text, 'What enforces it: the ingress, the gateway, …'),
  }),
);
const waiver = z
  .strictObject({
    finding: said(text, 'Fingerprint of the finding').optional(),
    rule: z.enum(RULES).optional(),
    entryPoint: said(text, 'Id of the entry point').optional(),
    missing: said(text, 'Only where this is missing').optional(),
    who: said(text, 'Who decided it'),
    why: said(text, 'Why it is intended'),
    until: said(date, 'Last day on which it counts').optional(),
    effects: said(
      z.array(text),
      'What the entry point did when it was decided, as `Order: update`',
    ).optional(),
  })
  .refine(
    (given) => given.finding !== undefined || (given.rule !== undefined && given.entryPoint !== undefined),
    {
      error: 'needs `finding`, or `rule` and `entryPoint`',
    },
  )
  .meta({ anyOf: [{ required: ['finding'] }, { required: ['rule', 'entryPoint'] }] });

const LEVELS = ['error', 'warning', 'note', 'off'] as const;
const levels = z.strictObject(
  Object.fromEntries(RULES.map((rule) => [rule, z.enum(LEVELS).optional()])) as Record<
    (typeof RULES)[number],
    z.ZodOptional<z.ZodEnum<{ error: 'error'; warning: 'warning'; note: 'note'; off: 'off' }>>
  >,
);

/** Keys that hold a list: each entry is read by itself, so that a mistake in one leaves the others. */
export const LISTS = {
  registers: registered,
  guards: guard,
  require: required,
  public: open,
  assume: assumed,
  ignore: glob,
  waivers: waiver,
} as const;
export const SETTINGS = {
  block: z.enum(['everyone', 'agents', 'nobody']),
  shadow: z.union([z.boolean(), z.iso.date('has to be true, false or a date, as 2027-01-31')]),
  onIncomplete: z.enum(['neutral', 'block']),
  codeScanning: z.enum(['off', 'upload']),
  accept: z.union([
    z.enum(['maintainers', 'code-owners', 'nobody']),
    z
      .array(
        z
          .string()
          .regex(
            /^(?:maintainers|code-owners|@[A-Za-z\d](?:[\w-]{0,100})(?:\/[\w.-]{1,100})?)$/,
            'has to be maintainers, code-owners, or a name, as @ada or @acme/security',
          ),
      )
      .min(1),
  ]),
} as const;
export const LEVEL_OF = levels;

export type RegisteredEntry = z.infer<typeof registered>;
export type GuardEntry = z.infer<typeof guard>;
export type RequiredEntry = z.infer<typeof required>;
export type PublicEntry = z.infer<typeof open>;
export type AssumedEntry = z.infer<typeof assumed>;
export type WaiverEntry = z.infer<typeof waiver>;
export type Where = { [K in keyof typeof where]?: z.infer<(typeof where)[K]> };
export type Levels = Partial<Record<(typeof RULES)[number], (typeof LEVELS)[number]>>;
export type Settings = { [K in keyof typeof SETTINGS]?: z.infer<(typeof SETTINGS)[K]> };

/** The file as a JSON schema. */
export function jsonSchema(): object {
  const file = z.strictObject({
    registers: said(z.array(registered), 'Functions of the project that register entry points').optional(),
    guards: said(z.array(guard), 'Functions of packages that guard').optional(),
    require: said(z.array(required), 'Protections that entry points need').optional(),
    public: said(z.array(open), 'Entry points that are open on purpose').optional(),
    assume: said(z.array(assumed), 'Protections outside of the code').optional(),
    levels: said(levels, 'Levels of rules').optional(),
    block: said(SETTINGS.block, 'Whose changes are blocked').optional(),
    shadow: said(SETTINGS.shadow, 'Nothing blocks: until this day, or until it is taken away').optional(),
    onIncomplete: said(SETTINGS.onIncomplete, 'What becomes of a change that cannot be followed').optional(),
    codeScanning: said(
      SETTINGS.codeScanning,
      'Whether findings are given to code scanning as well',
    ).optional(),
    accept: said(SETTINGS.accept, 'Who may accept findings, and open entry points, by a comment').optional(),
    ignore: said(z.array(glob), 'Paths of files whose entry points are not judged, as globs').optional(),
    waivers: said(z.array(waiver), 'Divergences that are intended').optional(),
  });
  const schema = z.toJSONSchema(file, { target: 'draft-7', reused: 'inline' });
  return { ...schema, title: '.github/postern.yml', description: 'What Postern is told about a repository' };
}
