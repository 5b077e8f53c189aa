import { posix } from 'node:path';
import type { EnvironmentSetting, Risk, RiskKind } from '../model/environment.js';
import type { Gap } from '../model/model.js';
import type { TreeSource } from '../source.js';
import { readAgentSettings } from './agent-settings.js';
import { Commands } from './commands.js';
import { parseConfig, textValue, type ConfigNode } from './document.js';
import { riskOf, settled, variableDraft, type Draft } from './draft.js';
import { openFolder, readContainer, readEditorSettings, readTasks, readWorkspace } from './editors.js';
import { environmentFile, type EnvironmentFile } from './files.js';
import { readInstructions } from './instructions.js';
import { readNpmrc, readPackage, statementsOf } from './packages.js';
import { variableRisk } from './variables.js';
import { TreeTexts } from './texts.js';
import { readWorkflow } from './workflow.js';

export interface Environment {
  /** Sorted by place. */
  settings: EnvironmentSetting[];
  gaps: Gap[];
}

/**
 * What files of a tree make the tools do that open it: agents, editors, git, package managers, workflows. Each file is
 * parsed as what it is, and commands are followed into the scripts of the tree that they run. Never throws because of
 * what the tree contains.
 */
export async function readEnvironment(source: TreeSource): Promise<Environment> {
  const gaps: Gap[] = [];
  const texts = new TreeTexts(source, gaps);
  const commands = new Commands(texts, gaps);
  const files = source.files.flatMap(({ path, executable }) => {
    const what = environmentFile(path);
    // git runs hooks in other folders than its own only where they are executable, and somebody pointed it there.
    const idle = what?.role === 'event-script' && /(?:^|\/)hooks\/[^/]+$/.test(path) && executable !== true;
    return what && !idle ? [{ path, what }] : [];
  });
  await texts.prefetch(files.map((f) => f.path));
  const settings: EnvironmentSetting[] = [];
  for (const { path, what } of files) {
    const text = await texts.read(path);
    if (text === null) continue;
    try {
      const drafts = await draftsOf(path, what, text, { texts, commands, gaps });
      for (const draft of drafts) {
        const folder = draft.folder ?? openFolder(path);
        const effect =
          draft.command === undefined
            ? null
            : await commands.effectOf(draft.command, folder, { file: path, line: draft.line });
        const setting = settled(draft, { tool: what.tool, file: path }, effect && ofKind(draft, effect));
        if (setting) settings.push(setting);
      }
    } catch {
      gaps.push({ reason: 'this configuration could not be read', file: path, line: 1, affects: [] });
    }
  }
  settings.push(...(await linksOut(source, gaps)));
  return { settings: settings.sort(byPlace), gaps };
}

interface Means {
  texts: TreeTexts;
  commands: Commands;
  gaps: Gap[];
}
async function draftsOf(path: string, what: EnvironmentFile, text: string, means: Means): Promise<Draft[]> {
  const folder = openFolder(path);
  const has = (file: string): boolean => means.texts.has(file);
  const parsed = (): ConfigNode | null => {
    const { root, errors } = parseConfig(what.format, text);
    for (const { line, reason } of errors) means.gaps.push({ reason, file: path, line, affects: [] });
    return root;
  };
  switch (what.role) {
    case 'agent-settings':
      return readAgentSettings(parsed(), path);
    case 'agent-hook': {
      if (!/^\s*\{/.test(text)) return [];
      const root = parsed();
      return root
        ? readAgentSettings({ k: 'map', line: 1, members: [{ key: 'hooks', line: 1, value: root }] }, path)
        : [];
    }
    case 'editor-settings':
      return readEditorSettings(parsed(), folder, has);
    case 'editor-tasks':
      return readTasks(parsed(), folder);
    case 'editor-workspace':
      return readWorkspace(parsed(), folder, has);
    case 'container':
      return readContainer(parsed(), folder, has);
    case 'package':
      // That a package.json cannot be read is said where its modules are looked for.
      return readPackage(parseConfig('json', text).root, folder);
    case 'npmrc':
      return readNpmrc(text);
    case 'environment':
      return assignments(parsed());
    case 'direnv':
      return readDirenv(path, text, means.commands);
    case 'event-script':
      return readEventScript(path, text, what, means.commands);
    case 'plugin':
      return [
        {
          kind: 'extension',
          key: 'plugin',
          occasion: 'when the agent starts',
          line: 1,
          value: text,
          shown: posix.basename(path),
          command: `node ${path}`,
          folder: '',
          remarkable: true,
        },
      ];
    case 'workflow':
      return readWorkflow(parsed());
    case 'instructions':
      return readInstructions(text, path);
  }
}

/** Of variables in a file that applications load as well, only those that change what an agent or an interpreter does. */
function assignments(root: ConfigNode | null): Draft[] {
  if (root?.k !== 'map') return [];
  return root.members.flatMap(({ key, value, line }) => {
    const text = textValue(value) ?? '';
    const risk = variableRisk(key, text);
    return risk && risk.kind !== 'redirected' && key !== 'PATH' ? [variableDraft(key, line, text, risk)] : [];
  });
}

/** direnv asks again after every change: only what is grave is told. */
async function readDirenv(path: string, text: string, commands: Commands): Promise<Draft[]> {
  const effect = await commands.effectOfFile(path, 'shell', openFolder(path));
  const { root } = parseConfig('dotenv', text.replace(/^\s*(?!export\b).*$/gm, ''));
  const variables = assignments(root);
  const risks = effect.risks.filter((r) => r.kind !== 'unpinned-package');
  if (risks.length === 0) return variables;
  const [first, ...others] = variables;
  // What a variable has loaded is the variable's.
  if (first && !risks.some((r) => r.place?.file === path))
    return [{ ...first, risks: [...(first.risks ?? []), ...risks] }, ...others];
  return [...variables, wholeFile(path, risks, 'when somebody enters the folder')];
}
const wholeFile = (path: string, risks: Risk[], occasion: string): Draft => ({
  kind: 'command', key: posix.basename(path), occasion, line: risks.find((r) => r.place?.file === path)?.place?.line ?? 1,
  value: risks.map((r) => [r.kind, r.text]), shown: risks[0]!.text, risks,
}); // prettier-ignore

/** A script that runs at an event of its name, statement by statement: what is new in it is told alone. */
async function readEventScript(
  path: string,
  text: string,
  what: EnvironmentFile,
  commands: Commands,
): Promise<Draft[]> {
  const key = posix.basename(path);
  const occasion = what.tool === 'git' ? `at ${key} of git` : `at ${key}`;
  const folder = openFolder(path);
  const effect = await commands.effectOfFile(path, 'shell', folder);
  if (effect.risks.some((r) => r.kind !== 'unpinned-package'))
    return [wholeFile(path, effect.risks, occasion)];
  const drafts: Draft[] = [];
  if (!effect.routine && !/^#!.*\b(?:node|python\d?|ruby|perl|deno|bun)\b/.test(text))
    for (const { text: statement, line } of statementsOf(text)) {
      const { routine } = await commands.effectOf(statement, folder, { file: path, line });
      if (!routine)
        drafts.push({
          kind: 'command',
          key,
          occasion,
          line,
          value: statement,
          shown: statement,
          risks: effect.risks.filter((r) => statement.includes(r.text)),
        });
    }
  else if (!effect.routine) drafts.push({ kind: 'command', key, occasion, line: 1, value: text, shown: key });
  if (drafts.length > 0) return drafts;
  return [{ kind: 'command', key, occasion, line: 1, value: 'routine', shown: key, routine: true }];
}

/** What a command does, as far as it counts where it stands. */
function ofKind(
  draft: Draft,
  effect: { risks: Risk[]; routine: boolean },
): { risks: Risk[]; routine: boolean } {
  if (draft.kind !== 'text' && draft.kind !== 'script' && !draft.onlyRisks) return effect;
  const risks = effect.risks.filter((r) => r.kind !== 'unpinned-package');
  if (draft.kind !== 'text' || draft.occasion !== null) return { ...effect, risks };
  // In the open, it is an instruction like others, which an agent may ask about.
  const told: RiskKind = 'told-to-fetch';
  return { ...effect, risks: risks.map((r) => (r.kind === 'fetch-and-execute' ? { ...r, kind: told } : r)) };
}

async function linksOut(source: TreeSource, gaps: Gap[]): Promise<EnvironmentSetting[]> {
  const links = (source.links ?? []).filter(({ path }) => !/(?:^|\/)node_modules\//.test(path));
  const blobs = await source.read([...new Set(links.map((l) => l.id))]);
  return links.flatMap(({ path, id }): EnvironmentSetting[] => {
    const bytes = blobs.get(id);
    if (!bytes) {
      gaps.push({
        reason: 'this symbolic link is missing from the object database',
        file: path,
        line: 1,
        affects: [],
      });
      return [];
    }
    const target = new TextDecoder('utf-8').decode(bytes);
    const joined = posix.normalize(posix.join(posix.dirname(path), target));
    if (!target.startsWith('/') && joined !== '..' && !joined.startsWith('../')) return [];
    if (target === '/dev/null') return [];
    const draft: Draft = {
      kind: 'link',
      key: 'link',
      occasion: null,
      line: 1,
      value: target,
      shown: target,
      risks: [riskOf('leaves-repository', target)],
    };
    const setting = settled(draft, { tool: 'what reads the repository', file: path }, null);
    return setting ? [setting] : [];
  });
}

function byPlace(a: EnvironmentSetting, b: EnvironmentSetting): number {
  const key = ({ place, key: name, digest }: EnvironmentSetting): string =>
    `${place.file}\0${String(place.line).padStart(7, '0')}\0${name}\0${digest}`;
  return key(a) < key(b) ? -1 : 1;
}
