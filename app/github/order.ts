import type { Job, Moment } from './jobs.js';

/**
 * Where something about a pull request belongs among what was received about it: `late` is what something newer was received
 * before, and `unclear` what only GitHub can tell, for several pushes fall into one second.
 */
export type Standing = 'newest' | 'late' | 'unclear';

/** @param received what is known of the pull request, what was received last first */
export function standingOf(arriving: Job, received: readonly Job[]): Standing {
  const moment = momentOf(arriving);
  if (moment === null) return 'newest';
  const dated = received.filter((job) => momentOf(job) !== null);
  const since = (job: Job): number => secondOf(momentOf(job)!) - secondOf(moment);
  if (dated.some((job) => since(job) > 0)) return 'late';
  if (arriving.kind !== 'judge') return 'newest';
  const atOnce = dated.filter((job) => since(job) === 0);
  if (atOnce.some(({ kind }) => kind === 'close')) return 'unclear';
  const heads = atOnce.filter((job) => job.kind === 'judge');
  if (heads.every(({ headSha }) => headSha === arriving.headSha)) return 'newest';
  const follows = moment.before !== undefined && moment.before === heads[0]!.headSha;
  const followed = heads.some((job) => job.moment?.before === arriving.headSha);
  if (follows === followed) return 'unclear';
  return follows ? 'newest' : 'late';
}

/** Whatever sends more than that: what counts is what GitHub tells. */
const secondOf = ({ at }: Moment): number => Math.floor(Date.parse(at) / 1000);
function momentOf(job: Job): Moment | null {
  return ('moment' in job ? job.moment : null) ?? null;
}
