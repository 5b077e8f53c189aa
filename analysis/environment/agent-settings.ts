import { approvals } from './approvals.js';
import { member, plain, textOf, type ConfigMember, type ConfigNode, type MapNode } from './document.js';
import { commandText, riskOf, variableDraft, type Draft } from './draft.js';
import { endpointRisk, originOf, variableRisk } from './variables.js';

/** Keys under which servers of tools are listed by their names. */
const SERVERS = /^(?:mcpServers|mcp_servers|mcp-servers|context_servers|amp\.mcpServers)$/;
/** Keys of commands that an agent runs for itself: for a key, a header, a line of status. */
const OWN_COMMAND =
  /^(?:\w+Helper|awsAuthRefresh|awsCredentialExport|gcpAuthRefresh|notify|(?:tool)?DiscoveryCommand|(?:tool)?CallCommand|discoveryCommand|callCommand|(?:test|lint|notifications)-cmd|notifications-command)$/i;
const COMMAND = /^(?:command|cmd|run|bash|powershell|exec|script|shell|windows|linux|osx)$/i;
const PROVIDER_ENDPOINT =
  /^(?:(?:openai|chatgpt|anthropic|ollama)?[-_]?base[-_]?url|(?:openai-|anthropic-)?api[-_]?base|api[-_]?url|api[-_]?endpoint|endpoint|(?:debug\.)?override\w+Url)$/i;
const MAX_DEPTH = 16;

const OCCASIONS: Readonly<Record<string, string>> = {
  SessionStart: 'when a session starts',
  SessionEnd: 'when a session ends',
  UserPromptSubmit: 'whenever something is asked',
  PreToolUse: 'before a tool is used',
  PostToolUse: 'after a tool was used',
  Stop: 'when the agent stops',
  SubagentStop: 'when a subagent stops',
  Notification: 'at each notification',
  PreCompact: 'before a conversation is shortened',
  afterFileEdit: 'after a file was edited',
  beforeShellExecution: 'before a command is run',
  beforeSubmitPrompt: 'whenever something is asked',
  stop: 'when the agent stops',
};

/** Reads the settings of an agent, whichever it is: they have the same few things under much the same keys. */
export function readAgentSettings(root: ConfigNode | null, path: string): Draft[] {
  if (root?.k !== 'map') return [];
  const drafts: Draft[] = [];
  const isMcpFile = /(?:^|\/)\.?mcp(?:\.local)?\.json$/.test(path);
  const isHookFile = /(?:^|\/)hooks?\.json$|^\.github\/hooks\//.test(path);
  const visit = (node: ConfigNode, keys: readonly string[]): void => {
    if (keys.length > MAX_DEPTH) return;
    if (node.k === 'list') {
      readPairs(node, keys, drafts);
      for (const item of node.items) if (item.k !== 'scalar') visit(item, keys);
    }
    if (node.k !== 'map') return;
    for (const member of node.members) {
      const at = [...keys, member.key];
      const { key, value } = member;
      const servers =
        SERVERS.test(key) || (isMcpFile && key === 'servers') || (key === 'mcp' && looksLikeServers(value));
      if (servers && value.k === 'map') {
        for (const server of value.members) drafts.push(...readServer(server, at.join('.')));
        continue;
      }
      if (key === 'hooks' || key === 'hook') {
        readHooks(value, at, drafts);
        continue;
      }
      if (readMember(member, at, drafts)) continue;
      visit(value, at);
    }
  };
  if (isMcpFile && root.members.every((m) => looksLikeServer(m.value)))
    for (const server of root.members) drafts.push(...readServer(server, 'servers'));
  else if (isHookFile && !root.members.some((m) => m.key === 'hooks')) readHooks(root, ['hooks'], drafts);
  else visit(root, []);
  return drafts;
}

/** Answers whether there is nothing more below it. */
function readMember({ key, value, line }: ConfigMember, keys: readonly string[], drafts: Draft[]): boolean {
  const path = keys.join('.');
  const approved = approvalDrafts(path, value);
  drafts.push(...approved);
  if (approved.length > 0) return true;
  if (
    key === 'enabledPlugins' ||
    key === 'extraKnownMarketplaces' ||
    (key === 'plugin' && value.k === 'list') ||
    key === 'plugins'
  ) {
    readExtensions(value, path, drafts);
    return true;
  }
  if (value.k === 'scalar' && typeof value.value === 'string') {
    const variable = variableRisk(key, value.value);
    if (variable) drafts.push(variableDraft(path, line, value.value, variable));
    else if (PROVIDER_ENDPOINT.test(key) && /^\w+:\/\/|\$/.test(value.value)) {
      const risk = endpointRisk(key, value.value);
      if (risk)
        drafts.push({
          kind: 'endpoint',
          key: path,
          occasion: null,
          line,
          value: value.value,
          shown: originOf(value.value),
          risks: [risk],
        });
    }
  }
  const command =
    key === 'statusLine' || OWN_COMMAND.test(key) || /^(?:command|cmd)$/.test(key) ? commandOf(value) : null;
  if (command === null) return false;
  drafts.push({
    kind: 'command',
    key: path,
    occasion: 'by itself',
    line: command.line,
    value: command.text,
    shown: command.text,
    command: command.text,
    remarkable: true,
  });
  return true;
}

const approvalDrafts = (key: string, node: ConfigNode): Draft[] =>
  approvals(key, node).map(({ risk, line, value }) => ({
    kind: 'approval', key, occasion: null, line, value: [risk.kind, value], shown: value, risks: [risk],
  })); // prettier-ignore

/** A text, a list of words, or a map with one of these under `command`. */
function commandOf(node: ConfigNode): { text: string; line: number } | null {
  if (node.k === 'scalar')
    return typeof node.value === 'string' && node.value.trim() !== ''
      ? { text: node.value, line: node.line }
      : null;
  if (node.k === 'list') {
    const words = node.items.flatMap((i) =>
      i.k === 'scalar' && typeof i.value === 'string' ? [i.value] : [],
    );
    return words.length === node.items.length && words.length > 0
      ? { text: commandText(words), line: node.line }
      : null;
  }
  const own = member(node, 'command') ?? member(node, 'cmd');
  const command = own ? commandOf(own.value) : null;
  if (!command || !own) return null;
  const args = member(node, 'args')?.value;
  const rest =
    args?.k === 'list' ? args.items.flatMap((i) => (i.k === 'scalar' ? [String(i.value)] : [])) : [];
  return { text: [command.text, commandText(rest)].filter(Boolean).join(' '), line: own.line };
}

function readHooks(node: ConfigNode, keys: readonly string[], drafts: Draft[], depth = 0): void {
  if (depth > MAX_DEPTH) return;
  const push = (text: string, line: number): void => {
    const event = keys[1];
    drafts.push({
      kind: 'command', key: keys.slice(0, 2).join('.'), line, value: text, shown: text, command: text, remarkable: true,
      occasion: event === undefined ? 'by itself' : (OCCASIONS[event] ?? `at ${event}`),
    }); // prettier-ignore
  };
  if (node.k === 'list') {
    const words = node.items.every((i) => i.k === 'scalar' && typeof i.value === 'string')
      ? commandOf(node)
      : null;
    if (words && COMMAND.test(keys.at(-1) ?? '')) push(words.text, words.line);
    else for (const item of node.items) if (item.k !== 'scalar') readHooks(item, keys, drafts, depth + 1);
  }
  if (node.k !== 'map') return;
  const whole = member(node, 'command') ? commandOf(node) : null;
  if (whole) push(whole.text, whole.line);
  for (const { key, value, line } of node.members) {
    if (key === 'command' || key === 'args') continue;
    if (COMMAND.test(key) && value.k === 'scalar') {
      if (typeof value.value === 'string' && value.value.trim() !== '') push(value.value, line);
    } else if (value.k === 'scalar' && typeof value.value === 'string') {
      const risk = variableRisk(key, value.value);
      if (risk) drafts.push(variableDraft([...keys, key].join('.'), line, value.value, risk));
    } else if (key !== 'env' || value.k !== 'map')
      readHooks(value, key === 'hooks' ? keys : [...keys, key], drafts, depth + 1);
    else drafts.push(...readVariables(value, [...keys, key]));
  }
}
function readVariables(node: MapNode, keys: readonly string[]): Draft[] {
  return node.members.flatMap(({ key, value, line }) => {
    if (value.k !== 'scalar') return [];
    const text = String(value.value);
    const risk = variableRisk(key, text);
    return risk ? [variableDraft([...keys, key].join('.'), line, text, risk)] : [];
  });
}
/** `[{ "name": "NODE_OPTIONS", "value": "…" }]` */
function readPairs(node: ConfigNode & { k: 'list' }, keys: readonly string[], drafts: Draft[]): void {
  for (const item of node.items) {
    if (item.k !== 'map') continue;
    const [name, value] = [textOf(item, 'name'), member(item, 'value')];
    if (name === null || value?.value.k !== 'scalar') continue;
    const risk = variableRisk(name, String(value.value.value));
    if (risk)
      drafts.push(variableDraft([...keys, name].join('.'), value.line, String(value.value.value), risk));
  }
}

const looksLikeServer = (node: ConfigNode): boolean =>
  node.k === 'map' && node.members.some((m) => /^(?:command|url|httpUrl|serverUrl)$/.test(m.key));
const looksLikeServers = (node: ConfigNode): boolean =>
  node.k === 'map' && node.members.some((m) => looksLikeServer(m.value));

function readServer({ key: name, value: node, line }: ConfigMember, path: string): Draft[] {
  if (node.k !== 'map') return [];
  const key = `${path}.${name}`;
  const off = member(node, 'disabled')?.value ?? null;
  const on = member(node, 'enabled')?.value ?? null;
  if ((off?.k === 'scalar' && off.value === true) || (on?.k === 'scalar' && on.value === false)) return [];
  const drafts: Draft[] = [];
  const variables = member(node, 'env') ?? member(node, 'environment');
  const risks =
    variables?.value.k === 'map' ? readVariables(variables.value, []).flatMap((d) => d.risks ?? []) : [];
  const value = [...node.members].map((m) => [m.key, plain(m.value)]).sort();
  const command = commandOf(node);
  const address = member(node, 'url') ?? member(node, 'httpUrl') ?? member(node, 'serverUrl');
  if (command)
    drafts.push({
      kind: 'server',
      key,
      occasion: 'when the agent starts',
      line: command.line,
      value,
      shown: command.text,
      command: command.text,
      risks,
      remarkable: true,
    });
  else if (address?.value.k === 'scalar')
    drafts.push({
      kind: 'server',
      key,
      occasion: null,
      line: address.line,
      value,
      shown: originOf(String(address.value.value)),
      risks,
      remarkable: true,
    });
  for (const { key: inner, value: allowed, line: at } of node.members) {
    if (inner === 'trust' && allowed.k === 'scalar' && allowed.value === true)
      drafts.push({
        kind: 'approval',
        key: `${key}.trust`,
        occasion: null,
        line: at,
        value: true,
        shown: 'true',
        risks: [riskOf('approval-off', 'trust: true')],
      });
    else if (/auto[-_]?approve|alwaysAllow|always_allow/i.test(inner))
      drafts.push(...approvalDrafts(`${key}.${inner}`, allowed));
  }
  return drafts.length > 0
    ? drafts
    : [{ kind: 'server', key, occasion: null, line, value, shown: name, risks, remarkable: true }];
}

/** Plugins, and where they come from: `name: true`, `name: { source }`, a list of names. */
function readExtensions(node: ConfigNode, path: string, drafts: Draft[]): void {
  const push = (name: string, line: number, value: unknown): void =>
    void drafts.push({
      kind: 'extension',
      key: path,
      occasion: null,
      line,
      value: [name, value],
      shown: name,
      remarkable: true,
    });
  if (node.k === 'map') {
    for (const m of node.members)
      if (m.value.k !== 'scalar' || m.value.value === true) push(m.key, m.line, plain(m.value));
  } else if (node.k === 'list')
    for (const item of node.items) {
      const name =
        item.k === 'scalar' ? String(item.value) : item.k === 'map' ? (textOf(item, 'name') ?? '') : '';
      if (name !== '') push(name, item.line, plain(item));
    }
}
