import { readList, type Mistake } from '../declarations-file.js';

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
const KEYS = ['function', 'file', 'kind', 'method', 'path', 'name', 'guards', 'handler'];
const KINDS = ['http', 'job', 'message', 'rpc'];

/** Reads the key `registers` of a project's own declarations. Other keys are not looked at here. */
export function readDeclarations(text: string): { declarations: Declaration[]; mistakes: Mistake[] } {
  const list = { key: 'registers', keys: KEYS, has: '`function` it is about' };
  const { values, mistakes, errors } = readList(text, list, ({ item, given, wrong }): Declaration | null => {
    const where = (name: string): Where | null => {
      const value = given(name);
      const match = /^(\d+)(?:\.([\w$]+))?$/.exec(String(value ?? ''));
      if (match) return { argument: Number(match[1]), property: match[2] ?? null };
      return value === undefined
        ? null
        : wrong(
            item.get(name, true),
            `\`${name}\` has to be the position of an argument, as 2, or a property of one, as 0.${name}`,
          );
    };
    const kind = String(given('kind') ?? 'http');
    if (!KINDS.includes(kind))
      return wrong(item.get('kind', true), `\`kind\` has to be one of ${KINDS.join(', ')}`);
    const called = given('function');
    if (typeof called !== 'string') return wrong(item, 'a declaration has to name a `function`');
    const path = where('path') ?? where('name');
    const handler = where('handler');
    if (!path || !handler)
      return wrong(
        item,
        `\`${called}\` needs ${path ? '' : '`path` (or `name`)'}${path || handler ? '' : ' and '}${handler ? '' : '`handler`'}`,
      );
    const method = given('method');
    const isFixed = typeof method === 'string' && /^[A-Za-z]+$/.test(method);
    const file = given('file');
    return {
      function: called,
      file: typeof file === 'string' ? file : null,
      kind: kind as Declaration['kind'],
      method: isFixed ? method.toUpperCase() : where('method'),
      path,
      guards: where('guards'),
      handler,
    };
  });
  return { declarations: values, mistakes: [...errors, ...mistakes] };
}
