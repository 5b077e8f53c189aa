import type { Format } from './document.js';

/** How a file is to be read. */
export type Role =
  /** Keys and values that an agent obeys. */
  | 'agent-settings'
  /** A hook of an agent in a file of its own. */
  | 'agent-hook'
  | 'editor-settings'
  | 'editor-tasks'
  | 'editor-workspace'
  | 'container'
  | 'package'
  | 'npmrc'
  | 'environment'
  | 'direnv'
  /** A script that git or an agent runs at an event, by its name. */
  | 'event-script'
  /** Code that an agent loads. */
  | 'plugin'
  | 'workflow'
  /** Text that an agent takes for instructions. */
  | 'instructions';

export interface EnvironmentFile {
  role: Role;
  tool: string;
  format: Format;
}

type Row = readonly [RegExp, Role, string];
/** Folders of agents, and what is in them is obeyed by. */
const AGENT_FOLDERS: readonly (readonly [string, string])[] = [
  ['.claude', 'Claude Code'],
  ['.claude-plugin', 'Claude Code'],
  ['.codex', 'Codex'],
  ['.cursor', 'Cursor'],
  ['.gemini', 'Gemini CLI'],
  ['.qwen', 'Qwen Code'],
  ['.kiro', 'Kiro'],
  ['.amazonq', 'Amazon Q'],
  ['.junie', 'Junie'],
  ['.opencode', 'opencode'],
  ['.roo', 'Roo Code'],
  ['.cline', 'Cline'],
  ['.clinerules', 'Cline'],
  ['.windsurf', 'Windsurf'],
  ['.codeium', 'Windsurf'],
  ['.zed', 'Zed'],
  ['.continue', 'Continue'],
  ['.augment', 'Augment'],
  ['.trae', 'Trae'],
  ['.factory', 'Factory'],
  ['.crush', 'Crush'],
  ['.goose', 'Goose'],
  ['.agents', 'agents'],
  ['.agent', 'agents'],
  ['.github/hooks', 'Copilot'],
  ['.github/copilot', 'Copilot'],
];
const GIT_HOOK =
  '(?:applypatch-msg|pre-applypatch|post-applypatch|pre-commit|pre-merge-commit|prepare-commit-msg|commit-msg|post-commit|pre-rebase|post-checkout|post-merge|pre-push|post-rewrite|pre-auto-gc|reference-transaction)';
const TEXT = /\.(?:md|mdc|mdx|markdown|txt|rules)$/;

/** The first that fits. Written for the path from the top of the repository; the tools look in nested folders too. */
const ROWS: readonly Row[] = [
  [/(?:^|\/)\.vscode\/mcp\.json$/, 'agent-settings', 'VS Code'],
  [/(?:^|\/)\.vscode\/settings\.json$/, 'editor-settings', 'VS Code'],
  [/(?:^|\/)\.vscode\/tasks\.json$/, 'editor-tasks', 'VS Code'],
  [/\.code-workspace$/, 'editor-workspace', 'VS Code'],
  [/(?:^|\/)\.devcontainer(?:\/[^/]+)?\/devcontainer\.json$|(?:^|\/)\.devcontainer\.json$/, 'container', 'the development container'],
  [/(?:^|\/)\.?mcp(?:\.local)?\.json$/, 'agent-settings', 'agents'],
  [/(?:^|\/)opencode\.jsonc?$/, 'agent-settings', 'opencode'],
  [/(?:^|\/)\.?crush\.json$/, 'agent-settings', 'Crush'],
  [/(?:^|\/)\.aider\.conf\.ya?ml$/, 'agent-settings', 'Aider'],
  [/(?:^|\/)\.roomodes$/, 'agent-settings', 'Roo Code'],
  [/(?:^|\/)\.kiro\/hooks\/[^/]+$/, 'agent-hook', 'Kiro'],
  [/(?:^|\/)\.clinerules\/hooks\/[^/]+$/, 'event-script', 'Cline'],
  [/(?:^|\/)\.opencode\/plugins?\/[^/]+\.[cm]?[jt]s$/, 'plugin', 'opencode'],
  [/(?:^|\/)(?:CLAUDE|CLAUDE\.local)\.md$/, 'instructions', 'Claude Code'],
  [/(?:^|\/)(?:AGENTS|AGENT|AGENTS\.override)\.md$/, 'instructions', 'agents'],
  [/(?:^|\/)GEMINI\.md$/, 'instructions', 'Gemini CLI'],
  [/(?:^|\/)(?:QWEN|CRUSH|JULES|CONVENTIONS|WARP)\.md$|(?:^|\/)\.goosehints$/, 'instructions', 'agents'],
  [/(?:^|\/)\.(?:cursorrules|windsurfrules|clinerules|roorules(?:-[\w-]+)?|rules|aider\.conventions\.md)$/, 'instructions', 'agents'],
  [/(?:^|\/)\.github\/(?:copilot-instructions\.md|(?:instructions|prompts|chatmodes|agents|skills)\/.+\.md)$/, 'instructions', 'Copilot'],
  [/(?:^|\/)package\.json$/, 'package', 'package managers'],
  [/(?:^|\/)\.npmrc$/, 'npmrc', 'npm'],
  [/(?:^|\/)\.envrc$/, 'direnv', 'direnv'],
  [new RegExp(String.raw`(?:^|\/)(?:\.husky|\.githooks|\.git-hooks|githooks|git-hooks|\.hooks|hooks)\/${GIT_HOOK}$`), 'event-script', 'git'],
  [/^\.github\/workflows\/[^/]+\.ya?ml$/, 'workflow', 'GitHub Actions'],
]; // prettier-ignore
const ENVIRONMENT = /(?:^|\/)\.env(?:\.[\w-]+)*$/;
/** Nobody loads these. */
const EXAMPLE = /\.(?:example|sample|template|tmpl|dist|defaults?|schema|test|ci|vault)(?:$|\.)/i;
/** Not of this project, or there to be looked at by its tests. */
const APART =
  /(?:^|\/)(?:node_modules|vendor|third_party|bower_components|__fixtures__|fixtures|testdata|__snapshots__)\//;

/** What the file makes a tool do is to be looked at; null where nothing is known to obey it. */
export function environmentFile(path: string): EnvironmentFile | null {
  if (APART.test(path) || /(?:^|\/)\.claude-plugin\/marketplace\.json$/.test(path)) return null;
  for (const [pattern, role, tool] of ROWS)
    if (pattern.test(path)) return { role, tool, format: formatOf(path) };
  for (const [folder, tool] of AGENT_FOLDERS) {
    const at = `/${path}`.indexOf(`/${folder}/`);
    if (at < 0) continue;
    const rest = path.slice(at + folder.length + 1);
    if (/(?:^|\/)\.env(?:\.local)?$/.test(rest)) return { role: 'environment', tool, format: 'dotenv' };
    if (TEXT.test(rest)) return { role: 'instructions', tool, format: 'yaml' };
    // Deeper down in a skill there are its data.
    if (
      /\.(?:jsonc?|toml|ya?ml)$/.test(rest) &&
      !/^skills\/.+\/.+\/|(?:^|\/)(?:package(?:-lock)?|tsconfig|schema)[\w.-]*\.json$|pnpm-lock/.test(rest)
    )
      return { role: 'agent-settings', tool, format: formatOf(rest) };
    if (rest !== '' && !rest.includes('.') && (folder === '.clinerules' || /^rules(?:-\w+)?\//.test(rest)))
      return { role: 'instructions', tool, format: 'yaml' };
    return null;
  }
  if (ENVIRONMENT.test(path) && !EXAMPLE.test(path.slice(path.lastIndexOf('/') + 1)))
    return { role: 'environment', tool: 'what loads .env files', format: 'dotenv' };
  return null;
}
function formatOf(path: string): Format {
  if (path.endsWith('.toml')) return 'toml';
  return /\.ya?ml$|\.roomodes$/.test(path) ? 'yaml' : 'json';
}
