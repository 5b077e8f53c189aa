import type { Place } from '../../analysis/model/model.js';
import type { Report, ReportedEntryPoint } from './report.js';

/** Which commits, that is pull requests, brought protections to entry points and took them away. */
export interface Timeline {
  /** The newest first; only those that did either. */
  moments: Moment[];
  /** What has no place above, and why. */
  unknown: { reason: string; count: number }[];
  /** Over how many commits it is known what was taken away; null where that was not looked for. */
  replayed: { commits: number; from: CommitOfTimeline; to: CommitOfTimeline } | null;
  /** It was recorded as pull requests were merged, and not read from the history of lines. */
  recorded?: boolean;
}

export interface CommitOfTimeline {
  sha: string;
  subject: string;
  /** As 2027-01-31. */
  date: string;
  pullRequest: number | null;
}
export interface Moment {
  commit: CommitOfTimeline;
  established: Step[];
  lost: Step[];
}
export interface Step {
  /** Id of an entry point; it may be gone by now. */
  entryPoint: string;
  protection: string;
  /** The entry point came with it. */
  withIt: boolean;
}

/** What is known of the history of a tree. */
export interface HistoryOfTree {
  /** Those on the first-parent line, oldest first. */
  commits: readonly CommitOfTimeline[];
  /** The commit that brought a line as it is now, or why that is not known. */
  broughtBy(place: Place): string | { unknown: string };
  /** What merges did, as far as they were judged one by one. */
  replayed: readonly ReplayedCommit[];
}
/** What of a line of `postern replay` counts here. */
export interface ReplayedCommit {
  sha: string;
  status: Report['status'];
  entryPoints: Pick<ReportedEntryPoint, 'id' | 'change' | 'protections' | 'protectionsBefore'>[];
}

/**
 * A protection was established when both were there: the line that registers the entry point, and the first that applies a
 * guard which brings it. Where merges were judged one by one, what these say counts.
 */
export function timelineOf(report: Report, history: HistoryOfTree): Timeline {
  const order = new Map(history.commits.map(({ sha }, at) => [sha, at]));
  const moments = new Map<string, Moment>();
  const momentOf = (sha: string): Moment | null => {
    const commit = history.commits[order.get(sha) ?? -1];
    if (!commit) return null;
    const moment = moments.get(sha) ?? { commit, established: [], lost: [] };
    moments.set(sha, moment);
    return moment;
  };
  const replayed = history.replayed.filter(({ sha, status }) => status !== 'failed' && order.has(sha));
  const seen = new Set<string>();
  for (const { sha, entryPoints } of replayed) {
    for (const each of entryPoints) {
      for (const step of stepsOf(each)) {
        momentOf(sha)![step.what].push(step);
        if (step.what === 'established') seen.add(keyOf(step));
        else seen.delete(keyOf(step));
      }
    }
  }
  const [first, last] = [replayed[0], replayed.at(-1)].map(
    (each) => history.commits[order.get(each?.sha ?? '') ?? -1],
  );
  const told = new Set(replayed.map(({ sha }) => sha));
  const unknown = new Map<string, number>();
  for (const entryPoint of report.entryPoints) {
    for (const protection of entryPoint.protections) {
      const step = { entryPoint: entryPoint.id, protection };
      if (seen.has(keyOf(step))) continue;
      const found = establishing(entryPoint, protection, history, order);
      // A line that was written anew in a merge that established nothing here: it is older than that.
      const moment = 'unknown' in found || told.has(found.sha) ? null : momentOf(found.sha);
      if (moment) moment.established.push({ ...step, withIt: 'withIt' in found && found.withIt });
      else {
        const reason = 'unknown' in found ? found.unknown : REWRITTEN;
        unknown.set(reason, (unknown.get(reason) ?? 0) + 1);
      }
    }
  }
  return {
    moments: [...moments.values()].sort((a, b) => order.get(b.commit.sha)! - order.get(a.commit.sha)!),
    unknown: [...unknown].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count),
    replayed: first && last ? { commits: replayed.length, from: first, to: last } : null,
  };
}

const REWRITTEN = 'the line was written anew since';
const IN_HANDLER = 'the handler itself makes the check, in no line that could be named';

/** Lines about which a history is asked for a report. */
export function placesOfTimeline({ entryPoints }: Report): Place[] {
  return entryPoints.flatMap((entryPoint) =>
    entryPoint.protections.length === 0
      ? []
      : [entryPoint, ...entryPoint.chain.filter(({ protections }) => protections.length > 0)],
  );
}

type Establishing = { sha: string; withIt: boolean } | { unknown: string };
function establishing(
  entryPoint: ReportedEntryPoint,
  protection: string,
  history: HistoryOfTree,
  order: ReadonlyMap<string, number>,
): Establishing {
  const guards = entryPoint.chain.filter((link) => (link.protections as string[]).includes(protection));
  if (guards.length === 0) return { unknown: IN_HANDLER };
  const registered = history.broughtBy(entryPoint);
  if (typeof registered !== 'string') return registered;
  const applied = guards.map((guard) => history.broughtBy(guard));
  const known = applied.filter((each) => typeof each === 'string');
  // Any of them would do, so that one that is not known may have been earlier.
  if (known.length < applied.length) return applied.find((each) => typeof each !== 'string')!;
  const at = (sha: string): number => order.get(sha) ?? -1;
  const first = known.reduce((a, b) => (at(b) < at(a) ? b : a));
  return at(first) > at(registered) ? { sha: first, withIt: false } : { sha: registered, withIt: true };
}

type TypedStep = Step & { what: 'established' | 'lost' };
function stepsOf({
  id,
  change,
  protections,
  protectionsBefore,
}: ReplayedCommit['entryPoints'][number]): TypedStep[] {
  if (change === 'removed') return [];
  const before = change === 'added' ? [] : (protectionsBefore ?? protections);
  const step = (what: TypedStep['what'], protection: string): TypedStep => ({
    what,
    entryPoint: id,
    protection,
    withIt: change === 'added',
  });
  return [
    ...protections.filter((p) => !before.includes(p)).map((p) => step('established', p)),
    ...before.filter((p) => !protections.includes(p)).map((p) => step('lost', p)),
  ];
}
const keyOf = ({ entryPoint, protection }: Pick<Step, 'entryPoint' | 'protection'>): string =>
  `${entryPoint}\0${protection}`;
