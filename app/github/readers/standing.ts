import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { RepositoryRecord } from '../../../store/repository-records.js';
import type { Store } from '../../../store/store.js';
import { keep } from '../../bounded-map.js';
import type { Analyst, InspectedCommit, InspectionRequest } from '../analysis.js';
import { decidedFor } from '../answers/decided.js';
import type { Connection } from '../connection.js';
import { Mirror } from '../mirror.js';

/** Of so many repositories what was found out is kept in memory. */
const MOST_KEPT = 16;

export interface StandingOptions {
  store: Store;
  analyst: Analyst;
  dataDir: string;
  connect(repository: RepositoryRecord): Promise<Pick<Connection, 'organisationPolicy'>>;
  /** How long finding out may take. */
  deadlineMs: number;
}

/** The default branch of a repository as far as the App has followed it, under its policy of today. */
export interface Standing extends InspectedCommit {
  commit: string;
}

/** What holds in default branches: found out when it is asked for, and kept until the branch moves, somebody decides something, or a day ends. */
export class StandingModels {
  private readonly kept = new Map<string, Promise<Standing>>();

  constructor(private readonly options: StandingOptions) {}

  /** Null where the repository has no model yet: no pull request and no push was worked since the App was installed. */
  async of(repository: RepositoryRecord): Promise<Standing | null> {
    const { store } = this.options;
    const position = store.baseModels.position(repository.id);
    if (!position) return null;
    const today = new Date().toISOString().slice(0, 10);
    const decided = decidedFor(store, repository.id, []);
    const stamp = JSON.stringify([position, today, decided]);
    const key = `${repository.id}:${createHash('sha256').update(stamp).digest('hex')}`;
    const known = this.kept.get(key);
    const found = known ?? this.inspect(repository, { commit: position.commit, today, decided });
    keep(this.kept, key, found, MOST_KEPT);
    found.catch(() => this.kept.delete(key));
    return found;
  }

  /** Where the objects of a repository are. */
  async gitDirectory({ id }: Pick<RepositoryRecord, 'id'>): Promise<string> {
    return (await Mirror.open(join(this.options.dataDir, 'mirrors'), id)).gitDirectory;
  }

  private async inspect(
    repository: RepositoryRecord,
    asked: Pick<InspectionRequest, 'commit' | 'today' | 'decided'>,
  ): Promise<Standing> {
    const { analyst, connect, deadlineMs } = this.options;
    const elsewhere = await (await connect(repository)).organisationPolicy();
    const request = { ...asked, gitDirectory: await this.gitDirectory(repository), elsewhere };
    return { commit: asked.commit, ...(await analyst.inspect(request, AbortSignal.timeout(deadlineMs))) };
  }
}
