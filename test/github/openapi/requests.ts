import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { StandInRequest } from '../../../app/demo/standin/github.js';

type Schema = Record<string, unknown>;

interface Operation {
  id: string;
  method: string;
  path: string;
  parameters: { name: string; in: 'path' | 'query'; required: boolean; schema: Schema }[];
  body: { required: boolean; schema: Schema } | null;
}

/** Made by `extract.mjs`, which says where it comes from. */
const { operations, schemas } = JSON.parse(
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'requests.json'), 'utf8'),
) as { operations: Operation[]; schemas: Record<string, Schema> };

/** Parameters that stand for more than one part of a path. */
const LONG = new Set(['path', 'ref', 'branch', 'basehead']);
/** GitHub describes it by a schema of its own kind, or in words: what browsers and clients of OAuth ask. */
const ELSEWHERE = /^\/(?:graphql|login\/oauth\/\w+)$/;

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, coerceTypes: false });
const inTexts = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, coerceTypes: true });
const compiled = new Map<Operation, { parameters: ValidateFunction; body: ValidateFunction | null }>();

/** What GitHub's description of its API has against a request: one sentence each, none where it is as described. */
export function objectionsTo({ method, path, query, body }: StandInRequest): string[] {
  if (ELSEWHERE.test(path)) return [];
  const found = operationOf(method, path);
  if (!found)
    return [
      'no operation of GitHub is known there; a new one is taken in by test/github/openapi/extract.mjs',
    ];
  const { operation, parts } = found;
  const check = validators(operation);
  const objections: string[] = [];
  const tell = (what: string, { errors }: ValidateFunction): void => {
    for (const { instancePath, message, params } of errors ?? []) {
      const about = Object.values(params as object)
        .flat()
        .join(', ');
      objections.push(`${operation.id}: ${what}${instancePath} ${message ?? ''} (${about})`);
    }
  };
  const asked = new URLSearchParams(query);
  if (!check.parameters({ ...Object.fromEntries(asked), ...parts })) tell('parameters', check.parameters);
  const given = body === '' ? undefined : (JSON.parse(body) as unknown);
  if (given === undefined) {
    if (operation.body?.required) objections.push(`${operation.id}: there is no body, which is required`);
  } else if (!check.body) {
    if (Object.keys(given as object).length > 0)
      objections.push(`${operation.id}: there is a body, and none is described`);
  } else if (!check.body(given)) tell('body', check.body);
  return objections;
}

/** @throws when GitHub's description has anything against one of these requests, with all that it has */
export function expectAsDescribed(requests: readonly StandInRequest[]): void {
  const told = new Set(
    requests
      .filter(({ path }) => !path.includes('.git/'))
      .flatMap((request) =>
        objectionsTo(request).map((said) => `${request.method} ${request.path}\n    ${said}`),
      ),
  );
  if (told.size > 0)
    throw new Error(
      `The App sent requests that GitHub does not describe like this:\n  ${[...told].join('\n  ')}`,
    );
}

function operationOf(
  method: string,
  path: string,
): { operation: Operation; parts: Record<string, string> } | null {
  const fitting = operations
    .filter((operation) => operation.method === method)
    .flatMap((operation) => {
      const match = pattern(operation.path).exec(path);
      return match ? [{ operation, parts: decoded(match.groups ?? {}) }] : [];
    });
  // `/pulls/comments/{id}` before `/pulls/{number}/…`: where the most of it is fixed.
  const fixed = ({ operation }: { operation: Operation }): number =>
    operation.path.replace(/\{\w+\}/g, '').length;
  return fitting.sort((one, other) => fixed(other) - fixed(one))[0] ?? null;
}

function pattern(path: string): RegExp {
  const source = path.replace(
    /\{(\w+)\}/g,
    (_, name: string) => `(?<${name}>${LONG.has(name) ? '.+' : '[^/]+'})`,
  );
  return new RegExp(`^${source}$`);
}

function decoded(parts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, decodeURIComponent(text)]));
}

function validators(operation: Operation): { parameters: ValidateFunction; body: ValidateFunction | null } {
  const known = compiled.get(operation);
  if (known) return known;
  const { parameters, body } = operation;
  const made = {
    parameters: inTexts.compile({
      type: 'object',
      properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
      required: parameters.filter(({ required }) => required).map(({ name }) => name),
      additionalProperties: false,
      schemas,
    }),
    body: body && ajv.compile({ ...closed(body.schema), schemas }),
  };
  compiled.set(operation, made);
  return made;
}

/** GitHub ignores fields that it does not know; whoever sends one meant something by it. */
function closed(schema: Schema): Schema {
  const properties = schema['properties'] as Record<string, Schema> | undefined;
  const items = schema['items'] as Schema | undefined;
  return {
    ...schema,
    ...(items ? { items: closed(items) } : {}),
    ...(properties
      ? {
          properties: Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, closed(of)])),
          additionalProperties: schema['additionalProperties'] ?? false,
        }
      : {}),
  };
}
