import type { EntryPoint, Model } from '../../analysis/model/model.js';
import type { Concern } from '../../store/pull-requests.js';
import type { Store } from '../../store/store.js';
import type { Rejudging } from './rejudge.js';

/** At most so many open pull requests of a repository are judged again at a time; the others follow. */
const MOST_AT_ONCE = 20;
/** However often the base moves, it is not waited longer than so many pauses. */
const MOST_PAUSES = 10;

/**
 * What of the base another model says otherwise, as far as others are held against it: whose protections came or went, and
 * what those act on. Null where nothing does.
 */
export function concernOf(before: Model, after: Model): Concern | null {
  const known = new Map(before.entryPoints.map((e) => [e.id, e]));
  const still = new Set(after.entryPoints.map((e) => e.id));
  const changed = [
    ...after.entryPoints.filter((e) => said(e) !== said(known.get(e.id))),
    ...before.entryPoints.filter((e) => !still.has(e.id)),
  ];
  if (changed.length === 0) return null;
  return {
    programs: [...new Set(changed.map((e) => e.program))],
    targets: [...new Set(changed.flatMap((e) => e.effects.map((x) => x.target)))].filter((t) => t !== ''),
  };
}
const said = (e: EntryPoint | undefined): string =>
  e === undefined ? '' : JSON.stringify([[...e.protections].sort(), [...e.unknown].sort(), e.public]);

/**
 * Has open pull requests judged again whose base says something else by now about what they are held against. Which those
 * are is kept in the store; here is only the pause after which it is done, so that many merges in a row are one.
 */
export class Reconsideration {
  private readonly waiting = new Map<number, { timer: NodeJS.Timeout; since: number }>();
  private stopped = false;

  constructor(
    private readonly store: Store,
    private readonly rejudging: Rejudging,
    private readonly pauseMs: number,
  ) {}

  /** Takes up what an earlier process had marked. */
  resume(): void {
    for (const repositoryId of this.store.pullRequests.withReconsidered()) this.after(repositoryId);
  }

  /** The base of a repository has moved. */
  after(repositoryId: number): void {
    if (this.stopped) return;
    const before = this.waiting.get(repositoryId);
    const since = before?.since ?? Date.now();
    if (before && Date.now() - since > MOST_PAUSES * this.pauseMs) return;
    clearTimeout(before?.timer);
    const timer = setTimeout(() => this.begin(repositoryId), this.pauseMs);
    timer.unref();
    this.waiting.set(repositoryId, { timer, since });
  }

  stop(): void {
    this.stopped = true;
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
  }

  private begin(repositoryId: number): void {
    this.waiting.delete(repositoryId);
    const tip = this.store.baseModels.position(repositoryId)?.commit;
    if (tip === undefined) return;
    const numbers = this.store.pullRequests.toReconsider(repositoryId, MOST_AT_ONCE);
    // A base may come back to where it was: the mark, which goes with this, is what makes it happen once.
    const reason = `${tip}:${Date.now()}`;
    for (const number of numbers) this.rejudging.again(repositoryId, number, 'postern.reconsidered', reason);
    if (numbers.length === MOST_AT_ONCE) this.after(repositoryId);
  }
}
