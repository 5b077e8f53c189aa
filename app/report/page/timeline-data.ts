import { visible } from '../escape.js';
import { commitAddress } from '../links.js';
import type { CommitOfTimeline, Step, Timeline } from '../timeline.js';
import type { PageStep, PageTimeline } from './contract.js';

interface Shown {
  /** Where entry points stand among the rows of the page. */
  rowOf: ReadonlyMap<string, number>;
  served: string | null;
}

/** A timeline as the page shows it: a line a protection, with its entry points. */
export function pageTimeline(
  { moments, unknown, replayed, recorded = false }: Timeline,
  { rowOf, served }: Shown,
): PageTimeline {
  return {
    moments: moments.map(({ commit, established, lost }) => ({
      date: commit.date,
      name: nameOf(commit),
      // Its number stands beside it.
      subject: visible(commit.subject.replace(/\s*\(#\d+\)$/, '')),
      address: served === null ? null : commitAddress(served, commit),
      established: byProtection(established, rowOf),
      lost: byProtection(lost, rowOf),
    })),
    unknown,
    recorded,
    replayed: replayed && {
      commits: replayed.commits,
      from: nameOf(replayed.from),
      to: nameOf(replayed.to),
    },
  };
}

const SHORT = 10;
const nameOf = ({ sha, pullRequest }: CommitOfTimeline): string =>
  pullRequest === null ? sha.slice(0, SHORT) : `#${pullRequest}`;

function byProtection(steps: readonly Step[], rowOf: Shown['rowOf']): PageStep[] {
  const found = new Map<string, PageStep>();
  for (const { protection, entryPoint, withIt } of steps) {
    const step = found.get(protection) ?? { protection, together: 0, entryPoints: [] };
    found.set(protection, step);
    step.entryPoints.push(rowOf.get(entryPoint) ?? visible(entryPoint));
    if (withIt) step.together++;
  }
  return [...found.values()].sort((a, b) => b.entryPoints.length - a.entryPoints.length);
}
