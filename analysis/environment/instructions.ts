import type { Risk } from '../model/environment.js';
import { readAgentSettings } from './agent-settings.js';
import { lineOf, parseConfig } from './document.js';
import { riskOf, type Draft } from './draft.js';
import { hiddenText } from './hidden-text.js';

/**
 * Reads a text for agents: characters that nobody sees; what its head of YAML sets; commands that it has run (`!`…`` in
 * Claude Code, `!{…}` in Gemini CLI); and commands in code that it tells to run, of which only those count that fetch and execute.
 */
export function readInstructions(text: string, path: string): Draft[] {
  const drafts: Draft[] = [];
  for (const { line, what, says } of hiddenText(text))
    drafts.push({
      kind: 'text', key: 'text', occasion: null, line, value: [what, says, text.split('\n')[line - 1]],
      shown: says === null ? what : `${what} that read "${says.slice(0, 60)}"`, risks: [riskOf('hidden-text', what)],
    }); // prettier-ignore
  const head = /^---[ \t]*\r?\n([^]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text);
  if (head && /\.(?:md|mdc|markdown)$/.test(path)) {
    // Heads with globs that are no YAML (`globs: *.ts`) are common: such a one sets nothing else.
    const { root, errors } = parseConfig('yaml', head[1]!);
    if (errors.length === 0)
      for (const draft of readAgentSettings(root, path))
        drafts.push({ ...draft, line: draft.line + 1, risks: draft.risks?.map(whileUsed) });
  }
  if (/(?:^|\/)commands\//.test(path))
    for (const match of text.matchAll(/!`([^`\n]+)`|!\{([^}\n]+)\}/g)) {
      const command = (match[1] ?? match[2])!;
      const line = lineOf(text, match.index);
      drafts.push({
        kind: 'command',
        key: 'text',
        occasion: 'when this command is used',
        line,
        value: command,
        shown: command,
        command,
        onlyRisks: true,
      });
    }
  drafts.push(...toldCommands(text));
  return drafts;
}

/** What a command or a skill may do without a question, it may while it is used: less than a setting for all. */
const whileUsed = (risk: Risk): Risk =>
  risk.kind === 'approval-off' && /^(?:Bash|Shell)\b/.test(risk.text)
    ? { ...risk, kind: 'approval-less' }
    : risk;

/** Code in fences and spans; one finding a place at most, and only where something is fetched and run. */
function toldCommands(text: string): Draft[] {
  const drafts: Draft[] = [];
  const push = (command: string, index: number): void => {
    if (!/\b(?:curl|wget|iwr|irm|fetch|base64|eval|node|python3?|sh|bash|npx|bunx|uvx)\b|\.\//.test(command))
      return;
    const line = lineOf(text, index);
    const hidden = inComment(text, index);
    drafts.push({
      kind: 'text', key: 'text', occasion: hidden ? 'in a comment, which a rendered page does not show' : null, line,
      value: command, shown: command, command, onlyRisks: true,
    }); // prettier-ignore
  };
  const masked = text.replace(
    /^([ \t]*)(`{3,}|~{3,})[ \t]*([\w-]*)[^\n]*\n([^]*?)^[ \t]*\2[ \t]*$/gm,
    (whole, _, __, language: string, code: string, at: number) => {
      if (/^(?:|sh|bash|shell|zsh|console|terminal|shell-session)$/i.test(language)) {
        let from = at + whole.indexOf('\n') + 1;
        for (const line of code.split('\n')) {
          push(line.replace(/^\s*[$>%]\s+/, ''), from);
          from += line.length + 1;
        }
      }
      return whole.replace(/[^\n]/g, ' ');
    },
  );
  for (const match of masked.matchAll(/(?<!!)`([^`\n]+)`/g))
    if (/\s/.test(match[1]!)) push(match[1]!, match.index);
  return drafts;
}
function inComment(text: string, index: number): boolean {
  const open = text.lastIndexOf('<!--', index);
  return open >= 0 && !text.slice(open, index).includes('-->');
}
