const SPECIFIER =
  /(?:\bfrom|\bimport|\brequire(?:\.resolve)?)\s*(?:\(\s*(?:\/\*[^]{0,200}?\*\/\s*)*)?(?:(['"])([^'"\n\\]{1,500})\1|`([^`$\n\\]{1,500})`)/g;

/**
 * The specifiers that a module names in imports, re-exports, `require` and `import()`, found without parsing; each
 * once, in order of appearance. Finds all that are literal; may also find what a comment or string mentions.
 */
export function scanSpecifiers(text: string): string[] {
  const found = new Set<string>();
  for (const match of text.matchAll(SPECIFIER)) found.add(match[2] ?? match[3]!);
  return [...found];
}

const TYPE_ONLY =
  /\b(?:import|export)\s+type\s+(?:[\w$]+|\*(?:\s+as\s+[\w$]+)?|\{[^{}]*\})\s*from\s*(['"])([^'"\n\\]{1,500})\1/g;

/** The specifiers that a module names for types alone: nothing of them is there when it runs. */
export function scanTypeSpecifiers(text: string): string[] {
  const types = new Set<string>();
  const rest = text.replace(TYPE_ONLY, (_all, _quote, specifier: string) => {
    types.add(specifier);
    return '';
  });
  if (types.size > 0) for (const specifier of scanSpecifiers(rest)) types.delete(specifier);
  return [...types];
}

const DECLARED =
  /^[ \t]*export\s+(?:async\s+)?(?:function\s*\*?|const|let|var|class)\s*(?:\{([^{}]{0,2000})\}|([\w$]+))/gm;
const LISTED = /^[ \t]*export\s*\{([^{}]{0,4000})\}/gm;

/** The names that a module exports, found without parsing; at most a hundred. `default` is not among them. */
export function scanExports(text: string): string[] {
  const found = new Set<string>();
  for (const match of text.matchAll(DECLARED)) {
    if (match[2]) found.add(match[2]);
    // `export const { GET, handler: POST } = …`: the last name binds.
    for (const part of match[1]?.split(',') ?? []) found.add(/([\w$]+)\s*(?:=[^]*)?$/.exec(part)?.[1] ?? '');
  }
  for (const match of text.matchAll(LISTED))
    for (const part of match[1]!.split(',')) found.add(/([\w$]+)\s*$/.exec(part)?.[1] ?? '');
  found.delete('');
  return [...found].slice(0, 100);
}
