import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';

/** Where a call says something: the argument at a position, or a property of it. */
export interface Where {
  argument: number;
  property: string | null;
}
export interface Declaration {
  function: string;
  /** End of the path of the file that defines it; null: wherever it is defined. */
  file: string | null;
  kind: 'http' | 'job' | 'message' | 'rpc';
  /** A fixed method, or where it is said. */
  method: string | Where | null;
  /** Path of an http entry point, name of others. */
  path: Where;
  guards: Where | null;
  handler: Where;
}
export interface Mistake {
  line: number;
  reason: string;
}
export const DECLARATIONS = '.github/postern.yml';
const KEYS = ['function', 'file', 'kind', 'method', 'path', 'name', 'guards', 'handler'];
const KINDS = ['http', 'job', 'message', 'rpc'];

/** Reads the key `registers` of a project's own declarations. Other keys are not looked at here. */
export function readDeclarations(text: string): { declarations: Declaration[]; mistakes: Mistake[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const mistakes: Mistake[] = [];
  const lineOf = (node: unknown): number => {
    const offset = (node as Node | null)?.range?.[0];
    return offset === undefined ? 1 : lines.linePos(offset).line;
  };
  const wrong = (node: unknown, reason: string): null => {
    mistakes.push({ line: lineOf(node), reason });
    return null;
  };
  for (const error of document.errors)
    mistakes.push({
      line: error.linePos?.[0].line ?? 1,
      reason: `this is no YAML: ${error.message.split('\n')[0]}`,
    });
  const all =
    document.errors.length === 0 && isMap(document.contents)
      ? document.contents.get('registers', true)
      : undefined;
  if (all === undefined) return { declarations: [], mistakes };
  if (!isSeq(all))
    return {
      declarations: [],
      mistakes: [...mistakes, { line: lineOf(all), reason: '`registers` has to be a list' }],
    };
  const declarations = all.items.flatMap((item): Declaration[] => {
    if (!isMap(item)) return wrong(item, 'each of `registers` has to say which `function` it is about') ?? [];
    for (const { key } of item.items)
      if (isScalar(key) && !KEYS.includes(String(key.value)))
        wrong(key, `\`${String(key.value)}\` is not known here; known are ${KEYS.join(', ')}`);
    const scalar = (name: string): unknown => {
      const node: unknown = item.get(name, true);
      return isScalar(node) ? node.value : undefined;
    };
    const where = (name: string): Where | null => {
      const value = scalar(name);
      const match = /^(\d+)(?:\.([\w$]+))?$/.exec(String(value ?? ''));
      if (match) return { argument: Number(match[1]), property: match[2] ?? null };
      return value === undefined
        ? null
        : wrong(
            item.get(name, true),
            `\`${name}\` has to be the position of an argument, as 2, or a property of one, as 0.${name}`,
          );
    };
    const kind = String(scalar('kind') ?? 'http');
    if (!KINDS.includes(kind))
      return wrong(item.get('kind', true), `\`kind\` has to be one of ${KINDS.join(', ')}`) ?? [];
    const called = scalar('function');
    if (typeof called !== 'string') return wrong(item, 'a declaration has to name a `function`') ?? [];
    const path = where('path') ?? where('name');
    const handler = where('handler');
    if (!path || !handler)
      return (
        wrong(
          item,
          `\`${called}\` needs ${path ? '' : '`path` (or `name`)'}${path || handler ? '' : ' and '}${handler ? '' : '`handler`'}`,
        ) ?? []
      );
    const method = scalar('method');
    const isFixed = typeof method === 'string' && /^[A-Za-z]+$/.test(method);
    const file = scalar('file');
    return [
      {
        function: called,
        file: typeof file === 'string' ? file : null,
        kind: kind as Declaration['kind'],
        method: isFixed ? method.toUpperCase() : where('method'),
        path,
        guards: where('guards'),
        handler,
      },
    ];
  });
  return { declarations, mistakes };
}
