import type { Edit, Finding } from './divergences/finding.js';
import { edited, linesOf, withFiles } from './edits/apply.js';
import { proposeEdit, type Lines } from './edits/propose.js';
import type { Judgement } from './judge.js';
import type { Model } from './model/model.js';
import type { TreeSource } from './source.js';

/** One change that was judged: the models, and the trees that they are of. */
export interface JudgedTrees {
  base: { model: Model; source: TreeSource };
  head: { model: Model; source: TreeSource };
  judgement: Judgement;
}

/** Findings for which an edit is looked for; a change with more has other worries. */
const MAX_EDITS = 20;
/** How often edits are tried: all that there are, and those that helped. */
const TRIALS = 2;

/**
 * The judgement, with an edit at those new findings for which one is found that helps. All of them are made together in a
 * copy of the tree, and that is judged: an edit is kept when its finding is gone. Where anything new diverges, or cannot be
 * followed, those that helped are tried once more, and none is kept if that remains so. That costs a second analysis, and only where there is something to try.
 *
 * @param again judges a tree in place of head's
 */
export async function withEdits(
  judged: JudgedTrees,
  again: (head: TreeSource) => Promise<Judgement>,
): Promise<Judgement> {
  const { judgement, base, head } = judged;
  const mended = judgement.findings
    .filter((f) => f.status === 'new' && f.level !== 'note' && f.entryPointPlace !== null)
    .slice(0, MAX_EDITS);
  const wanted = new Set(mended.map((f) => f.entryPointPlace!.file));
  if (wanted.size === 0) return judgement;
  const [before, now] = await Promise.all([linesIn(base.source, wanted), linesIn(head.source, wanted)]);
  const edits = new Map<string, Edit>();
  for (const finding of mended) {
    const edit = proposeEdit(
      finding,
      { model: base.model, lines: before },
      { model: head.model, lines: now },
    );
    const clashes = [...edits.values()].some(
      (e) => edit && e.file === edit.file && e.line === edit.line && e.replacement !== edit.replacement,
    );
    if (edit && !clashes) edits.set(finding.id, edit);
  }
  for (let trial = 0; trial < TRIALS && edits.size > 0; trial++) {
    const tried = await again(withFiles(head.source, mendedTexts([...edits.values()], now)));
    const helped = new Set(mended.filter((f) => edits.has(f.id) && isMended(f, tried, base.model)));
    if (!isWorse(judgement, tried))
      return {
        ...judgement,
        findings: judgement.findings.map((f) => (helped.has(f) ? { ...f, edit: edits.get(f.id)! } : f)),
      };
    // One that did not help may be what made it worse.
    const useless = mended.filter((f) => edits.has(f.id) && !helped.has(f));
    if (useless.length === 0) break;
    for (const { id } of useless) edits.delete(id);
  }
  return judgement;
}

/** The finding is gone because its entry point is protected, not because nothing is seen of that any more. */
function isMended(finding: Finding, tried: Judgement, base: Model): boolean {
  if (tried.findings.some((f) => f.id === finding.id && f.status !== 'resolved')) return false;
  const affected = tried.affected.find((a) => a.entryPoint.id === finding.entryPoint);
  if (affected)
    return (
      affected.change !== 'removed' && (affected.entryPoint.protections as string[]).includes(finding.missing)
    );
  // As it was before the change.
  return base.entryPoints.some((e) => e.id === finding.entryPoint);
}

function mendedTexts(edits: readonly Edit[], lines: Lines): Map<string, string> {
  const texts = new Map<string, string>();
  for (const file of new Set(edits.map((e) => e.file))) {
    const here = new Map(edits.filter((e) => e.file === file).map((e) => [e.line, e]));
    texts.set(file, edited(lines(file)!, [...here.values()]));
  }
  return texts;
}

/** Something diverges, or is not understood, that did not and was before. */
function isWorse(judgement: Judgement, tried: Judgement): boolean {
  const known = new Set(judgement.findings.filter((f) => f.status === 'new').map((f) => f.id));
  const introduced = (j: Judgement): number => j.gaps.filter((g) => g.introduced).length;
  return (
    tried.findings.some((f) => f.status === 'new' && !known.has(f.id)) ||
    introduced(tried) > introduced(judgement)
  );
}

async function linesIn(source: TreeSource, wanted: ReadonlySet<string>): Promise<Lines> {
  const files = source.files.filter((f) => wanted.has(f.path));
  const contents = await source.read(files.map((f) => f.id));
  const byPath = new Map(
    files.flatMap(({ path, id }) => (contents.has(id) ? [[path, linesOf(contents.get(id)!)] as const] : [])),
  );
  return (file) => byPath.get(file) ?? null;
}
