import type { AssumedProtection, EntryPoint, Model } from '../model/model.js';
import { listOf, type Policy } from '../policy-file/policy.js';
import { DECIDED } from './decisions.js';
import { effectsBeyond, globMatches, isAllowed } from './select.js';

/**
 * A model with what the policy says about the code itself: what is open on purpose, what is enforced in front of the program,
 * and what is not to be judged. `paths` are those of the tree, to say how much was left out.
 */
export function asDeclared(model: Model, policy: Policy, paths: readonly string[]): Model {
  if (policy.public.length + policy.assume.length + policy.ignore.length === 0) return model;
  const ignored = (path: string): boolean => policy.ignore.some(({ glob }) => globMatches(glob, path));
  const left = paths.filter(ignored).length;
  return {
    ...model,
    entryPoints: model.entryPoints
      .filter((e) => !ignored(e.registration.file))
      .map((e) => withAssumptions(opened(e, policy), policy)),
    guards: model.guards.filter((g) => !ignored(g.place.file)),
    ...(model.algorithms ? { algorithms: model.algorithms.filter((a) => !ignored(a.place.file)) } : {}),
    ...(model.secrets ? { secrets: model.secrets.filter((s) => !ignored(s.place.file)) } : {}),
    gaps: model.gaps.filter((g) => !ignored(g.file)),
    notLookedAt:
      left === 0
        ? model.notLookedAt
        : [...model.notLookedAt, { what: `what the policy's \`ignore\` names`, files: left }],
  };
}

/** What is open on purpose lacks none of these. */
export const ACCESS: readonly string[] = ['authentication', 'authorization', 'ownership'];
/** The entry of the policy by which an entry point is open on purpose. */
export const openedBy = (e: EntryPoint, policy: Policy): Policy['public'][number] | undefined =>
  policy.public.find(
    (entry) => isAllowed(entry, e) && (!entry.effects || effectsBeyond(entry.effects, [e]).length === 0),
  );

function opened(e: EntryPoint, policy: Policy): EntryPoint {
  const entry = openedBy(e, policy);
  if (!entry) return e;
  const where = entry.at === DECIDED ? '' : ` (${entry.at.file}:${entry.at.line})`;
  return { ...e, public: `${entry.reason}${where}` };
}

/**
 * What is assumed is unknown to the judgement: neither missed nor evidence for others. Only reports say what it is.
 */
function withAssumptions(e: EntryPoint, policy: Policy): EntryPoint {
  const assumed = new Map<string, AssumedProtection>();
  for (const entry of policy.assume)
    if (isAllowed(entry, e))
      for (const protection of listOf(entry.protection))
        if (!e.protections.includes(protection) && !assumed.has(protection))
          assumed.set(protection, { protection, by: entry.by, place: entry.at });
  if (assumed.size === 0) return e;
  const all = [...assumed.values()];
  return {
    ...e,
    assumed: all,
    unknown: [...new Set([...e.unknown, ...all.map((a) => a.protection)])].sort(),
  };
}
