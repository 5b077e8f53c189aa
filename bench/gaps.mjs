// npm run bench -- --gaps --clones FOLDER [--only OWNER/NAME]
//
// What the analysis does not know of public programs (programs.mjs): of each, how many entry points have an unknown
// answer to whether they ask who calls, and how many gaps there are beside them; then the gaps by reason. FOLDER has
// clones as for the histories (history.mjs).
import { PROGRAMS } from './programs.mjs';
import { scanned } from './trees.mjs';

export async function countGaps(clones, only) {
  const wanted = PROGRAMS.filter((p) => !only || p.repository === only);
  const reasons = new Map();
  const all = { entryPoints: 0, unknown: 0, conditional: 0 };
  for (const { repository, commit } of wanted) {
    const answer = await scanned(clones, repository, commit);
    if (!answer) continue;
    const { entryPoints, gaps } = answer;
    const unknown = entryPoints.filter((e) => e.unknown.includes('authentication')).length;
    // Asked for, but not on every way to the work.
    const conditional = entryPoints.filter(
      (e) =>
        !e.protections.includes('authentication') &&
        !e.unknown.includes('authentication') &&
        e.chain.some((link) => link.protections.includes('authentication')),
    ).length;
    all.entryPoints += entryPoints.length;
    all.unknown += unknown;
    all.conditional += conditional;
    for (const { reason } of gaps) {
      const kind = reason.replace(/`[^`]*`/g, '`…`').replace(/\d+/g, 'N');
      const known = reasons.get(kind) ?? { gaps: 0, programs: new Set() };
      known.gaps++;
      known.programs.add(repository);
      reasons.set(kind, known);
    }
    process.stdout.write(
      `${repository}: ${entryPoints.length} entry points, authentication unknown for ${unknown} (${share(unknown, entryPoints.length)}), ` +
        `on some ways only for ${conditional}; ${gaps.length} gaps\n`,
    );
  }
  process.stdout.write(
    `all: ${all.entryPoints} entry points, authentication unknown for ${all.unknown} (${share(all.unknown, all.entryPoints)}), ` +
      `on some ways only for ${all.conditional}\n`,
  );
  for (const [reason, { gaps, programs }] of [...reasons].sort((a, b) => b[1].gaps - a[1].gaps))
    process.stdout.write(`${gaps} in ${programs.size}: ${reason}\n`);
}
const share = (part, whole) => `${whole === 0 ? 0 : ((100 * part) / whole).toFixed(1)} %`;
