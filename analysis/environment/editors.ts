import { posix } from 'node:path';
import { readAgentSettings } from './agent-settings.js';
import { member, plain, textOf, textValue, type ConfigNode } from './document.js';
import { commandText, variableDraft, type Draft } from './draft.js';
import { endpointRisk, variableRisk } from './variables.js';

/** The folder that is open when a file of an editor counts: the one that its folder of settings lies in. */
export function openFolder(path: string): string {
  const folder = posix.dirname(path).replace(/^\.$/, '');
  return folder.replace(
    /(?:^|\/)\.(?:vscode|devcontainer(?:\/[^/]+)?|husky|githooks|git-hooks|claude.*|cursor.*|gemini.*|codex.*|kiro.*|clinerules.*)$/,
    '',
  );
}

/** Tasks that run when the folder is opened, with those that they wait for. */
export function readTasks(root: ConfigNode | null, folder: string): Draft[] {
  const list = root && member(root, 'tasks')?.value;
  const tasks = list?.k === 'list' ? list.items : [];
  const byLabel = new Map(tasks.map((t) => [textOf(t, 'label') ?? textOf(t, 'taskName') ?? '', t]));
  return tasks.flatMap((task): Draft[] => {
    const on = member(task, 'runOptions');
    const runOn = on && member(on.value, 'runOn');
    if (runOn?.value.k !== 'scalar' || runOn.value.value !== 'folderOpen') return [];
    const label = textOf(task, 'label') ?? textOf(task, 'taskName') ?? 'task';
    const commands = [task, ...dependencies(task, byLabel)].flatMap(taskCommands);
    const command = commands.join('\n');
    return [
      {
        kind: 'command', key: `tasks.${label}.runOptions.runOn`, occasion: 'when the folder is opened', line: runOn.line,
        value: command, shown: commands.join('; ') || label, command, folder, remarkable: true,
      },
    ]; // prettier-ignore
  });
}
function dependencies(task: ConfigNode, byLabel: ReadonlyMap<string, ConfigNode>): ConfigNode[] {
  const found = new Set<ConfigNode>();
  const visit = (from: ConfigNode): void => {
    const listed = member(from, 'dependsOn')?.value;
    for (const item of listed?.k === 'list' ? listed.items : listed ? [listed] : []) {
      const other = item.k === 'scalar' ? byLabel.get(String(item.value)) : undefined;
      if (!other || found.has(other)) continue;
      found.add(other);
      visit(other);
    }
  };
  visit(task);
  return [...found];
}
function taskCommands(task: ConfigNode): string[] {
  if (textOf(task, 'type') === 'npm') {
    const script = textOf(task, 'script');
    return script === null ? [] : [script === 'install' ? 'npm install' : `npm run ${script}`];
  }
  return [task, ...['windows', 'linux', 'osx'].flatMap((k) => member(task, k)?.value ?? [])].flatMap(
    (variant) => {
      const command = member(variant, 'command')?.value;
      const text = command && (textValue(command) ?? textOf(command, 'value'));
      if (!text) return [];
      const args = member(variant, 'args')?.value;
      const words =
        args?.k === 'list' ? args.items.flatMap((a) => textValue(a) ?? textOf(a, 'value') ?? []) : [];
      return [[text, commandText(words)].filter(Boolean).join(' ')];
    },
  );
}

const PROGRAM = /(?:path|executable|interpreter|command|program|shell|binary)(?:\.\w+)?$/i;
const ASSISTANT =
  /copilot|claude|anthropic|openai|gemini|cline|continue|\bchat\b|codeium|windsurf|cursor|aider|codex|amazonq|tabnine/i;
const ADDRESS = /(?:url|endpoint|base|proxy|host)$/i;

/** Settings of an editor: what it starts from the repository, what it no longer asks, where it sends what. */
export function readEditorSettings(
  root: ConfigNode | null,
  folder: string,
  has: (path: string) => boolean,
): Draft[] {
  if (root?.k !== 'map') return [];
  const drafts: Draft[] = [];
  const visit = (node: ConfigNode, keys: readonly string[]): void => {
    if (node.k !== 'map' || keys.length > 8) return;
    for (const { key, value, line } of node.members) {
      const path = [...keys, key].join('.');
      if (/^terminal\.integrated\.(?:automationP|p)rofiles?\./.test(path) && member(value, 'path')) {
        drafts.push(...profile(path, value, folder, has));
        continue;
      }
      if (value.k === 'map') {
        visit(value, [...keys, key]);
        continue;
      }
      const text = textValue(value);
      if (text === null) continue;
      const own = ownFile(text, folder, has);
      if (PROGRAM.test(path) && own !== null)
        drafts.push({
          kind: 'program',
          key: path,
          occasion: null,
          line,
          value: text,
          shown: text,
          command: commandText([own]),
          folder: '',
          remarkable: true,
        });
      else if (ASSISTANT.test(path) && ADDRESS.test(path) && /^\w+:\/\//.test(text)) {
        const risk = endpointRisk(key, text);
        if (risk) drafts.push(variableDraft(path, line, text, risk));
      } else if (path === 'http.proxy') {
        const risk = variableRisk('HTTPS_PROXY', text);
        if (risk) drafts.push(variableDraft(path, line, text, risk));
      }
    }
  };
  visit(root, []);
  // Approvals, variables, servers: as agents have them.
  const shared = readAgentSettings(root, '').filter((d) => d.kind !== 'command' && d.kind !== 'extension');
  return [...drafts, ...shared.filter((d) => !drafts.some((own) => own.key === d.key))];
}
/** A shell of the terminal that is a file of the repository, or is given something to run. */
function profile(path: string, node: ConfigNode, folder: string, has: (path: string) => boolean): Draft[] {
  const program = member(node, 'path')!;
  const text = textValue(program.value) ?? '';
  const args = member(node, 'args')?.value;
  const words = args?.k === 'list' ? args.items.flatMap((a) => textValue(a) ?? []) : [];
  const own = ownFile(text, folder, has);
  const draft: Draft = {
    kind: 'program', key: path, occasion: 'when a terminal is opened', line: program.line, value: plain(node),
    shown: [text, ...words].join(' '), command: commandText([own ?? text, ...words]), folder, remarkable: true,
  }; // prettier-ignore
  if (own !== null || words.some((w) => /^[-/](?:\w*c|command|k)$/i.test(w))) return [draft];
  return [{ ...draft, onlyRisks: true }];
}
/** A file of the tree, in a folder that no package manager keeps. */
function ownFile(text: string, folder: string, has: (path: string) => boolean): string | null {
  if (/^(?:[~/]|[a-z]:\\|\w+:\/\/)/i.test(text) || !/[/\\]/.test(text)) return null;
  const path = posix.normalize(
    posix.join(
      folder,
      text
        .replace(/^\$\{workspace(?:Folder|Root)\}/, '')
        .replaceAll('\\', '/')
        .replace(/^\/+/, ''),
    ),
  );
  return has(path) && !path.startsWith('.yarn/') ? path : null;
}

const CREATION = /^(?:initialize|onCreate|updateContent|postCreate|postStart|postAttach)Command$/;
const CREATION_OCCASION: Readonly<Record<string, string>> = {
  initializeCommand: 'on the machine itself, before the container is made',
  postStartCommand: 'whenever the container is started',
  postAttachCommand: 'whenever an editor connects to the container',
};
export function readContainer(
  root: ConfigNode | null,
  folder: string,
  has: (path: string) => boolean,
): Draft[] {
  if (root?.k !== 'map') return [];
  const drafts: Draft[] = [];
  for (const { key, value, line } of root.members) {
    if (CREATION.test(key)) {
      const parts = value.k === 'map' ? value.members.map((m) => m.value) : [value];
      for (const part of parts) {
        const text =
          textValue(part) ??
          (part.k === 'list' ? commandText(part.items.flatMap((i) => textValue(i) ?? [])) : '');
        if (text === '') continue;
        drafts.push({
          kind: 'command', key, occasion: CREATION_OCCASION[key] ?? 'when the container is made', line: parts.length > 1 ? part.line : line,
          value: text, shown: text, command: text, folder, ...(key === 'initializeCommand' ? { remarkable: true as const } : {}),
        }); // prettier-ignore
      }
    } else if ((key === 'containerEnv' || key === 'remoteEnv') && value.k === 'map') {
      for (const m of value.members) {
        const risk = m.value.k === 'scalar' ? variableRisk(m.key, String(m.value.value)) : null;
        // Adding a folder of the container to its path is what this is for.
        if (risk && m.key !== 'PATH')
          drafts.push(variableDraft(`${key}.${m.key}`, m.line, textValue(m.value) ?? '', risk));
      }
    }
  }
  const vscode = member(root, 'customizations')?.value;
  const settings = vscode && member(vscode, 'vscode')?.value;
  const own = settings && member(settings, 'settings')?.value;
  const prefixed = (d: Draft): Draft => ({ ...d, key: `customizations.vscode.settings.${d.key}` });
  return [...drafts, ...readEditorSettings(own ?? null, folder, has).map(prefixed)];
}

export function readWorkspace(
  root: ConfigNode | null,
  folder: string,
  has: (path: string) => boolean,
): Draft[] {
  if (!root) return [];
  const tasks = member(root, 'tasks')?.value ?? null;
  const settings = member(root, 'settings')?.value ?? null;
  return [...readTasks(tasks, folder), ...readEditorSettings(settings, folder, has)];
}
