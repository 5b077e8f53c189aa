import type { RiskKind } from '../model/environment.js';
import { member, type ConfigNode } from './document.js';
import { riskOf, type Draft } from './draft.js';

/** Events that run with the rights and secrets of the base, whoever sent the pull request. */
const TRUSTED_EVENTS = ['pull_request_target', 'workflow_run', 'issue_comment'] as const;
/** References to what a pull request contains. */
const HEAD =
  /github\.head_ref|pull_request\.head\.(?:sha|ref)|workflow_run\.head_(?:sha|branch)|refs\/pull\/|pull_request\.merge_commit_sha|steps\.[\w-]+\.outputs\.(?:head_?(?:sha|ref)|pr_?(?:head_?)?(?:sha|ref))|head_commit\.id/i;
/** The name of a branch and nothing else. */
const NAMES_A_BRANCH =
  /^\s*\$\{\{\s*(?:github\.head_ref|[\w.]*pull_request\.head\.ref|[\w.]*workflow_run\.head_branch)(?:\s*\|\|[^}]*)?\s*\}\}\s*$/i;
const FETCHES_HEAD =
  /\bgh\s+pr\s+checkout\b|\bgit\s+(?:fetch|pull|checkout)\b[^\n]*(?:\bpull\/|refs\/pull|head_ref|head\.(?:sha|ref)|HEAD_(?:SHA|REF))/i;
/** Conditions that let only people with rights of their own get this far. */
const SAME_REPOSITORY =
  /head\.repo\.full_name\s*==\s*github\.repository|github\.repository\s*==\s*[\w.]*head\.repo\.full_name|head\.repo\.fork\s*(?:==\s*false|!=\s*true)|!\s*github\.event\.pull_request\.head\.repo\.fork|head_repository\.full_name\s*==\s*github\.repository|pull_request\.merged\s*==\s*true/;
const SOME_CONDITION =
  /author_association|labels|github\.actor|github\.triggering_actor|sender\.login|user\.login|permission|outputs\.(?:allowed|authorized|safe|trusted)/i;

/** Jobs that check out what a pull request contains, with the rights of the base, and then run something of it. */
export function readWorkflow(root: ConfigNode | null): Draft[] {
  if (root?.k !== 'map') return [];
  const on = member(root, 'on')?.value ?? member(root, 'true')?.value;
  const events = TRUSTED_EVENTS.filter((e) => on && listens(on, e));
  const jobs = member(root, 'jobs')?.value;
  if (events.length === 0 || jobs?.k !== 'map') return [];
  return jobs.members.flatMap(({ key, value }): Draft[] => {
    const found = checkout(value, events.includes('issue_comment') && events.length === 1);
    if (!found) return [];
    const text = textAt(value, 'if') + found.condition;
    if (SAME_REPOSITORY.test(text)) return [];
    const limited =
      SOME_CONDITION.test(text) ||
      member(value, 'environment') !== null ||
      needed(value, jobs).some((job) => member(job, 'environment') !== null || asks(job)) ||
      (readsOnly(member(value, 'permissions')?.value ?? member(root, 'permissions')?.value ?? null) &&
        !mentionsSecrets(value));
    const kind: RiskKind = limited ? 'untrusted-checkout-limited' : 'untrusted-checkout';
    return [
      {
        kind: 'workflow', key: `jobs.${key}`, occasion: `at ${events.join(', ')}`, line: found.line, value: [kind, events, found.reference],
        shown: found.runs, risks: [riskOf(kind, found.runs)],
      },
    ]; // prettier-ignore
  });
}
function listens(on: ConfigNode, event: string): boolean {
  if (on.k === 'scalar') return on.value === event;
  return on.k === 'list'
    ? on.items.some((i) => i.k === 'scalar' && i.value === event)
    : member(on, event) !== null;
}

/** Jobs that have to succeed before this one. */
function needed(job: ConfigNode, jobs: ConfigNode, depth = 0): ConfigNode[] {
  const needs = member(job, 'needs')?.value;
  const names = needs?.k === 'list' ? needs.items : needs ? [needs] : [];
  return names.flatMap((name) => {
    const other = name.k === 'scalar' ? member(jobs, String(name.value))?.value : undefined;
    return other && depth < 10 ? [other, ...needed(other, jobs, depth + 1)] : [];
  });
}
/** It looks at who sent the pull request. */
function asks(node: ConfigNode): boolean {
  if (node.k === 'scalar') return typeof node.value === 'string' && SOME_CONDITION.test(node.value);
  return node.k === 'list' ? node.items.some(asks) : node.members.some((m) => asks(m.value));
}

/** The step that gets the head, and the one that runs something of it afterwards. */
function checkout(
  job: ConfigNode,
  comment: boolean,
): { line: number; reference: string; runs: string; condition: string } | null {
  const steps = member(job, 'steps')?.value;
  if (steps?.k !== 'list') return null;
  let head: { line: number; reference: string; condition: string } | null = null;
  for (const step of steps.items) {
    if (step.k !== 'map') continue;
    const uses = textAt(step, 'uses');
    const run = member(step, 'run');
    const script = run?.value.k === 'scalar' ? String(run.value.value) : '';
    const inputs = member(step, 'with')?.value;
    if (uses.startsWith('actions/checkout@') && inputs) {
      const reference = member(inputs, 'ref') ?? member(inputs, 'repository');
      const text = ['ref', 'repository'].map((k) => textAt(inputs, k)).join(' ');
      // A branch is looked for in the repository itself, whose own it is then, unless another is named.
      const isOwn = member(inputs, 'repository') === null && NAMES_A_BRANCH.test(text);
      if (reference && !isOwn && (HEAD.test(text) || /head\.repo\.full_name/.test(text)))
        head = { line: reference.line, reference: text.trim(), condition: textAt(step, 'if') };
      // The base is checked out over it again, unless beside it.
      else if (head && !member(inputs, 'path') && !reference) head = null;
      continue;
    }
    const fetched = FETCHES_HEAD.exec(script);
    if (run && fetched) head ??= { line: run.line, reference: fetched[0], condition: textAt(step, 'if') };
    if (!head) continue;
    const ran = uses.startsWith('./') ? uses : runsProject(fetched ? script.slice(fetched.index) : script);
    if (ran === null) continue;
    if (comment && !FETCHES_HEAD.test(head.reference) && !HEAD.test(head.reference)) continue;
    return { ...head, runs: ran, condition: `${head.condition} ${textAt(step, 'if')}` };
  }
  return null;
}
const RUNS_PROJECT =
  /(?:^|[\n;&|(]|\brun\b)\s*(?:sudo\s+)?((?:npm|pnpm|yarn|bun)\s+(?:ci|install|i|run|test|exec|build|start|lint|add)?\b(?![^\n]*--ignore-scripts)|npx\s|bunx\s|node\s+[\w./]|(?:ba|z)?sh\s+[\w./]|\.\/[\w./-]+|make\b|python3?\s+(?!-c\b|-m\s+pip\s+install\s+[\w-]+\s*$)[\w./-]|pip3?\s+install\s+(?:-e\s|-r\s|\.)|pytest|tox|poetry|uv\s+(?:run|sync)|cargo\s|go\s+(?:test|build|run|generate)|mvn|gradle|\.\/gradlew|bundle\s|rake|composer\s+(?:install|update)|docker\s+build|docker\s+compose|dotnet\s+(?:build|test|run)|cmake|just\s|task\s|deno\s+(?:run|test|task))/;
function runsProject(script: string): string | null {
  const text = script.replace(/^\s*#.*$/gm, '');
  const found = RUNS_PROJECT.exec(text);
  return (
    found &&
    text
      .slice(found.index + found[0].indexOf(found[1]!))
      .split('\n')[0]!
      .trim()
  );
}
function readsOnly(permissions: ConfigNode | null): boolean {
  if (permissions?.k === 'scalar') return permissions.value === 'read-all';
  return (
    permissions?.k === 'map' &&
    permissions.members.every((m) => m.value.k === 'scalar' && m.value.value !== 'write')
  );
}
function mentionsSecrets(node: ConfigNode): boolean {
  if (node.k === 'scalar')
    return typeof node.value === 'string' && /\bsecrets\.(?!GITHUB_TOKEN\b)/.test(node.value);
  return node.k === 'list'
    ? node.items.some(mentionsSecrets)
    : node.members.some((m) => m.key === 'secrets' || mentionsSecrets(m.value));
}
function textAt(node: ConfigNode, key: string): string {
  const value = member(node, key)?.value;
  return value?.k === 'scalar' && value.value !== null ? String(value.value) : '';
}
