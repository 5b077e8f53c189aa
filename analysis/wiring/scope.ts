import type { Value } from './value.js';

/** Variables of one block or function. Import bindings are thunks, resolved when first read. */
export class Scope {
  readonly variables = new Map<string, Value>();
  constructor(readonly parent: Scope | null, /** The nearest scope that `var` belongs to. */ readonly isFunction: boolean) {
    SCOPES.add(this.variables);
  }

  find(name: string): Scope | null {
    let scope: Scope | null = this;
    while (scope && !scope.variables.has(name)) scope = scope.parent;
    return scope;
  }
  functionScope(): Scope {
    let scope: Scope = this;
    while (!scope.isFunction && scope.parent) scope = scope.parent;
    return scope;
  }
}

/** Maps that hold variables: there, a name that one path has not declared is not a value that it could have. */
const SCOPES = new WeakSet<Map<string, Value>>();

type Cell = { map: Map<string, Value>; key: string; had: boolean; old: Value | undefined };
export type Writes = Map<Map<string, Value>, Map<string, Value>>;

/**
 * An undo log of variable and member writes, so that both arms of a branch can be run from the same state and their
 * writes joined after.
 */
export class Journal {
  private readonly cells: Cell[] = [];

  mark(): number {
    return this.cells.length;
  }
  write(map: Map<string, Value>, key: string, value: Value): void {
    this.cells.push({ map, key, had: map.has(key), old: map.get(key) });
    map.set(key, value);
  }
  /** What has been written since the mark, with the present values. */
  since(mark: number): Writes {
    const writes: Writes = new Map();
    for (let i = mark; i < this.cells.length; i++) {
      const { map, key } = this.cells[i]!;
      let inner = writes.get(map);
      if (!inner) writes.set(map, (inner = new Map()));
      if (map.has(key)) inner.set(key, map.get(key)!);
    }
    return writes;
  }
  undo(mark: number): void {
    while (this.cells.length > mark) {
      const cell = this.cells.pop()!;
      if (cell.had) cell.map.set(cell.key, cell.old!);
      else cell.map.delete(cell.key);
    }
  }
  /** Forgets the log since the mark, keeping the values. */
  commit(mark: number): void {
    this.cells.length = mark;
  }
  /** Applies what several paths wrote: the value itself where all agree, a join of it with the others otherwise. */
  apply(paths: readonly Writes[], join: (a: Value, b: Value) => Value, absent: Value): void {
    if (paths.length === 0) return;
    const maps = new Set(paths.flatMap((p) => [...p.keys()]));
    for (const map of maps) {
      const keys = new Set(paths.flatMap((p) => [...(p.get(map)?.keys() ?? [])]));
      for (const key of keys) {
        const declared = map.has(key) || !SCOPES.has(map);
        const before = map.get(key) ?? absent;
        let joined: Value | null = null;
        for (const path of paths) {
          const written = path.get(map)?.get(key);
          if (written === undefined && !declared) continue;
          const value = written ?? before;
          joined = joined === null ? value : join(joined, value);
        }
        this.write(map, key, joined!);
      }
    }
  }
}
