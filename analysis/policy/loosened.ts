import { listOf, POLICY_FILE, type Policy } from '../policy-file/policy.js';
import { RULES } from '../rules.js';
import type { PolicyNote } from './outcome.js';
import { selectionText } from './select.js';

/**
 * What there is to say of a change that edits the policy: that it counts after the merge, what it allows that was not allowed,
 * and what in it does not count because of a mistake.
 */
export function policyEdit(before: Policy, after: Policy): PolicyNote[] {
  const loosened = [
    ...added(before.waivers, after.waivers).map((w) => ({
      text: `waives \`${w.finding ?? `${w.rule}, ${w.entryPoint}`}\` (${w.who}: ${w.why})`,
      at: w.at,
    })),
    ...added(before.public, after.public).map((p) => ({
      text: `opens ${selectionText(p)} (${p.reason})`,
      at: p.at,
    })),
    ...added(before.assume, after.assume).map((a) => ({
      text: `assumes ${listOf(a.protection).join(', ')} for ${selectionText(a)} (${a.by})`,
      at: a.at,
    })),
    ...added(before.ignore, after.ignore).map((i) => ({ text: `ignores \`${i.glob}\``, at: i.at })),
    ...added(before.guards, after.guards).map((g) => ({
      text: `declares that \`${g.module}\` ${g.export ? `\`${g.export}\` ` : ''}enforces ${g.enforces}`,
      at: g.at,
    })),
    // What a rewritten requirement asks for less is not worked out: the old one is gone.
    ...added(after.require, before.require).map((r) => ({
      text: `no longer requires ${listOf(r.protection).join(', ')} of ${selectionText(r)} as it did`,
      at: FILE,
    })),
    ...loweredLevels(before, after).map((text) => ({ text, at: FILE })),
    ...lessBlocked(before, after).map((text) => ({ text, at: FILE })),
  ];
  const known = new Set(before.mistakes.map((m) => m.reason));
  return [
    {
      kind: 'file-changed',
      text: `this change edits ${POLICY_FILE}: what it says counts after the merge`,
      ...FILE,
    },
    ...loosened.map(
      ({ text, at }): PolicyNote => ({ kind: 'loosened', text: `after the merge it ${text}`, ...at }),
    ),
    ...after.mistakes
      .filter((m) => m.file === POLICY_FILE && !known.has(m.reason))
      .map(({ file, line, key, reason }): PolicyNote => {
        const text = `what this change writes here does not count: ${key === null ? '' : `${key}: `}${reason}`;
        return { kind: 'mistake-in-change', text, file, line };
      }),
  ];
}
const FILE = { file: POLICY_FILE, line: 1 };

/** Entries of the second list that the first has not, wherever they stand. */
function added<T extends { at: unknown }>(before: readonly T[], after: readonly T[]): T[] {
  const known = new Set(before.map(content));
  return after.filter((entry) => !known.has(content(entry)));
}
const content = (entry: { at: unknown }): string =>
  JSON.stringify(Object.entries({ ...entry, at: null }).sort(([a], [b]) => (a < b ? -1 : 1)));

const LEVELS = ['off', 'note', 'warning', 'error'];
/** A level that a rule is given without having had one lowers it, unless it is the highest. */
function loweredLevels(before: Policy, after: Policy): string[] {
  return RULES.flatMap((rule) => {
    const [was = 'error', is = 'error'] = [before.levels[rule], after.levels[rule]];
    return LEVELS.indexOf(is) < LEVELS.indexOf(was) ? [`lowers \`${rule}\` to ${is}`] : [];
  });
}
const acceptedBy = ({ accept }: Policy): string =>
  accept === undefined ? 'maintainers and code owners' : listOf<string>(accept).join(', ');
const BLOCKED = ['nobody', 'agents', 'everyone'];
function lessBlocked(before: Policy, after: Policy): string[] {
  const [was = 'everyone', is = 'everyone'] = [before.block, after.block];
  const until = (p: Policy): string => (p.shadow === true ? '9' : p.shadow || '');
  return [
    ...(BLOCKED.indexOf(is) < BLOCKED.indexOf(was) ? [`blocks ${is} rather than ${was}`] : []),
    ...(until(after) > until(before)
      ? [
          `is in shadow mode${after.shadow === true ? '' : ` until ${String(after.shadow)}`}, so that nothing blocks`,
        ]
      : []),
    ...(acceptedBy(after) === acceptedBy(before)
      ? []
      : [`lets ${acceptedBy(after)} accept findings, rather than ${acceptedBy(before)}`]),
    ...(before.onIncomplete === 'block' && after.onIncomplete !== 'block'
      ? ['lets pass what cannot be followed']
      : []),
  ];
}
