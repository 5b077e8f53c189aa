import { asTextsShow } from '../divergences/as-texts-show.js';
import { inspect, judge, type Judgement } from '../judge.js';
import type { Model } from '../model/model.js';
import { policyTexts, readPolicy, withPolicy, type Elsewhere } from '../policy-file/of-tree.js';
import type { Policy, PolicyTexts } from '../policy-file/policy.js';
import type { TreeSource } from '../source.js';
import { asDeclared } from './as-declared.js';
import { NOTHING_DECIDED, withDecisions, type Decisions } from './decisions.js';
import { policyEdit } from './loosened.js';
import type { Author } from './outcome.js';
import { underPolicy } from './under-policy.js';

/** A change, with everything that its judgement depends on. */
export interface Change {
  /** The tip of the base branch: its policy holds. */
  tip: TreeSource;
  /** What the change is compared with: the tip, or an ancestor that both share. */
  compared: TreeSource;
  judged: TreeSource;
  /** Defaults that the policy is laid over. */
  elsewhere: Elsewhere;
  today: string;
  author: Author;
  /** What people have decided beside the policy's file; left out: nothing. */
  decisions?: Decisions;
}
export interface Judged {
  /** The models that were compared, with what the policy declares. */
  base: Model;
  head: Model;
  judgement: Judgement;
  /** What it was judged under. */
  policy: Policy;
}

/** Judges a change under the policy of its base. All shells do it by this; `model` is how they make models. */
export async function judgeUnderPolicy(
  change: Change,
  model: (source: TreeSource, what: 'base' | 'head') => Promise<Model>,
  compare: (base: Model, head: Model) => Judgement = judge,
): Promise<Judged> {
  const { tip, compared, judged, elsewhere, today, author, decisions = NOTHING_DECIDED } = change;
  const texts = await policyTexts(tip, elsewhere);
  const policy = withDecisions(await readPolicy(texts), decisions);
  const base = await declaredIn(compared, texts, policy, (source) => model(source, 'base'));
  const head = await declaredIn(judged, texts, policy, (source) => model(source, 'head'));
  const shown = await asTextsShow(compare(base, head), compared, judged);
  const judgement = underPolicy(shown, policy, { base, head, today, author });
  const edit = { before: await policyTexts(compared), after: await policyTexts(judged) };
  return { base, head, judgement: await withEdit(judgement, edit, texts), policy };
}

/** Looks at one tree under its own policy. */
export async function inspectUnderPolicy(
  look: { tree: TreeSource } & Pick<Change, 'elsewhere' | 'today' | 'decisions'>,
  model: (source: TreeSource) => Promise<Model>,
): Promise<{ model: Model; judgement: Judgement; policy: Policy }> {
  const { tree, elsewhere, today, decisions = NOTHING_DECIDED } = look;
  const texts = await policyTexts(tree, elsewhere);
  const policy = withDecisions(await readPolicy(texts), decisions);
  const head = await declaredIn(tree, texts, policy, model);
  const judgement = underPolicy(inspect(head), policy, { base: null, head, today, author: 'unknown' });
  return { model: head, judgement, policy };
}

/** The model of a tree, understood with the texts of a policy, and with what that policy declares. */
async function declaredIn(
  tree: TreeSource,
  texts: PolicyTexts,
  policy: Policy,
  model: (source: TreeSource) => Promise<Model>,
): Promise<Model> {
  const found = await model(await withPolicy(tree, texts));
  const paths = tree.files.map((f) => f.path);
  return asDeclared({ ...found, tree: tree.id }, policy, paths);
}

/** A change that edits the policy is told so. */
async function withEdit(
  judgement: Judgement,
  edit: { before: PolicyTexts; after: PolicyTexts },
  { defaults }: PolicyTexts,
): Promise<Judgement> {
  if (edit.before.own === edit.after.own) return judgement;
  // Over the same defaults, so that only what the change itself does is told.
  const before = await readPolicy({ ...edit.before, defaults });
  const after = await readPolicy({ ...edit.after, defaults });
  const nothing = { files: [], mistakes: [], spared: null, blocksIncomplete: false };
  const notes = [...policyEdit(before, after), ...(judgement.policy?.notes ?? [])];
  return { ...judgement, policy: { ...nothing, ...judgement.policy, notes } };
}
