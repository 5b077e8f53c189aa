import type { Argument } from './ast.js';

/**
 * How code refers to a value that it does not make there: `basePath`, `this.config.path`, `config.get('path')`. What is
 * written alike in one place is the same value, known or not. Null for anything else.
 */
export function referenceTo(e: Argument): string | null {
  switch (e.k) {
    case 'identifier':
      return e.name;
    case 'this':
      return 'this';
    case 'member': {
      const object = referenceTo(e.object);
      return object && `${object}.${e.name}`;
    }
    case 'call': {
      const callee = referenceTo(e.callee);
      const args = e.args.map((a) => (a.k === 'literal' ? JSON.stringify(a.value) : null));
      return callee && !args.includes(null) ? `${callee}(${args.join()})` : null;
    }
    default:
      return null;
  }
}
