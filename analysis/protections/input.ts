import {
  assert,
  FITS,
  FITS_LATER,
  IS_VALID,
  IS_VALID_LATER,
  OR_ERROR,
  VALIDATE,
  type Members,
} from './behaviours.js';

/** What holds input against a schema, and how it says that it does not fit. Sources: the packages' own documentation. */
export const INPUT: Readonly<Record<string, Members>> = {
  // https://zod.dev/basics
  ...Object.fromEntries(
    ['zod', 'zod/v4', '@hono/zod-openapi'].map((name) => [
      name,
      { '*.parse': VALIDATE, '*.parseAsync': VALIDATE, '*.safeParse': FITS, '*.safeParseAsync': FITS_LATER },
    ]),
  ),
  // https://joi.dev/api: `validate` yields `{ value, error }`
  joi: { '*.validateAsync': VALIDATE, '*.validate': OR_ERROR, attempt: VALIDATE, assert: VALIDATE },
  // https://github.com/jquense/yup#schemavalidatevalue-any-options-object-promiseinfertypeschema-validationerror
  yup: {
    '*.validate': VALIDATE,
    '*.validateSync': VALIDATE,
    '*.isValid': IS_VALID_LATER,
    '*.isValidSync': IS_VALID,
  },
  // https://valibot.dev/guides/parse-data/
  valibot: {
    parse: VALIDATE,
    parseAsync: VALIDATE,
    safeParse: FITS,
    safeParseAsync: FITS_LATER,
    is: IS_VALID,
  },
  // https://docs.superstructjs.org/api-reference/core
  superstruct: { assert: VALIDATE, create: VALIDATE, mask: VALIDATE, is: IS_VALID },
  // https://ajv.js.org/guide/getting-started.html
  ajv: {
    '().compile.()': IS_VALID,
    '().validate': IS_VALID,
    'Ajv.().compile.()': IS_VALID,
    'Ajv.().validate': IS_VALID,
    'default.().compile.()': IS_VALID,
  },
  // https://github.com/sinclairzx81/typebox#values
  '@sinclair/typebox': {
    '/value.Value.Check': IS_VALID,
    '/value.Value.Parse': VALIDATE,
    '/value.Value.Decode': VALIDATE,
    '/value.Value.Assert': VALIDATE,
    '/compiler.TypeCompiler.Compile.().Check': IS_VALID,
    '/compiler.TypeCompiler.Compile.().Decode': VALIDATE,
  },
  // https://github.com/typestack/class-validator#passing-options
  'class-validator': {
    validateOrReject: assert('validation', true),
    validate: { does: 'validate', says: { faults: true }, later: true },
    validateSync: { does: 'validate', says: { faults: true } },
  },
};
