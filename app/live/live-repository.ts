import { keep } from '../bounded-map.js';
import type { Model, Place } from '../../analysis/model/model.js';
import { judgeUnderPolicy } from '../../analysis/policy/judge-under-policy.js';
import type { Elsewhere } from '../../analysis/policy-file/of-tree.js';
import type { TreeSource } from '../../analysis/source.js';
import { openChosenCache, type CacheChoice, type OpenedCache } from '../cli/cache.js';
import { CommandError } from '../cli/failure.js';
import { Models } from '../cli/models.js';
import { defaultsFrom, today, type PolicyOptions } from '../cli/policy.js';
import { ProgressLine } from '../cli/progress.js';
import { baseOfWork, type Base } from '../git/change.js';
import type { Commit } from '../git/history.js';
import { GitRepository } from '../git/repository.js';
import { Snapshot } from './snapshot.js';

/** Models held in memory: of the work tree and its base, and of those a moment ago. */
const KEPT_MODELS = 4;
const KEPT_COMMITS = 1000;

export interface LiveOptions extends Pick<PolicyOptions, 'policy'> {
  repo: string;
  cache?: CacheChoice;
  /** Hears what is wrong and does not keep it from working. */
  warn(message: string): void;
}

/**
 * A repository that is asked about again and again while somebody works in it. Models are made anew only for trees that
 * were not seen before, and questions that are asked at once share the work.
 */
export class LiveRepository {
  private readonly models = new Map<string, Promise<Model>>();
  private readonly commits = new Map<string, Promise<Commit | null>>();
  private readonly snapshots = new Map<string, Snapshot>();
  private readonly bases = new Map<string, { stamp: string; found: Base }>();
  private running = new Map<string, Promise<Snapshot>>();
  private waiting = new Map<string, Promise<Snapshot>>();

  private constructor(
    private readonly repository: GitRepository,
    readonly topLevel: string,
    readonly gitDirectory: string,
    private readonly cache: OpenedCache | null,
    private readonly maker: Models,
    private readonly elsewhere: Elsewhere,
  ) {}

  /** @throws CommandError for a repository without a work tree: there, nothing is being written */
  static async open(options: LiveOptions): Promise<LiveRepository> {
    const repository = await GitRepository.open(options.repo);
    if (repository.topLevel === null)
      throw new CommandError(`${options.repo} has no work tree: name the folder that is worked in`);
    const cache = await openChosenCache(options.cache, options.warn);
    return new LiveRepository(
      repository,
      repository.topLevel,
      repository.gitDirectory,
      cache,
      new Models(cache, new ProgressLine()),
      defaultsFrom(options.policy),
    );
  }

  /**
   * The work tree as it is now, against `base` (default: where it left the default branch). Who asks while it is being read
   * is answered by the next reading, together with all others who wait: what was written before the question counts.
   */
  snapshot(base?: string): Promise<Snapshot> {
    const key = base ?? '';
    const running = this.running.get(key);
    if (!running) return this.begin(key, base);
    let next = this.waiting.get(key);
    if (!next) {
      next = running
        .catch(() => undefined)
        .then(() => {
          this.waiting.delete(key);
          return this.begin(key, base);
        });
      this.waiting.set(key, next);
    }
    return next;
  }

  /** The commit that brought a line of what the work tree is compared with. */
  establishing(snapshot: Snapshot, place: Place): Promise<Commit | null> {
    if (!snapshot.isUnchanged(place.file)) return Promise.resolve(null);
    const key = `${snapshot.base}:${place.file}:${place.line}`;
    const found = this.commits.get(key) ?? this.repository.establishing(snapshot.base, place);
    keep(this.commits, key, found, KEPT_COMMITS);
    return found;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.running.values(), ...this.waiting.values()]);
    this.cache?.close();
    await this.repository.close();
  }

  private begin(key: string, base: string | undefined): Promise<Snapshot> {
    const work = this.read(base).finally(() => this.running.delete(key));
    this.running.set(key, work);
    return work;
  }

  private async read(chosen: string | undefined): Promise<Snapshot> {
    const [judged, found] = await Promise.all([this.repository.workTree(), this.baseOf(chosen)]);
    const day = today();
    // A waiver ends with a day, and the policy may change where the base goes on.
    const key = [found.base, found.tip.id, judged.id, day].join(':');
    const known = this.snapshots.get(key);
    if (known) return known;
    const outcome = await judgeUnderPolicy(
      { ...found, judged, elsewhere: this.elsewhere, today: day, author: 'unknown' },
      (source, what) => this.modelOf(source, what === 'head' ? 'work tree' : what),
    );
    const made = new Snapshot({ ...found, judged }, outcome, day);
    keep(this.snapshots, key, made, KEPT_MODELS);
    return made;
  }

  private async baseOf(chosen: string | undefined): Promise<Base> {
    const stamp =
      (await this.repository.stampOfReferences()) +
      (chosen === undefined ? '' : await this.repository.resolve(chosen));
    const known = this.bases.get(chosen ?? '');
    if (known?.stamp === stamp) return known.found;
    const found = await baseOfWork(this.repository, chosen);
    keep(this.bases, chosen ?? '', { stamp, found }, KEPT_MODELS);
    return found;
  }

  private modelOf(source: TreeSource, what: string): Promise<Model> {
    const known = this.models.get(source.id);
    if (known) {
      keep(this.models, source.id, known, KEPT_MODELS);
      return known;
    }
    const made = this.maker.of(source, what);
    keep(this.models, source.id, made, KEPT_MODELS);
    // What failed is tried again by the next question.
    made.catch(() => this.models.delete(source.id));
    return made;
  }
}
