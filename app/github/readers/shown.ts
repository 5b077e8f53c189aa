import type { RepositoryRecord } from '../../../store/repository-records.js';
import type { Store } from '../../../store/store.js';
import { withRepository } from '../../git/repository.js';
import { pageAddress, repositoryAddress } from '../../report/links.js';
import type { AddressOf, PageInput } from '../../report/page/page-data.js';
import { recordedTimeline } from '../../report/recorded-timeline.js';
import { toEntryPoint, toReport, type Report, type ReportedEntryPoint } from '../../report/report.js';
import type { JudgedPullRequest } from '../judge-pull-request.js';
import type { StandingModels } from './standing.js';

/** Commits that are looked through for those that established something. */
const MOST_COMMITS = 5_000;

/** What is kept of the judged head of a pull request, to be shown. */
export interface ShownChange {
  report: Report;
  /** All of the tree that was judged, while the report names those alone that the change affects. */
  entryPoints: ReportedEntryPoint[];
}

export const shownChange = ({ head }: Pick<JudgedPullRequest, 'head'>, report: Report): ShownChange => ({
  report,
  entryPoints: head.entryPoints
    .map((entryPoint) => toEntryPoint(entryPoint))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
});

export interface ShownOptions {
  store: Store;
  standing: StandingModels;
  serverUrl: string;
}

/** The default branch, as its page shows it; null where nothing is known of it yet. */
export async function shownBranch(
  { store, standing, serverUrl }: ShownOptions,
  repository: RepositoryRecord,
): Promise<PageInput | null> {
  const found = await standing.of(repository);
  if (!found) return null;
  const { commit, model, judgement } = found;
  const { baseModels } = store;
  const provenance = baseModels.provenanceOf(repository.id);
  const report = toReport({
    mode: 'scan',
    model,
    judgement,
    base: null,
    head: commit,
    provenance: (entryPoint, protection) =>
      provenance(entryPoint, protection as Parameters<typeof provenance>[1]).establishedBy,
  });
  const served = repositoryAddress(serverUrl, repository);
  const gitDirectory = await standing.gitDirectory(repository);
  const commits = await withRepository(gitDirectory, (git) =>
    git.firstParents({ to: commit, limit: MOST_COMMITS }),
  );
  return {
    report,
    title: `${repository.owner}/${repository.name}`,
    addressOf: pageAddress(`${served}/blob/${commit}`),
    timeline: recordedTimeline(report.entryPoints, baseModels.records(repository.id), commits),
    served,
  };
}

/** A pull request, as its page shows it; null where it was not judged yet, or is closed. */
export async function shownPullRequest(
  { store, standing, serverUrl }: ShownOptions,
  repository: RepositoryRecord,
  number: number,
): Promise<PageInput | null> {
  const kept = store.reports.get(repository.id, number);
  if (!kept) return null;
  const { report, entryPoints } = kept.report as ShownChange;
  const served = repositoryAddress(serverUrl, repository);
  const gitDirectory = await standing.gitDirectory(repository);
  return {
    report,
    entryPoints,
    title: `${repository.owner}/${repository.name}, pull request #${number}`,
    // Without addresses it can be read as well: objects of a head that was replaced may be gone.
    addressOf: await asMerged(gitDirectory, report, served).catch(() => undefined),
    served,
  };
}

/**
 * Where files of what merging a head would produce are served: of each as the head has it or as the base has it. One that
 * both have changed is nowhere.
 */
async function asMerged(gitDirectory: string, { base, head }: Report, served: string): Promise<AddressOf> {
  return withRepository(gitDirectory, async (git) => {
    const ancestor = await git.mergeBase(base!, head!);
    const idsIn = async (commit: string): Promise<Map<string, string>> =>
      new Map((await git.tree(commit)).files.map(({ path, id }) => [path, id]));
    const inHead = await idsIn(head!);
    const inBase = await idsIn(base!);
    const before = ancestor === null ? null : await idsIn(ancestor);
    const atHead = pageAddress(`${served}/blob/${head}`);
    const atBase = pageAddress(`${served}/blob/${base}`);
    return (file) => {
      const [own, other] = [inHead.get(file), inBase.get(file)];
      if (before === null || own === other || other === before.get(file))
        return own === undefined ? null : atHead(file);
      return own === before.get(file) && other !== undefined ? atBase(file) : null;
    };
  });
}
