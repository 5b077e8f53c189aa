import type { EnvironmentSetting, Risk, RiskKind } from '../model/environment.js';
import type { Model } from '../model/model.js';
import { fingerprint, OF_NO_ENTRY_POINT, sentence } from './describe.js';
import { GRAVITY, type Finding, type Level } from './finding.js';

const RULE = 'untrusted-config';
const LEVELS: Readonly<Record<RiskKind, Level>> = {
  'fetch-and-execute': 'error',
  'hidden-code': 'error',
  'reverse-shell': 'error',
  'sends-secrets': 'error',
  'model-endpoint': 'error',
  'agent-home': 'error',
  'approval-off': 'error',
  'hidden-text': 'error',
  'untrusted-checkout': 'error',
  'model-endpoint-unknown': 'warning',
  'approval-less': 'warning',
  'untrusted-checkout-limited': 'warning',
  'unpinned-package': 'warning',
  injected: 'warning',
  redirected: 'warning',
  'leaves-repository': 'warning',
  'told-to-fetch': 'warning',
};

interface Change {
  setting: EnvironmentSetting;
  level: Level;
  how: 'adds' | 'changes' | 'has';
  /** What is new of it, gravest first. */
  risks: Risk[];
}

/**
 * Settings for editors, agents and package managers that a change adds or changes. What base had as well is not told: one
 * that another script makes dangerous is a change too.
 */
export function untrustedConfig(base: Model, head: Model): Finding[] {
  const [before, after] = [base.environment ?? [], head.environment ?? []];
  const known = new Map(before.map((s) => [keyOf(s), s]));
  const keys = new Set(before.map(placeKey));
  const gone = new Set(before.map((s) => s.place.file));
  for (const { place } of after) gone.delete(place.file);
  const moved = new Set(before.filter((s) => gone.has(s.place.file)).map(contentKey));
  const changes = after.flatMap((setting): Change[] => {
    const old = known.get(keyOf(setting));
    if (!old && setting.kind === 'script' && setting.risks.length === 0 && moved.has(contentKey(setting)))
      return [];
    const risks = setting.risks.filter((r) => !old?.risks.some((o) => o.kind === r.kind));
    if (old && risks.length === 0) return [];
    const level = levelOf(setting, risks);
    if (level === null || (level === 'note' && keys.has(placeKey(setting)))) return [];
    return [{ setting, level, risks, how: keys.has(placeKey(setting)) ? 'changes' : 'adds' }];
  });
  const graver = new Set(changes.filter((c) => c.level !== 'note').map((c) => placeKey(c.setting)));
  const now = new Set(after.map(placeKey));
  const resolved = existingConfig(base).filter((f, i, all) => {
    const of = before.filter((s) => idOf(s) === f.id);
    return (
      all.findIndex((other) => other.id === f.id) === i &&
      of.every((s) => !now.has(placeKey(s)) || !isGrave(after, s))
    );
  });
  return [
    ...findingsOf(
      changes.filter((c) => c.level !== 'note' || !graver.has(placeKey(c.setting))),
      'new',
    ),
    ...resolved.map((f): Finding => ({ ...f, status: 'resolved', blocking: false })),
  ];
}
/** What a tree has that nobody should have: of the rest, that it is there is no news. */
export function existingConfig(model: Model): Finding[] {
  const changes = (model.environment ?? []).flatMap((setting): Change[] =>
    levelOf(setting, setting.risks) === 'error'
      ? [{ setting, level: 'error', risks: setting.risks, how: 'has' }]
      : [],
  );
  return findingsOf(changes, 'existing');
}

const placeKey = ({ place, kind, key }: EnvironmentSetting): string => `${place.file}\0${kind}\0${key}`;
const keyOf = (s: EnvironmentSetting): string => `${placeKey(s)}\0${s.digest}`;
const contentKey = (s: EnvironmentSetting): string => `${s.kind}\0${s.key}\0${s.digest}`;
const isGrave = (all: readonly EnvironmentSetting[], old: EnvironmentSetting): boolean =>
  all.some((s) => placeKey(s) === placeKey(old) && levelOf(s, s.risks) === 'error');
const idOf = ({ place, key }: EnvironmentSetting, ordinal = 1): string =>
  fingerprint(RULE, RULE, `${place.file}#${key}${ordinal > 1 ? `#${ordinal}` : ''}`);

/** Null: nothing worth a word. */
function levelOf({ kind, routine }: EnvironmentSetting, risks: readonly Risk[]): Level | null {
  const levels = risks.map((r) => LEVELS[r.kind]);
  if (kind === 'command' || kind === 'server' || kind === 'extension' || kind === 'program')
    levels.push(routine ? 'note' : 'warning');
  if (kind === 'script' && !routine) levels.push('warning');
  return levels.sort((a, b) => GRAVITY[a] - GRAVITY[b])[0] ?? null;
}

/** One finding a setting; members of one list, and lines of one script, are one. */
function findingsOf(changes: readonly Change[], status: 'new' | 'existing'): Finding[] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const { setting } = change;
    const together =
      setting.kind === 'approval' ||
      setting.kind === 'extension' ||
      setting.kind === 'text' ||
      setting.tool === 'git';
    const key = together
      ? `${placeKey(setting)}\0${change.level}`
      : `${keyOf(setting)}\0${setting.place.line}`;
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  const ordinals = new Map<string, number>();
  return [...groups.values()].map((group) => {
    const [{ setting, level, risks, how }] = group as [Change, ...Change[]];
    const ordinal = (ordinals.get(idOf(setting)) ?? 0) + 1;
    ordinals.set(idOf(setting), ordinal);
    const gravest = [...risks].sort((a, b) => GRAVITY[LEVELS[a.kind]] - GRAVITY[LEVELS[b.kind]])[0] ?? null;
    // A setting that was there, and is made dangerous by what it runs: the change is in the script.
    const inScript = how === 'changes' && gravest?.place ? gravest.place : null;
    return {
      id: idOf(setting, ordinal),
      rule: RULE,
      level,
      confidence: level === 'error' ? 'high' : level === 'warning' ? 'medium' : 'low',
      status,
      blocking: status === 'new' && level === 'error',
      missing: RULE,
      ...OF_NO_ENTRY_POINT,
      place: inScript ?? setting.place,
      message: messageOf(group, gravest),
      remedy: gravest ? REMEDIES[gravest.kind] : remedyOf(setting),
      precedents: [],
      affects: [],
    } satisfies Finding;
  });
}

const NAMED = 5;
/** What it runs is run apart from the machine. */
const CONTAINED = /container$/;
function messageOf(group: readonly Change[], gravest: Risk | null): string {
  const [{ setting, how }] = group as [Change, ...Change[]];
  const { kind, tool, key, occasion, shown, place } = setting;
  const all = [...new Set(group.map((c) => code(c.setting.shown)))];
  const names =
    all.slice(0, NAMED).join(', ') + (all.length > NAMED ? ` and ${all.length - NAMED} more` : '');
  const at = occasion === null ? '' : ` ${occasion}`;
  const new_ = { adds: ', which is new', changes: ', which this change alters', has: '' }[how];
  const setBy = `${code(key)}${new_}`;
  const what = ((): string => {
    switch (kind) {
      case 'command':
        return setting.routine
          ? `${sentence(tool)} runs commands${at} (${setBy}).`
          : `${sentence(tool)} runs ${names}${at} (${setBy})${CONTAINED.test(tool) ? '' : ', on the machine of everybody who works with this repository'}.`;
      case 'script':
        return `${code(shown)} is run${at} (${setBy}).`;
      case 'server':
        return `${sentence(tool)} ${verb(tool, occasion === null ? 'connect' : 'start')}${occasion === null ? ' to' : ''} the server of tools ${code(key)} ${occasion === null ? 'at' : 'with'} ${code(shown)}${new_}.`;
      case 'extension':
        return `${sentence(tool)} ${verb(tool, 'load')} code from ${names} (${setBy}).`;
      case 'program':
        return `${sentence(tool)} runs ${code(shown)}${at} (${setBy}), a program that the repository chooses.`;
      case 'endpoint':
      case 'environment':
        return `${code(key)} is set to ${code(shown)}${new_}.`;
      case 'approval':
        return `${code(key)} ${shown === 'true' || shown === 'false' ? 'is' : setting.shown === '' ? 'is on' : 'allows'} ${names}${new_}.`;
      case 'text':
        return gravest?.kind === 'hidden-text'
          ? `${place.file} holds ${names.replaceAll('`', '')}${new_}: text that an agent reads and a reviewer does not see.`
          : `${sentence(tool)} ${tool === 'agents' ? 'are' : 'is'} told to run ${names}${at}${new_}.`;
      case 'link':
        return `This symbolic link leads to ${code(shown)}, outside of the repository${new_}.`;
      case 'workflow':
        return `The job ${code(key)} checks out what a pull request contains and runs ${code(shown)} of it${at}${new_}.`;
    }
  })();
  const why = gravest && WHY[gravest.kind];
  return why ? `${what} ${why}${evidence(gravest, setting)}` : what;
}
/** Where in a script it happens, or which part of a command does it. */
function evidence(risk: Risk, setting: EnvironmentSetting): string {
  if (
    ![
      'fetch-and-execute',
      'hidden-code',
      'reverse-shell',
      'sends-secrets',
      'unpinned-package',
      'injected',
      'told-to-fetch',
    ].includes(risk.kind)
  )
    return '.';
  const where = risk.place && `${risk.place.file}:${risk.place.line}`;
  const what = risk.text === setting.shown ? '' : code(risk.text);
  const parts = [what, where ? `in ${where}` : ''].filter(Boolean).join(' ');
  return parts ? `: ${parts}.` : '.';
}
const verb = (tool: string, word: string): string => (tool === 'agents' ? word : `${word}s`);
/** Text of a repository between backticks; one in it would end them. */
const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;

const WHY: Readonly<Record<RiskKind, string>> = {
  'fetch-and-execute': 'It runs what it fetches from elsewhere, which may be something else tomorrow',
  'hidden-code': 'It runs what it decodes, so that nobody sees in a review what is run',
  'reverse-shell': 'It opens a shell to another machine',
  'sends-secrets': 'It sends keys or the environment to another machine',
  'model-endpoint': 'What is said to the model, and the key for it, go there instead of to its vendor',
  'model-endpoint-unknown':
    'What is said to the model, and the key for it, go there instead of to its vendor',
  'agent-home': 'The agent takes its configuration from there, with the commands and approvals that it holds',
  'approval-off': 'Nobody is asked before it happens',
  'approval-less': 'Nobody is asked before that any more',
  'hidden-text': '',
  'untrusted-checkout':
    'Whoever opens a pull request runs code with the token and the secrets of this repository',
  'untrusted-checkout-limited':
    'Behind a condition, or with few rights; whoever meets it runs code with the token of this repository',
  'unpinned-package': 'It downloads whatever version of a package is current when it starts',
  injected: 'It loads code into programs that are started',
  redirected: 'Traffic or packages come from there',
  'leaves-repository': 'What follows it reads or writes there',
  'told-to-fetch': 'That runs what is fetched from elsewhere',
};
const REMEDIES: Readonly<Record<RiskKind, string>> = {
  'fetch-and-execute':
    'Put what is to be run into the repository, or install a fixed version whose checksum is compared.',
  'hidden-code': 'Write out what is to be run.',
  'reverse-shell': 'Remove it.',
  'sends-secrets': 'Remove it, and change the keys if it has been run.',
  'model-endpoint':
    'Remove it: an address that one person wants belongs into their own settings, outside of the repository.',
  'model-endpoint-unknown':
    'Remove it: an address that one person wants belongs into their own settings, outside of the repository.',
  'agent-home': 'Remove it: where an agent finds its configuration is for each person to say.',
  'approval-off':
    'Leave the question to each person: approve single tools or commands, in settings outside of the repository.',
  'approval-less': 'Name the exact commands that need no question, without a wildcard for their arguments.',
  'hidden-text':
    'Remove the characters; look at what they say before anybody opens the branch with an agent.',
  'untrusted-checkout':
    'Use `pull_request` for what runs code of the pull request, and keep what needs secrets in a workflow that does not check it out.',
  'untrusted-checkout-limited':
    'Use `pull_request` for what runs code of the pull request, or see that the condition cannot be met by its author.',
  'unpinned-package':
    'Name the exact version of the package, or make it a dependency that the lock file holds.',
  injected: 'Remove it, or see that what is loaded is reviewed like code of the program.',
  redirected: 'See that the address is your own, and use https.',
  'leaves-repository': 'Link to a file of the repository, or copy it.',
  'told-to-fetch': 'Name a fixed version and its checksum, or a script of the repository.',
};
function remedyOf({ kind, routine }: EnvironmentSetting): string {
  if (routine) return 'Nothing, if that is intended.';
  if (kind === 'server') return 'See that you want everybody to run this server, and pin its version.';
  if (kind === 'extension')
    return 'See that you trust where it comes from: it is updated without a review here.';
  if (kind === 'script')
    return 'Review the script that it runs like code of the program; it is run with the rights of whoever installs.';
  return 'Review the command, and whatever script it runs, as code that is run on your machine when you open the branch.';
}
