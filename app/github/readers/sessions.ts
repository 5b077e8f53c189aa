import { randomBytes } from 'node:crypto';
import { fingerprint } from '../../secrets.js';

/** A token of GitHub is good for as long, where it expires. */
const LONGEST_MS = 8 * 3_600_000;
/** Who does nothing for so long is signed out. */
const IDLE_MS = 3_600_000;
/** Of so many the one that was idle for longest goes. */
const MOST = 5_000;

/** A person who is signed in. */
export interface Session {
  login: string;
  /** The person's token: here, in memory, and nowhere else. */
  token: string;
  /** What a form has to carry that changes something. */
  csrf: string;
}
interface Kept extends Session {
  ends: number;
  seen: number;
}

/**
 * Who is signed in, in the memory of this process: a restart signs everybody out, which costs one redirect, since GitHub asks
 * nobody twice. A browser holds a random id, of which only a hash is kept here.
 */
export class Sessions {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @returns the id, for the browser alone; each sign-in has one of its own */
  begin(login: string, token: string, lifetimeSeconds: number | undefined): string {
    const id = secret();
    const now = this.now();
    const ends = now + Math.min(LONGEST_MS, (lifetimeSeconds ?? Infinity) * 1000);
    this.kept.set(fingerprint(id), { login, token, csrf: secret(), ends, seen: now });
    for (const [oldest, { seen, ends: until }] of this.kept) {
      const over = this.isOver(seen, until);
      if (!over && this.kept.size <= MOST) break;
      this.kept.delete(oldest);
    }
    return id;
  }

  /** The session of an id that is good; being asked for keeps it from being idle. */
  find(id: string | undefined): Session | null {
    if (id === undefined) return null;
    const key = fingerprint(id);
    const found = this.kept.get(key);
    if (!found) return null;
    this.kept.delete(key);
    if (this.isOver(found.seen, found.ends)) return null;
    // Last: the map is in the order in which they were seen.
    this.kept.set(key, { ...found, seen: this.now() });
    return found;
  }

  end(id: string | undefined): void {
    if (id !== undefined) this.kept.delete(fingerprint(id));
  }

  private isOver(seen: number, ends: number): boolean {
    return this.now() >= ends || this.now() - seen >= IDLE_MS;
  }
}

const secret = (): string => randomBytes(32).toString('base64url');
