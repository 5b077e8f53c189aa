import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type YAMLMap } from 'yaml';

/** Where a project says what its own functions mean. */
export const DECLARATIONS = '.github/postern.yml';

export interface Mistake {
  line: number;
  reason: string;
}
/** One member of a list of declarations. */
export interface Declared {
  item: YAMLMap;
  /** The text, number or boolean under a key; undefined where there is none. */
  given(name: string): unknown;
  /** Notes a mistake at the place of a node. */
  wrong(node: unknown, reason: string): null;
}
interface DeclaredList<T> {
  values: T[];
  mistakes: Mistake[];
  /** Why the file is no YAML at all: the same for each of its lists. */
  errors: Mistake[];
}

/**
 * Reads the list under `key`. Each mistake names its line and key; the rest of the file counts. `read` answers null where a
 * member says too little. `has` is what each member has to say, for a message.
 */
export function readList<T>(
  text: string,
  { key, keys, has }: { key: string; keys: readonly string[]; has: string },
  read: (declared: Declared) => T | null,
): DeclaredList<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const mistakes: Mistake[] = [];
  const wrong = (node: unknown, reason: string): null => {
    const offset = (node as Node | null)?.range?.[0];
    mistakes.push({ line: offset === undefined ? 1 : lines.linePos(offset).line, reason });
    return null;
  };
  const errors = document.errors.map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    reason: `this is no YAML: ${error.message.split('\n')[0]}`,
  }));
  const all = errors.length === 0 && isMap(document.contents) ? document.contents.get(key, true) : undefined;
  if (all !== undefined && !isSeq(all)) wrong(all, `\`${key}\` has to be a list`);
  const values = (isSeq(all) ? all.items : []).flatMap((item): T[] => {
    if (!isMap(item)) return wrong(item, `each of \`${key}\` has to say which ${has}`) ?? [];
    for (const { key: name } of item.items)
      if (isScalar(name) && !keys.includes(String(name.value)))
        wrong(name, `\`${String(name.value)}\` is not known here; known are ${keys.join(', ')}`);
    const given = (name: string): unknown => {
      const node: unknown = item.get(name, true);
      return isScalar(node) ? node.value : undefined;
    };
    const value = read({ item, given, wrong });
    return value === null ? [] : [value];
  });
  return { values, mistakes, errors };
}
