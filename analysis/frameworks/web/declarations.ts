import type { RegisteredEntry } from '../../policy-file/schema.js';

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

/** What an entry under `registers` of a project's policy means. */
export function declarationOf(entry: RegisteredEntry): Declaration {
  const { method } = entry;
  return {
    function: entry.function,
    file: entry.file ?? null,
    kind: entry.kind ?? 'http',
    method: typeof method === 'string' && /^[A-Za-z]+$/.test(method) ? method.toUpperCase() : where(method),
    // One of both is there: the reader of the file sees to it.
    path: (where(entry.path) ?? where(entry.name))!,
    guards: where(entry.guards),
    handler: where(entry.handler)!,
  };
}
/** `2`, or `0.path` */
function where(given: number | string | undefined): Where | null {
  if (given === undefined) return null;
  const [argument, property] = String(given).split('.');
  return { argument: Number(argument), property: property ?? null };
}
