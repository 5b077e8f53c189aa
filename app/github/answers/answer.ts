import type { Answer } from '../../../store/answers.js';
import type { FindingRecord } from '../../../store/findings.js';
import type { Store } from '../../../store/store.js';
import type { Policy } from '../../../analysis/policy-file/policy.js';
import { code, visible } from '../../report/escape.js';
import type { Asking } from '../jobs.js';
import type { AnswerClient, CurrentPullRequest } from './answer-client.js';
import { commandsIn, MAX_COMMANDS, subjectIn, VERBS, type Command, type Subject } from './command.js';
import { explanation, overview } from './explanation.js';
import { isProgram, whyNotAsk, whyNotDecide } from './permission.js';

const MAX_REASON = 500;
const MAX_REPLY = 60_000;

export interface AnswerInput {
  store: Store;
  client: AnswerClient;
  repositoryId: number;
  number: number;
  asking: Asking;
  /** What the base branch of the pull request decides with: its policy, and whom the policy's file belongs to. */
  authority(baseRef: string): Promise<{ policy: Policy; codeOwners: string[] }>;
  /** Judges these pull requests again. */
  rejudge(numbers: readonly number[], here: CurrentPullRequest): void;
  /** Tells what was decided, for the log. */
  note(what: object, message: string): void;
}

/** What came of one command: done where there is no `problem`; `say` is what to write all the same. */
interface Result {
  problem?: string;
  say?: string;
  /** Pull requests whose answer it changes. */
  rejudge?: readonly number[];
}

/**
 * Does what somebody asks for on a pull request, and says what came of it: a reaction where it was done, words where it was
 * not, or where words were asked for. Doing it twice is doing it once.
 */
export async function answer(input: AnswerInput): Promise<void> {
  const { client, number, asking } = input;
  const { how } = asking;
  const commands = 'button' in how ? [{ verb: verbOf(how.button), rest: '' }] : commandsIn(how.text);
  if (commands.length === 0) return;
  const comment = 'button' in how ? null : { id: how.comment, on: how.on };
  // One that answers a program may be answered by it in turn, for ever.
  if (isProgram(asking.by)) {
    if (comment) await client.react(comment, 'confused');
    return;
  }
  const pullRequest = await client.pullRequest(number);
  const results: Result[] = [];
  for (const command of commands.slice(0, MAX_COMMANDS))
    results.push(await carryOut(command, input, pullRequest));
  if (commands.length > MAX_COMMANDS)
    results.push({ problem: `at most ${MAX_COMMANDS} commands of a comment are carried out` });
  input.rejudge([...new Set(results.flatMap((r) => r.rejudge ?? []))], pullRequest);
  const refused = results.some((r) => r.problem !== undefined);
  if (comment) await client.react(comment, refused ? 'confused' : '+1');
  const words = results.flatMap(({ problem, say }) =>
    problem ? [`Not done: ${problem}.`] : say ? [say] : [],
  );
  if (words.length === 0) return;
  const to = comment && 'thread' in how ? { id: how.thread ?? how.comment, on: how.on } : null;
  const body = words.join('\n\n');
  await client.reply(number, {
    mark: 'button' in how ? `button-${Date.parse(asking.at)}` : `${how.on}-${how.comment}`,
    body: body.length <= MAX_REPLY ? body : `${body.slice(0, MAX_REPLY)}…`,
    to,
    since: asking.at,
  });
}

const verbOf = (button: string): Command['verb'] => VERBS.find((verb) => verb === button) ?? null;

async function carryOut(
  { verb, rest }: Command,
  input: AnswerInput,
  pullRequest: CurrentPullRequest,
): Promise<Result> {
  const { store, client, repositoryId, number, asking } = input;
  const asked = { by: asking.by, author: pullRequest.author, client };
  if (verb === null) return { problem: `there is no such command; there are ${VERBS.map(usage).join(', ')}` };
  if (!pullRequest.open) return { problem: 'the pull request is closed' };
  if (verb === 'rescan' || verb === 'explain') {
    const refusal = await whyNotAsk(asked);
    if (refusal) return { problem: refusal };
    if (verb === 'explain') return explain(rest, input);
    // It may have been opened before the App was there to see it.
    store.pullRequests.open(repositoryId, number, pullRequest.headSha, pullRequest.baseRef);
    return { rejudge: [number] };
  }
  const { policy, codeOwners } = await input.authority(pullRequest.baseRef);
  const refusal = await whyNotDecide(asked, policy, codeOwners);
  if (refusal) return { problem: refusal };
  return { accept, public: open, revoke }[verb](rest, input);
}

const usage = (verb: (typeof VERBS)[number]): string =>
  ({
    accept: '`/postern accept <finding> <reason>`',
    public: '`/postern public <entry point> <reason>`',
    explain: '`/postern explain <finding>`',
    rescan: '`/postern rescan`',
    revoke: '`/postern revoke <finding>`',
  })[verb];

/** The finding that a command names or, in the thread of our comment on one, that one. */
function findingMeant(
  rest: string,
  input: AnswerInput,
): { finding: FindingRecord; rest: string } | { problem: string } {
  const { store, repositoryId, number, asking } = input;
  const findings = store.findings.of(repositoryId, number);
  const named = subjectIn(
    rest,
    findings.map(({ fingerprint }) => ({ id: fingerprint, names: [] })),
  );
  if ('subject' in named)
    return { finding: findings.find((f) => f.fingerprint === named.subject)!, rest: named.rest };
  const thread = 'thread' in asking.how ? asking.how.thread : null;
  const spoken = thread === null ? null : store.reviews.findingOf(repositoryId, number, thread);
  const ofThread = findings.find((f) => f.fingerprint === spoken);
  if (ofThread) return { finding: ofThread, rest };
  return {
    problem: {
      none: 'it does not say which finding: the check lists them, each with its fingerprint',
      unknown: `there is no finding ${firstWord(rest)} here: the check lists them, each with its fingerprint`,
      ambiguous: `more than one finding begins with ${firstWord(rest)}`,
    }[named.problem],
  };
}

function accept(rest: string, input: AnswerInput): Result {
  const meant = findingMeant(rest, input);
  if ('problem' in meant) return meant;
  const { finding } = meant;
  const why = reasonIn(meant.rest);
  if (why === null) return { problem: `a reason is needed: ${usage('accept')}` };
  if (finding.status === 'resolved')
    return { problem: `finding ${code(finding.fingerprint)} is not there any more` };
  const effects = finding.told?.effects ?? null;
  if (effects === null)
    return { problem: 'the finding was told by an earlier release: ask for `/postern rescan` first' };
  const { fingerprint: subject, rule, lastHead: headSha } = finding;
  give(input, { kind: 'accept', subject, rule, why, effects, headSha });
  return { rejudge: [input.number] };
}

function open(rest: string, input: AnswerInput): Result {
  const { store, repositoryId, number } = input;
  const judged = store.pullRequests.overlay(repositoryId, number);
  const entryPoints = (judged?.overlay ?? []).filter(
    ({ change, effects }) => change !== 'removed' && effects,
  );
  const named = subjectIn(
    rest,
    entryPoints.map(({ entryPoint }) => subjectOf(entryPoint)),
  );
  if ('problem' in named)
    return {
      problem: {
        none: `it does not say which entry point: ${usage('public')}`,
        unknown: `this pull request adds and changes no entry point ${firstWord(rest)}; what else is open is for \`public\` in the policy`,
        ambiguous: 'more than one entry point is meant: give its whole id, in backticks',
      }[named.problem],
    };
  const why = reasonIn(named.rest);
  if (why === null) return { problem: `a reason is needed: ${usage('public')}` };
  const effects = entryPoints.find(({ entryPoint }) => entryPoint === named.subject)!.effects!;
  const headSha = judged!.headSha;
  give(input, { kind: 'public', subject: named.subject, rule: null, why, effects, headSha });
  return { rejudge: [number] };
}

/** `server: http GET /orders` is meant by `GET /orders` too. */
function subjectOf(entryPoint: string): Subject {
  const [, name] = /^.*?: \S+ (.+)$/s.exec(entryPoint) ?? [];
  return { id: entryPoint, names: name === undefined ? [] : [name] };
}

function give(
  { store, repositoryId, number, asking, note }: AnswerInput,
  given: Pick<Answer, 'kind' | 'subject' | 'rule' | 'why' | 'effects' | 'headSha'>,
): void {
  const { by, at, how } = asking;
  const source = 'comment' in how ? `${how.on} ${how.comment}` : at;
  const who = { who: by.login, whoId: by.id };
  store.answers.give({ repositoryId, pullRequest: number, ...given, ...who, givenAt: at, source });
  note({ repositoryId, pullRequest: number, kind: given.kind, subject: given.subject, ...who }, 'accepted');
}

function revoke(rest: string, input: AnswerInput): Result {
  const { store, repositoryId, number, asking, note } = input;
  const standing = store.answers.inForce(repositoryId, [number]);
  const subjects = new Map(standing.map(({ subject }) => [subject, subjectOf(subject)]));
  const named = subjectIn(rest, [...subjects.values()]);
  let subject = 'subject' in named ? named.subject : null;
  if ('problem' in named) {
    const meant = findingMeant(rest, input);
    if ('finding' in meant && subjects.has(meant.finding.fingerprint)) subject = meant.finding.fingerprint;
  }
  // This very comment has done it already, and the process ended before it was said.
  const isOurs = ({ revokedBy, revokedAt }: Answer): boolean =>
    revokedBy === asking.by.login && revokedAt === asking.at;
  if (subject === null && store.answers.all(repositoryId).some(isOurs)) return { rejudge: [number] };
  if (subject === null)
    return {
      problem:
        standing.length === 0
          ? 'nothing is accepted here that could be revoked; what the policy waives is taken out of its file'
          : `no acceptance of ${firstWord(rest)} is in force; \`/postern explain\` lists those that are`,
    };
  const ids = standing.filter((a) => a.subject === subject).map(({ id }) => id);
  store.answers.revoke(repositoryId, ids, asking.by.login, asking.at);
  note({ repositoryId, pullRequest: number, subject, who: asking.by.login }, 'acceptance revoked');
  const others = store.pullRequests.openWith(repositoryId, subject);
  return { rejudge: [number, ...others] };
}

function explain(rest: string, input: AnswerInput): Result {
  const { store, repositoryId, number } = input;
  const standing = store.answers.inForce(repositoryId, [number]);
  const inThread = 'thread' in input.asking.how && input.asking.how.thread !== null;
  if (rest === '' && !inThread) return { say: overview(store.findings.of(repositoryId, number), standing) };
  const meant = findingMeant(rest, input);
  if ('problem' in meant) return meant;
  return { say: explanation(meant.finding, standing) };
}

/** A reason as it is kept: bounded, on one line; null where there is none. */
function reasonIn(text: string): string | null {
  const bare = visible(text.replace(/\s+/g, ' ').trim());
  if (!/[\p{L}\p{N}]/u.test(bare)) return null;
  return bare.length <= MAX_REASON ? bare : `${bare.slice(0, MAX_REASON - 1)}…`;
}

const firstWord = (text: string): string => code(text.split(/\s+/, 1)[0]!.slice(0, 80));
