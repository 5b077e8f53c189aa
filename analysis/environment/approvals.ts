import type { Risk, RiskKind } from '../model/environment.js';
import type { ConfigNode } from './document.js';
import { riskOf } from './draft.js';
import { SECRET_FILE } from './programs.js';

/** What a value says when it is on; a list or a map says it of its members. */
function isOn(node: ConfigNode): boolean {
  if (node.k === 'scalar')
    return node.value === true || node.value === 'true' || node.value === 'on' || node.value === 'always';
  return node.k === 'list' ? node.items.length > 0 : node.members.length > 0;
}
const textOf = (node: ConfigNode): string => (node.k === 'scalar' ? String(node.value) : '');

interface Approval {
  /** Matched against the whole path of keys. */
  path: RegExp;
  /** How much is not asked any more, by the value; null: as much as before. */
  risk(node: ConfigNode): RiskKind | null;
}
const whenOn =
  (kind: RiskKind): Approval['risk'] =>
  (node) =>
    isOn(node) ? kind : null;
const whenOff =
  (kind: RiskKind): Approval['risk'] =>
  (node) =>
    node.k === 'scalar' && (node.value === false || node.value === 'false') ? kind : null;
const byValue =
  (values: Readonly<Record<string, RiskKind>>): Approval['risk'] =>
  (node) => {
    const text = textOf(node);
    return Object.hasOwn(values, text) ? values[text]! : null;
  };

const APPROVALS: readonly Approval[] = [
  { path: /(?:^|\.)enableAllProjectMcpServers$/, risk: whenOn('approval-off') },
  { path: /(?:^|\.)enabledMcpjsonServers$/, risk: whenOn('approval-off') },
  {
    path: /(?:^|\.)(?:defaultMode|permissionMode|defaultApprovalMode|approvalMode|approval_mode|initialPermissionMode)$/,
    risk: byValue({
      bypassPermissions: 'approval-off', yolo: 'approval-off', 'full-auto': 'approval-off', never: 'approval-off',
      acceptEdits: 'approval-less', auto_edit: 'approval-less', autoEdit: 'approval-less', 'auto-edit': 'approval-less', auto: 'approval-less',
    }),
  },
  { path: /(?:^|\.)approval_policy$/, risk: byValue({ never: 'approval-off' }) },
  { path: /(?:^|\.)sandbox_mode$/, risk: byValue({ 'danger-full-access': 'approval-off' }) },
  { path: /(?:^|\.)sandbox_workspace_write\.network_access$/, risk: whenOn('approval-less') },
  { path: /(?:^|\.)trust_level$/, risk: byValue({ trusted: 'approval-off' }) },
  { path: /(?:^|\.)(?:(?:allow|skip|enable)?_?-?dangerous(?:ly)?[\w-]*|skip\w*Permission\w*|skipPermissions\w*)$/i, risk: whenOn('approval-off') },
  {
    path: /(?:^|\.)(?:yolo(?:Mode)?|yes[-_]always|auto[-_]?Accept|(?<!\bjest\.)auto[-_]?Run(?:Commands)?|always[-_]?allow[-_]?tool[-_]?actions|autoExecut\w*)$/i,
    risk: whenOn('approval-off'),
  },
  { path: /(?:^|\.)(?:task\.)?allowAutomaticTasks$/, risk: whenOn('approval-off') },
  { path: /(?:^|\.)(?:workspace\.trust|folderTrust|folder_trust)(?:\.enabled)?$/, risk: whenOff('approval-off') },
  { path: /(?:^|\.)permission(?:\.(?:bash|\*)(?:\.\*)?)?$/, risk: byValue({ allow: 'approval-off' }) },
]; // prettier-ignore
const AUTO_APPROVE = /(?:^|\.)[\w.-]*auto[-_]?approv\w*(?:\.enabled?)?$/i;
const ALLOWED =
  /(?:^|\.)(?:permissions\.allow|allowed[-_]?tools|alwaysAllow|always_allow|allowed[-_]?commands|tools\.allowed|toolsSettings\.\w+\.allowedCommands)$/i;
/** Patterns for anything at all. */
const EVERYTHING =
  /^(?:\*|\*\*(?:\/\*\*?)?|\/?\.[*+]\/?[a-z]*|\/\^?\.[*+]\$?\/[a-z]*|@builtin|(?:Bash|Shell|PowerShell|run_shell_command|ShellTool|execute_bash|shell)(?:\(\s*(?:\*|:\*)?\s*\))?)$/;
/** Commands that run whatever they are given. */
const ANYTHING =
  /^(?:(?:Bash|Shell|PowerShell|run_shell_command|ShellTool|execute_bash)\(\s*)?\/?\^?(?:sudo|sh|bash|zsh|fish|pwsh|powershell|node|deno|bun|tsx|ts-node|python[\d.]*|perl|ruby|php|npx|bunx|uvx|eval|exec|env|xargs|curl|wget|ssh|nc|ncat|osascript)(?:[ :]?\.?\*|\b\/?\s*$)/;

/** What a setting, by its path of keys, takes away of what a person is asked. One entry for each member of a list. */
export function approvals(path: string, node: ConfigNode): { risk: Risk; line: number; value: string }[] {
  const found = (
    kind: RiskKind | null,
    text: string,
    line: number,
  ): { risk: Risk; line: number; value: string }[] =>
    kind === null ? [] : [{ risk: riskOf(kind, text), line, value: text }];
  for (const { path: pattern, risk } of APPROVALS) {
    if (!pattern.test(path)) continue;
    const names = node.k === 'list' ? node.items.map(textOf).sort().join(', ') : textOf(node);
    return found(risk(node), names, node.line);
  }
  if (AUTO_APPROVE.test(path)) {
    if (node.k === 'scalar')
      return found(
        isOn(node) || EVERYTHING.test(textOf(node)) ? 'approval-off' : null,
        textOf(node),
        node.line,
      );
    if (node.k === 'list')
      return node.items.flatMap((item) => found(allowance(textOf(item), true), textOf(item), item.line));
    return node.members
      .filter((m) => isOn(m.value))
      .flatMap((m) => found(allowance(m.key, false), m.key, m.line));
  }
  if (ALLOWED.test(path)) {
    const items =
      node.k === 'list'
        ? node.items
        : node.k === 'scalar' && typeof node.value === 'string'
          ? splitTools(node)
          : [];
    return items.flatMap((item) =>
      found(allowance(textOf(item), /alwaysAllow$/i.test(path)), textOf(item), item.line),
    );
  }
  return [];
}
/** How much an entry of a list of what needs no approval allows. A named tool of a server is `less` where that is said. */
function allowance(entry: string, named: boolean): RiskKind | null {
  if (EVERYTHING.test(entry)) return 'approval-off';
  if (ANYTHING.test(entry) || SECRET_FILE.test(entry)) return 'approval-less';
  return named && entry !== '' ? 'approval-less' : null;
}
/** `Bash(git add:*), Read` */
function splitTools(node: ConfigNode & { k: 'scalar' }): ConfigNode[] {
  return [...String(node.value).matchAll(/[\w*]+(?:\([^)]*\))?/g)].map(([value]) => ({
    k: 'scalar',
    value,
    line: node.line,
  }));
}
