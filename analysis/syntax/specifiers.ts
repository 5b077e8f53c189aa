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
