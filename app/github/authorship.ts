/** What a pull request shows of who made it. Nothing of it is proof of a person: trailers are easily left out. */
export interface PullRequestTraces {
  author: { login: string; id: number | null };
  branch: string;
  body: string;
  commits: readonly CommitTraces[];
}
export interface CommitTraces {
  author: { name: string; email: string };
  committer: { name: string; email: string };
  message: string;
}
/** An agent that took part, and by what that shows, strongest first. Texts of ours, with no text of the pull request in them. */
export interface Authorship {
  agent: string;
  evidence: string[];
}

interface Agent {
  name: string;
  /** Ids of its accounts, which stay when names change. */
  ids: readonly number[];
  /** Its accounts, by names that GitHub gives to nobody else: those of Apps, and reserved ones. */
  logins: readonly string[];
  emails?: RegExp;
  branch?: RegExp;
  body?: RegExp;
  /** Lines at the end of a message: key, then value. */
  trailers?: readonly (readonly [key: RegExp, value: RegExp])[];
  /** Elsewhere in a message. */
  message?: RegExp;
  /** Its own form of a name for authors and committers. */
  names?: RegExp;
}

const ANY = /./;
const AGENTS: readonly Agent[] = [
  {
    name: 'Copilot coding agent', ids: [198982749], logins: ['Copilot', 'copilot-swe-agent[bot]'], branch: /^copilot\//,
    trailers: [[/^Agent-Logs-Url$/i, /^https?:\/\//]],
  },
  {
    name: 'Codex', ids: [242516109, 199175422], logins: ['openai-code-agent[bot]', 'chatgpt-codex-connector[bot]'], branch: /^codex\//,
    emails: /^(?:codex|noreply)@openai\.com$/i, body: /https:\/\/(?:www\.)?chatgpt\.com\/codex\b/,
  },
  {
    name: 'Claude Code', ids: [209825114, 242468646], logins: ['claude[bot]', 'anthropic-code-agent[bot]'], branch: /^claude\//,
    emails: /^noreply@anthropic\.com$/i, body: /\bGenerated with \[Claude Code\]\(https:\/\//, message: /\bGenerated with \[Claude Code\]\(https:\/\//,
    trailers: [[/^Claude-Session$/i, ANY]],
  },
  { name: 'Devin', ids: [158243242], logins: ['devin-ai-integration[bot]'], branch: /^devin\//, body: /https:\/\/app\.devin\.ai\// },
  {
    name: 'Cursor', ids: [206951365], logins: ['cursor[bot]'], branch: /^cursor\//, emails: /^cursoragent@cursor\.com$/i,
    trailers: [[/^Made-with$/i, /^Cursor$/i]],
  },
  { name: 'Jules', ids: [161369871], logins: ['google-labs-jules[bot]'] },
  { name: 'Gemini', ids: [176961590], logins: ['gemini-code-assist[bot]'], emails: /^gemini-cli(?:-robot)?@google\.com$/i, names: /^gemini-cli(?:\[bot\])?$/ },
  { name: 'Amp', ids: [], logins: [], emails: /^amp@ampcode\.com$/i, trailers: [[/^Amp-Thread-ID$/i, ANY]] },
  { name: 'Factory', ids: [138933559], logins: ['factory-droid[bot]'] },
  { name: 'Codegen', ids: [], logins: ['codegen-sh[bot]'] },
  { name: 'Amazon Q', ids: [], logins: ['amazon-q-developer[bot]'] },
  { name: 'Kiro', ids: [], logins: ['kiro-agent[bot]', 'kiro-agent'] },
  { name: 'opencode', ids: [], logins: ['opencode-agent[bot]'], emails: /^noreply@opencode\.ai$/i },
  { name: 'Aider', ids: [], logins: [], emails: /^noreply@aider\.chat$/i, message: /^aider: \S/, names: / \(aider\)$/ },
  { name: 'Windsurf', ids: [], logins: [], emails: /^windsurf@codeium\.com$/i },
  { name: 'Warp', ids: [], logins: [], emails: /^oz-agent@warp\.dev$/i },
  { name: 'Replit', ids: [], logins: [], trailers: [[/^Replit-Commit-Author$/i, /\bagent\b/i]] },
]; // prettier-ignore

/** Models, as `Assisted-by:` names them in the manner of the kernel: `Claude:claude-opus-4`, `gpt-5`. People are named by name and address. */
const MODEL =
  /^(?:[A-Za-z][\w .-]*:\s*)?(?:claude|gpt|o[1-9]|gemini|grok|llama|mistral|codestral|devstral|qwen\d*|deepseek|kimi|glm)-?[\w]*(?:[-.][\w.]+)+(?=\s|$|\[)/i;
const NOREPLY = /^(?:(\d+)\+)?([\w.[\]-]+)@users\.noreply\.(?:github\.com|[\w.-]+)$/i;

/** Where an event shows nothing of who made a pull request. */
export const NOTHING_SHOWN: Omit<PullRequestTraces, 'commits'> = {
  author: { login: '', id: null },
  branch: '',
  body: '',
};

/**
 * Which agent wrote a pull request, as far as it shows; null where nothing shows. Used for policy and for the reader, never for
 * the verdict. Accounts are told by their ids where there is one, so that a person who is called like an agent is none.
 */
export function authorOf(traces: PullRequestTraces): Authorship | null {
  let best: { agent: Agent; evidence: string[]; weight: number } | null = null;
  const messages = traces.commits.map((commit) => ({ ...commit, trailers: trailersOf(commit.message) }));
  for (const agent of AGENTS) {
    const evidence: string[] = [];
    let weight = 0;
    const add = (text: string, points: number): void => {
      evidence.push(text);
      weight += points;
    };
    const count = (test: (commit: (typeof messages)[number]) => boolean): number =>
      messages.filter(test).length;
    const inCommits = (n: number): string =>
      `in ${n} of ${messages.length} ${messages.length === 1 ? 'commit' : 'commits'}`;
    if (isAccount(agent, traces.author.login, traces.author.id)) add('opened by its account', 100);
    const made = count((c) => isPerson(agent, c.author) || isPerson(agent, c.committer));
    if (made > 0) add(`author or committer ${inCommits(made)}`, 50);
    const together = count((c) =>
      c.trailers.some(
        ([key, value]) =>
          /^(?:co-authored-by|signed-off-by|assisted-by)$/i.test(key) && isMentioned(agent, value),
      ),
    );
    if (together > 0) add(`trailer Co-Authored-By ${inCommits(together)}`, 40);
    for (const [key, value] of agent.trailers ?? []) {
      const n = count((c) => c.trailers.some(([k, v]) => key.test(k) && value.test(v)));
      if (n > 0) add(`trailer ${key.source.replace(/[\^$]/g, '')} ${inCommits(n)}`, 40);
    }
    const said = agent.message ? count((c) => agent.message!.test(c.message)) : 0;
    if (said > 0) add(`its mark in the message ${inCommits(said)}`, 30);
    if (agent.body?.test(traces.body)) add('its mark in the description', 20);
    if (agent.branch?.test(traces.branch)) add('the name of the branch', 10);
    if (weight > (best?.weight ?? 0)) best = { agent, evidence, weight };
  }
  if (best) return { agent: best.agent.name, evidence: best.evidence };
  const assisted = messages.filter((c) =>
    c.trailers.some(
      ([key, value]) => /^assisted-by$/i.test(key) && MODEL.test(value) && !value.includes('@'),
    ),
  );
  return assisted.length > 0
    ? {
        agent: 'a language model',
        evidence: [
          `trailer Assisted-by with the name of a model in ${assisted.length} of ${messages.length} commits`,
        ],
      }
    : null;
}

/** One sentence for the reader: `Written with Claude Code: trailer Co-Authored-By in 3 of 4 commits.` */
export function authorshipSentence({ agent, evidence }: Authorship): string {
  return `Written with ${agent}: ${evidence.join('; ')}.`;
}

/** Whether an account is known to be one of an agent, whatever GitHub says of its type. */
export const isAgentAccount = (login: string, id: number | null): boolean =>
  AGENTS.some((agent) => isAccount(agent, login, id));

function isAccount(agent: Agent, login: string, id: number | null): boolean {
  if (id !== null && agent.ids.includes(id)) return true;
  // An id that is known to be another's says more than a name.
  if (id !== null && agent.ids.length > 0 && !login.endsWith('[bot]'))
    return login === 'Copilot' && agent.logins.includes(login);
  return agent.logins.includes(login);
}
function isPerson(agent: Agent, { name, email }: { name: string; email: string }): boolean {
  if (agent.emails?.test(email)) return true;
  const [, id, login] = NOREPLY.exec(email) ?? [];
  if (id !== undefined)
    return (
      agent.ids.includes(Number(id)) ||
      (agent.ids.length === 0 && agent.logins.includes(login!) && login!.endsWith('[bot]'))
    );
  if (login !== undefined) return agent.logins.includes(login) && login.endsWith('[bot]');
  return agent.names?.test(name) ?? false;
}
/** `Claude <noreply@anthropic.com>` */
function isMentioned(agent: Agent, value: string): boolean {
  const [, name, email] = /^(.*?)\s*<([^<>\s]+)>\s*$/.exec(value) ?? [];
  return email !== undefined && isPerson({ ...agent, names: undefined }, { name: name ?? '', email });
}

const MAX_MESSAGE = 20_000;
/** The last paragraphs of lines with keys; squashed messages hold several, so each line that looks like one counts. */
function trailersOf(message: string): [string, string][] {
  return message
    .slice(-MAX_MESSAGE)
    .split('\n')
    .slice(1)
    .flatMap((line): [string, string][] => {
      const [, key, value] = /^\s{0,4}([A-Za-z][A-Za-z-]{1,40}):[ \t]*(\S.{0,500})$/.exec(line) ?? [];
      return key && value ? [[key, value.trim()]] : [];
    });
}
