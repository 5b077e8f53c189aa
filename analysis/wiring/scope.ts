import type { Value } from './value.js';

/** Variables of one block or function. Import bindings are thunks, resolved when first read. */
export class Scope {
  readonly variables = new Map<string, Value>();
  constructor(
    readonly parent: Scope | null,
    /** The nearest scope that `var` belongs to. */ readonly isFunction: boolean,
  ) {
    born(this.variables);
  }

  find(name: string): Scope | null {
    return this.variables.has(name) ? this : (this.parent?.find(name) ?? null);
  }
  functionScope(): Scope {
    return this.isFunction || !this.parent ? this : this.parent.functionScope();
  }
}

/**
 * When a map of variables or members came into being. A path that began before then, and has not written to it, does
 * not know it: for such a path there is nothing to join.
 */
type Born = Map<string, Value> & { bornAt?: number; absent?: (key: string) => Value };
let clock = 0;
/** What is being made that will outlast the path on which that happens. */
let lasting: Born[] | null = null;
export function born(map: Map<string, Value>): Map<string, Value> {
  (map as Born).bornAt = ++clock;
  lasting?.push(map);
  return map;
}
/** A map that every path knows, with what stands where nobody has written to it. */
export const sinceAlways = (map: Map<string, Value>, absent: (key: string) => Value): Map<string, Value> =>
  Object.assign(map, { bornAt: ALWAYS, absent });
const valueIn = (map: Born, key: string): Value | undefined => map.get(key) ?? map.absent?.(key);
/** The moment of a birth that is now. */
export const moment = (): number => ++clock;
/** Before every path. */
const ALWAYS = 0.5;
/** Runs what belongs to no path, though one has led to it: for all of them, what it makes has been there before. */
export function fromTheStart(work: () => void): void {
  const outer = lasting;
  const made: Born[] = (lasting = []);
  try {
    work();
  } finally {
    lasting = outer;
    for (const map of made) map.bornAt = ALWAYS;
  }
}
const birthOf = (map: Born): number => map.bornAt ?? 0;
export const isBornAfter = (map: Map<string, Value>, moment: number): boolean => birthOf(map) > moment;
/** A moment to compare births with. */
export const now = (): number => clock;

type Cell = { map: Map<string, Value>; key: string; had: boolean; old: Value | undefined; state: number };
/** What a variable or member was before something ran. */
export interface Written {
  map: Map<string, Value>;
  key: string;
  before: Value | undefined;
}
interface Opened {
  members: Map<string, Value>;
  open: Value | null;
}
const MAX_KEPT = 64;
export interface Fork {
  mark: number;
  outer: number;
  since: number;
}
/** What one of several paths that meet left in a variable. */
export interface Arrival {
  value: Value;
  /** Which of the paths. */
  path: number;
}
/** Joins what paths left in one variable. */
export type Join = (arrivals: readonly Arrival[]) => Value;
export type Writes = Map<Map<string, Value>, Map<string, Value>>;

/**
 * An undo log of variable and member writes, so that both arms of a branch can be run from the same state and their
 * writes joined after.
 */
export class Journal {
  private readonly cells: Cell[] = [];
  /** When the innermost fork began. Maps born later are known to this path only: their writes need no undoing. */
  private forkedAt = 0;

  /** What was there when the entry point that is being run began is no younger than this. */
  epoch = 0;
  /** Stands for the content of all that is no younger than the epoch: equal numbers, equal content. */
  state = 0;
  private states = 0;
  /** How to take back what was done to lists, and to members of which only some name is known; null outside of entry points. */
  private additions: (() => void)[] | null = null;
  /** The oldest map written to since the innermost watch began. */
  private oldest = Infinity;

  /** Those who keep what was there before something is written, with the moment since when they do. */
  private readonly keepers: { since: number; kept: Written[] }[] = [];

  mark(): number {
    return this.cells.length;
  }
  /** What work writes to what was there before it, each with what it was; nothing where nobody asks. */
  written(isAsked: boolean, work: () => void): readonly Written[] {
    const keeper = { since: clock, kept: [] as Written[] };
    if (isAsked) this.keepers.push(keeper);
    try {
      work();
    } finally {
      if (isAsked) this.keepers.pop();
    }
    // Paths that part and meet write several times: what was there first was there before.
    return keeper.kept.filter((w, i, all) => all.findIndex((o) => o.map === w.map && o.key === w.key) === i);
  }
  /** From here on it is seen how old what is written to is; give what this yields to `unwatch`. */
  watch(): number {
    const outer = this.oldest;
    this.oldest = Infinity;
    return outer;
  }
  /** The birth of the oldest map written to since. */
  unwatch(outer: number): number {
    const oldest = this.oldest;
    this.oldest = Math.min(outer, oldest);
    return oldest;
  }
  /** Something that came into being then is changed, with or without a log of it. */
  changes(birth: number): void {
    if (birth < this.oldest) this.oldest = birth;
    if (birth <= this.epoch) this.state = ++this.states;
  }
  /**
   * Runs something of which nothing is left after, neither in variables and members nor in what paths only add to: lists, and
   * members by a name that is computed.
   */
  apart<T>(work: () => T): T {
    const [fork, outer, { state }] = [this.begin(), this.additions, this];
    const additions: (() => void)[] = (this.additions = []);
    try {
      return work();
    } finally {
      this.end(fork);
      while (additions.length > 0) additions.pop()!();
      this.additions = outer;
      this.state = state;
    }
  }
  /** Something that came into being then is added to: paths that meet keep it, and it is gone with the entry point. */
  adds(birth: number, takeBack: () => void): void {
    this.changes(birth);
    this.additions?.push(takeBack);
  }
  /** A member of which the name is not known is given a value. */
  open(object: Opened, value: Value, join: (a: Value, b: Value) => Value): void {
    const { open } = object;
    this.adds(birthOf(object.members), () => {
      object.open = open;
    });
    object.open = open ? join(open, value) : value;
  }
  /** When the path that is being followed parted from others. */
  get parted(): number {
    return this.forkedAt;
  }
  /** Was there before the path that is being followed parted from others: they know nothing of what is done to it here. */
  isShared(birth: number): boolean {
    return birth <= this.forkedAt;
  }
  /** Begins a path whose writes will be taken back with `end`. */
  begin(): Fork {
    const fork = { mark: this.cells.length, outer: this.forkedAt, since: clock };
    this.forkedAt = clock;
    return fork;
  }
  end(fork: Fork): void {
    this.undo(fork.mark);
    this.forkedAt = fork.outer;
  }
  /** Keeps what follows: the fork only marks a place to come back to when something fails. */
  restore(fork: Fork): void {
    this.forkedAt = fork.outer;
  }
  write(map: Map<string, Value>, key: string, value: Value): void {
    const birth = birthOf(map);
    const { state } = this;
    this.changes(birth);
    if (birth <= this.forkedAt) this.cells.push({ map, key, had: map.has(key), old: map.get(key), state });
    for (const { since, kept } of this.keepers)
      if (birth <= since && kept.length < MAX_KEPT) kept.push({ map, key, before: valueIn(map, key) });
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
      this.state = cell.state;
    }
  }
  /** Forgets the log since the mark, keeping the values. */
  commit(mark: number): void {
    this.cells.length = mark;
  }
  /**
   * Applies what several paths wrote since a moment, of each or of all: the value itself where all agree, a join of it with the
   * others otherwise.
   */
  apply(paths: readonly Writes[], join: Join, absent: Value, since: number | readonly number[]): void {
    if (paths.length === 0) return;
    const maps = new Set(paths.flatMap((p) => [...p.keys()]));
    for (const map of maps) {
      const keys = new Set(paths.flatMap((p) => [...(p.get(map)?.keys() ?? [])]));
      for (const key of keys) {
        const before = valueIn(map, key) ?? absent;
        const arrivals: Arrival[] = [];
        for (const [path, writes] of paths.entries()) {
          const written = writes.get(map)?.get(key);
          const known = typeof since === 'number' ? since : since[path]!;
          if (written === undefined && birthOf(map) > known) continue;
          arrivals.push({ value: written ?? before, path });
        }
        this.write(map, key, arrivals.length === 1 ? arrivals[0]!.value : join(arrivals));
      }
    }
  }
}
