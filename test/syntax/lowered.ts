import type { Module } from '../../analysis/syntax/ast.js';
import { lower } from '../../analysis/syntax/lower.js';

/** A lowered module on a few lines: positions and everything empty, false or null left out, kinds first. */
export function brief(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(brief).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const node = value as Record<string, unknown>;
  if (node['k'] === 'identifier') return String(node['name']);
  if (node['k'] === 'literal') return JSON.stringify(node['value']);
  const shown = Object.entries(node).filter(
    ([key, part]) =>
      !['k', 'line', 'endLine', 'id'].includes(key) &&
      part !== null &&
      part !== false &&
      !(Array.isArray(part) && part.length === 0),
  );
  return `${String(node['k'] ?? '')}{${shown.map(([key, part]) => `${key}: ${brief(part)}`).join(', ')}}`;
}

/** The statements of a text, each on a line. */
export function statements(text: string, path = 'a.ts'): string[] {
  return lower(path, text).body.map(brief);
}

/** The expression of the one statement in a text. */
export function expression(text: string, path = 'a.ts'): string {
  const [statement] = lower(path, text).body;
  if (statement?.k !== 'expression') throw new Error(`not an expression statement: ${brief(statement)}`);
  return brief(statement.expression);
}

/** Every object in a module that `accept` accepts, in the order of the lowered tree. */
export function collect<T>(module: Module, accept: (node: Record<string, unknown>) => boolean): T[] {
  const found: T[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (value !== null && typeof value === 'object') {
      if (accept(value as Record<string, unknown>)) found.push(value as T);
      Object.values(value).forEach(visit);
    }
  };
  visit(module.body);
  return found;
}
