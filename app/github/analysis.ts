import type { AnalyseOptions } from '../../analysis/analyse.js';
import { EXTRACTOR_VERSION } from '../../analysis/extractor-version.js';
import type { Judgement } from '../../analysis/judge.js';
import type { Model } from '../../analysis/model/model.js';
import { inspectUnderPolicy, judgeUnderPolicy } from '../../analysis/policy/judge-under-policy.js';
import { decisionsOf } from '../../analysis/policy/decisions.js';
import type { Author } from '../../analysis/policy/outcome.js';
import type { Elsewhere } from '../../analysis/policy-file/of-tree.js';
import type { Cache, TreeSource } from '../../analysis/source.js';
import { withEdits } from '../../analysis/suggest.js';
import { withRepository } from '../git/repository.js';
import { placementOf, type Placement } from './placement.js';

/** The analysis as the App uses it. */
export interface Engine {
  analyse(source: TreeSource, options?: AnalyseOptions): Promise<Model>;
  judge(base: Model, head: Model): Judgement;
}

/** One change to judge, in a git directory that holds both commits. */
export interface ChangeRequest {
  gitDirectory: string;
  base: string;
  head: string;
  /** Defaults that the policy of the base is laid over. */
  elsewhere: Elsewhere;
  /** The day on which it is judged, as 2027-01-31. */
  today: string;
  author: Author;
  /** What people have decided about it in comments. */
  decided: Parameters<typeof decisionsOf>[0];
}

/** One commit to understand, by its own policy. */
export interface ModelRequest {
  gitDirectory: string;
  commit: string;
}

/** One commit to look at as it stands, under its own policy. */
export interface InspectionRequest extends ModelRequest {
  /** Defaults that its policy is laid over. */
  elsewhere: Elsewhere;
  /** The day on which it is looked at, as 2027-01-31. */
  today: string;
  /** What people have decided about it in comments. */
  decided: Parameters<typeof decisionsOf>[0];
}

export interface InspectedCommit {
  model: Model;
  judgement: Judgement;
}

export interface JudgedChange {
  base: Model;
  head: Model;
  judgement: Judgement;
  /** The tree that was judged: what the merge would produce or, on conflict, the head alone. */
  tree: string;
  /** The commit that the tree was compared with: the base tip or, on conflict, the merge base. */
  comparedWith: string;
  conflicted: boolean;
  /** Where GitHub has the lines that the judgement speaks of. */
  placement: Placement;
  /** The policy wants findings in code scanning as well. */
  forCodeScanning: boolean;
}

/** Models and inspects commits, and judges changes; where that happens (here, in a process of its own) is the implementation's affair. */
export interface Analyst {
  /** @throws when the analysis fails or `signal` aborts it */
  model(request: ModelRequest, signal: AbortSignal): Promise<Model>;
  /** @throws when the analysis fails or `signal` aborts it */
  judge(request: ChangeRequest, signal: AbortSignal): Promise<JudgedChange>;
  /** @throws when the analysis fails or `signal` aborts it */
  inspect(request: InspectionRequest, signal: AbortSignal): Promise<InspectedCommit>;
  /** Finds out whether it can work at all. @throws when it cannot */
  usable?(): Promise<void>;
}

/** The model of one commit. */
export async function modelCommit(
  { gitDirectory, commit }: ModelRequest,
  engine: Engine,
  cache: Cache,
): Promise<Model> {
  return withRepository(gitDirectory, async (repository) =>
    modelOf(await repository.tree(commit), engine, cache),
  );
}

/** What diverges in one commit, whoever brought it. */
export async function inspectCommit(
  { gitDirectory, commit, elsewhere, today, decided }: InspectionRequest,
  engine: Engine,
  cache: Cache,
): Promise<InspectedCommit> {
  return withRepository(gitDirectory, async (repository) => {
    const look = { tree: await repository.tree(commit), elsewhere, today, decisions: decisionsOf(decided) };
    const { model, judgement } = await inspectUnderPolicy(look, (source) => modelOf(source, engine, cache));
    return { model, judgement };
  });
}

/** Judges what merging `head` into `base` would produce against `base`. */
export async function judgeChange(
  request: ChangeRequest,
  engine: Engine,
  cache: Cache,
): Promise<JudgedChange> {
  return withRepository(request.gitDirectory, async (repository) => {
    const { tree, conflicted } = await repository.mergeTree(request.base, request.head);
    const mergeBase = await repository.mergeBase(request.base, request.head);
    const comparedWith = conflicted ? (mergeBase ?? request.base) : request.base;
    const { elsewhere, today, author } = request;
    const tip = await repository.tree(request.base);
    const compared = await repository.tree(comparedWith);
    const judged = await repository.tree(tree);
    const decisions = decisionsOf(request.decided);
    const change = { tip, compared, judged, elsewhere, today, author, decisions };
    const compare = (base: Model, head: Model): Judgement => engine.judge(base, head);
    const outcome = await judgeUnderPolicy(change, (source) => modelOf(source, engine, cache), compare);
    const { base, head } = outcome;
    const judgement = await withEdits(
      {
        base: { model: base, source: compared },
        head: { model: head, source: judged },
        judgement: outcome.judgement,
      },
      async (tried) => {
        // Nobody asks for the model of a tree that is only tried.
        const model = (source: TreeSource, what: 'base' | 'head'): Promise<Model> =>
          what === 'base' ? modelOf(source, engine, cache) : engine.analyse(source, { cache });
        return (await judgeUnderPolicy({ ...change, judged: tried }, model, compare)).judgement;
      },
    );
    const trees = { judged, comparedWith, head: request.head, mergeBase };
    const placement = await placementOf(repository, judgement, trees);
    const forCodeScanning = outcome.policy.codeScanning === 'upload';
    return { base, head, judgement, tree, comparedWith, conflicted, placement, forCodeScanning };
  });
}

async function modelOf(source: TreeSource, engine: Engine, cache: Cache): Promise<Model> {
  const key = `model:${EXTRACTOR_VERSION}:${source.id}`;
  const cached = cache.getMany([key]).get(key);
  if (cached !== undefined) return JSON.parse(cached) as Model;
  const model = await engine.analyse(source, { cache });
  cache.setMany(new Map([[key, JSON.stringify(model)]]));
  return model;
}
