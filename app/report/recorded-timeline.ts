import type { ReportedEntryPoint } from './report.js';
import type { CommitOfTimeline, Moment, Timeline } from './timeline.js';

/** Where an entry point and its protections come from: a pull request (`#12`), a commit, or null: older than the records. */
export interface RecordedOrigin {
  entryPoint: string;
  addedBy: string | null;
  protections: ReadonlyMap<string, string | null>;
}

const OLDER = 'it is older than the records of this repository';
const ELSEWHERE = 'what brought it is not among the commits of the branch that were looked at';

/**
 * The timeline of a branch as it was recorded when pull requests were merged into it.
 *
 * @param commits those on the first-parent line, oldest first
 */
export function recordedTimeline(
  entryPoints: readonly ReportedEntryPoint[],
  origins: readonly RecordedOrigin[],
  commits: readonly CommitOfTimeline[],
): Timeline {
  const order = new Map<string, number>();
  commits.forEach(({ sha, pullRequest }, at) => {
    order.set(sha, at);
    if (pullRequest !== null) order.set(`#${pullRequest}`, at);
  });
  const recorded = new Map(origins.map((origin) => [origin.entryPoint, origin]));
  const moments = new Map<number, Moment>();
  const unknown = new Map<string, number>();
  for (const { id, protections } of entryPoints) {
    const origin = recorded.get(id);
    for (const protection of protections) {
      const by = origin?.protections.get(protection) ?? null;
      const at = order.get(by ?? '');
      if (at === undefined) {
        const reason = by === null ? OLDER : ELSEWHERE;
        unknown.set(reason, (unknown.get(reason) ?? 0) + 1);
        continue;
      }
      const moment = moments.get(at) ?? { commit: commits[at]!, established: [], lost: [] };
      moments.set(at, moment);
      moment.established.push({ entryPoint: id, protection, withIt: origin?.addedBy === by });
    }
  }
  return {
    moments: [...moments].sort(([a], [b]) => b - a).map(([, moment]) => moment),
    unknown: [...unknown].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count),
    replayed: null,
    recorded: true,
  };
}
