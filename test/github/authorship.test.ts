import {
  authorOf,
  authorshipSentence,
  type CommitTraces,
  type PullRequestTraces,
} from '../../app/github/authorship.js';

const ROBIN = { name: 'Robin Vale', email: 'robin@vale.example' };
const commit = (message: string, author = ROBIN, committer = author): CommitTraces => ({
  author,
  committer,
  message,
});
const shown = (traces: Partial<PullRequestTraces>): PullRequestTraces => ({
  author: { login: 'robin', id: 7 },
  branch: 'shelves',
  body: 'Adds shelves.',
  commits: [commit('Add shelves')],
  ...traces,
});
const noreply = (id: number, login: string): CommitTraces['author'] => ({
  name: login,
  email: `${id}+${login}@users.noreply.github.com`,
});
const trailer = (line: string): Partial<PullRequestTraces> => ({
  commits: [commit(`Add shelves\n\nBecause of books.\n\n${line}\n`)],
});

describe('agents', () => {
  test.each<[string, Partial<PullRequestTraces>]>([
    ['Copilot coding agent', { author: { login: 'Copilot', id: 198982749 } }],
    ['Copilot coding agent', { author: { login: 'renamed-since', id: 198982749 } }],
    ['Copilot coding agent', { commits: [commit('x', noreply(198982749, 'copilot-swe-agent[bot]'))] }],
    ['Copilot coding agent', trailer('Agent-Logs-Url: https://github.com/o/r/sessions/1')],
    ['Copilot coding agent', { branch: 'copilot/fix-1' }],
    ['Codex', { branch: 'codex/add-shelves' }],
    ['Codex', trailer('Co-authored-by: Codex <codex@openai.com>')],
    ['Codex', { body: 'See https://chatgpt.com/codex/tasks/task_1' }],
    ['Codex', { author: { login: 'chatgpt-codex-connector[bot]', id: 199175422 } }],
    ['Claude Code', trailer('Co-Authored-By: Claude Opus 4 <noreply@anthropic.com>')],
    ['Claude Code', trailer('Claude-Session: https://claude.ai/code/session_1')],
    ['Claude Code', { body: '🤖 Generated with [Claude Code](https://claude.com/claude-code)' }],
    ['Claude Code', { commits: [commit('x', noreply(209825114, 'claude[bot]'))] }],
    ['Devin', { author: { login: 'devin-ai-integration[bot]', id: 158243242 } }],
    ['Devin', { body: 'Link to run: https://app.devin.ai/sessions/1' }],
    ['Cursor', { commits: [commit('x', { name: 'Cursor Agent', email: 'cursoragent@cursor.com' })] }],
    ['Cursor', trailer('Made-with: Cursor')],
    ['Jules', { author: { login: 'google-labs-jules[bot]', id: 161369871 } }],
    ['Gemini', { commits: [commit('x', noreply(176961590, 'gemini-code-assist[bot]'))] }],
    ['Amp', trailer('Amp-Thread-ID: https://ampcode.com/threads/T-1')],
    ['Amp', trailer('Co-authored-by: Amp <amp@ampcode.com>')],
    ['Factory', trailer('Co-authored-by: factory-droid[bot] <138933559+factory-droid[bot]@users.noreply.github.com>')],
    ['opencode', trailer('Co-authored-by: opencode <noreply@opencode.ai>')],
    ['Aider', { commits: [commit('aider: Add shelves')] }],
    ['Aider', { commits: [commit('x', { ...ROBIN, name: 'Robin Vale (aider)' })] }],
    ['a language model', trailer('Assisted-by: Claude:claude-opus-4 coccinelle')],
  ])('%s: %j', (agent, traces) => {
    expect(authorOf(shown(traces))?.agent).toBe(agent);
  }); // prettier-ignore
});

describe('no agents', () => {
  test.each<[string, Partial<PullRequestTraces>]>([
    ['nothing shows', {}],
    ['dependabot', { author: { login: 'dependabot[bot]', id: 49699333 }, branch: 'dependabot/npm/x' }],
    ['renovate', { author: { login: 'renovate[bot]', id: 29139614 }, branch: 'renovate/all', commits: [commit('x', noreply(29139614, 'renovate[bot]'))] }],
    ['a person called Claude', { author: { login: 'claude', id: 81847 }, commits: [commit('x', { name: 'Claude', email: 'claude@vale.example' })] }],
    ['a person called Gemini', { commits: [commit('x', { name: 'Gemini', email: '512+gemini@users.noreply.github.com' })] }],
    ['somebody else under the name of an agent', { commits: [commit('x', noreply(99, 'copilot-swe-agent[bot]'))] }],
    ['a co-author called Claude', trailer('Co-authored-by: Claude Monet <claude@giverny.example>')],
    ['made with love', trailer('Made-with: love')],
    ['a person assisted', trailer('Assisted-by: Gemini Jones <gemini@jones.example>')],
    ['a person assisted, without an address', trailer('Assisted-by: Claude from accounting')],
    ['an agent is written about', { body: 'Codex and Claude Code disagree about claude/ branches.', commits: [commit('Explain noreply@anthropic.com')] }],
    ['a branch about an agent', { branch: 'fix/claude-docs' }],
  ])('%s', (_, traces) => {
    expect(authorOf(shown(traces))).toBeNull();
  }); // prettier-ignore
});

test('the evidence is counted, and says which agent shows most', () => {
  const trailers = 'Add\n\nCo-Authored-By: Claude <noreply@anthropic.com>';
  const made = authorOf(
    shown({
      branch: 'claude/add',
      commits: [commit(trailers), commit('By hand'), commit(trailers), commit(trailers)],
    }),
  );
  expect(made).not.toBeNull();
  expect(authorshipSentence(made!)).toBe(
    'Written with Claude Code: trailer Co-Authored-By in 3 of 4 commits; the name of the branch.',
  );
});

test('nothing that the author wrote is repeated', () => {
  const made = authorOf(
    shown({
      ...trailer('Claude-Session: <img src=x> @everyone'),
      branch: 'claude/<script>',
      body: '](javascript:1)',
    }),
  );
  expect(authorshipSentence(made!)).toBe(
    'Written with Claude Code: trailer Claude-Session in 1 of 1 commit; the name of the branch.',
  );
});
