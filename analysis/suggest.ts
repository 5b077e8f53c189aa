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

/**
 * The judgement, with an edit at those new findings for which one is found that helps. All of them are made together in a
 * copy of the tree, and that is judged: an edit is kept when its finding is gone. Where anything new diverges, or cannot be
 * followed, none is kept. That costs a second analysis, and only where there is something to try.
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
  if (edits.size === 0) return judgement;
  const tried = await again(withFiles(head.source, mendedTexts([...edits.values()], now)));
  const open = new Set(tried.findings.filter((f) => f.status !== 'resolved').map((f) => f.id));
  if (isWorse(judgement, tried)) return judgement;
  return {
    ...judgement,
    findings: judgement.findings.map((f): Finding => {
      const edit = edits.get(f.id);
      return edit && f.status === 'new' && !open.has(f.id) ? { ...f, edit } : f;
    }),
  };
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
