import { createRequire } from 'node:module';
import type * as GraphQL from 'graphql';
import type { DefinitionNode, DirectiveDefinitionNode, FieldDefinitionNode } from 'graphql';
import type { Place } from '../../model/model.js';

// Loaded with the first schema: most repositories have none.
const require = createRequire(import.meta.url);
const graphql = (): typeof GraphQL => require('graphql') as typeof GraphQL;

export interface SdlDirective {
  name: string;
  /** Constants of its arguments, by name. */
  args: Readonly<Record<string, unknown>>;
}
export interface SdlField {
  type: string;
  name: string;
  /** Its own. */
  directives: SdlDirective[];
  place: Place | null;
}
/** Object types of a schema in the Schema Definition Language, by `Type.field`. */
export type SdlFields = Map<string, SdlField>;
/**
 * Directives of a type count for its fields wherever they are defined: they stand under the name of the type alone. What a directive
 * is not told is what its definition says, which stands under its name as it is written.
 */
export const directivesFor = (field: SdlField, all: SdlFields): SdlDirective[] =>
  [...field.directives, ...(all.get(field.type)?.directives ?? [])].map(({ name, args }) => ({
    name,
    args: { ...all.get(`@${name}`)?.directives[0]?.args, ...args },
  }));

/** Adds the fields that a text defines; false where it is no schema: a client's operation, or broken. */
export function readSdl(text: string, file: string | null, into: SdlFields): boolean {
  let definitions: readonly DefinitionNode[];
  try {
    ({ definitions } = graphql().parse(text));
  } catch {
    return false;
  }
  const { Kind } = graphql();
  for (const definition of definitions) {
    if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
      const name = `@${definition.name.value}`;
      into.set(name, { type: '', name, directives: [defaultsOf(definition)], place: null });
    }
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION)
      continue;
    const own = into.get(definition.name.value)?.directives ?? [];
    into.set(definition.name.value, {
      type: '',
      name: definition.name.value,
      directives: [...own, ...directivesOf(definition)],
      place: null,
    });
    for (const field of definition.fields ?? [])
      into.set(`${definition.name.value}.${field.name.value}`, {
        type: definition.name.value,
        name: field.name.value,
        directives: directivesOf(field),
        place: file === null ? null : { file, line: field.loc?.startToken.line ?? 1 },
      });
  }
  return true;
}
const defaultsOf = (definition: DirectiveDefinitionNode): SdlDirective => ({
  name: definition.name.value,
  args: Object.fromEntries(
    (definition.arguments ?? []).flatMap(({ name, defaultValue }) =>
      defaultValue ? [[name.value, graphql().valueFromASTUntyped(defaultValue)]] : [],
    ),
  ),
});
const directivesOf = ({ directives }: Pick<FieldDefinitionNode, 'directives'>): SdlDirective[] =>
  (directives ?? []).map((d) => ({
    name: d.name.value,
    args: Object.fromEntries(
      (d.arguments ?? []).map((a) => [a.name.value, graphql().valueFromASTUntyped(a.value)]),
    ),
  }));
