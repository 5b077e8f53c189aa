/** Judges a change as a step of GitHub Actions; `action.yml` runs it. */
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { judgedChange } from '../cli/check.js';
import { CommandError, inOneLine } from '../cli/failure.js';
import { print, render } from '../cli/output.js';
import { warnOfMistakes } from '../cli/policy.js';
import { withWorkspace } from '../cli/workspace.js';
import type { GitRepository } from '../git/repository.js';
import { authorOf, NOTHING_SHOWN } from '../github/authorship.js';
import { linksOf, placementOf } from '../github/placement.js';
import { toMarkdown } from '../report/markdown.js';
import { exitStatus, failedReport, toReport, type Report } from '../report/report.js';
import { askedBy, type Asked } from './event.js';
import { withCommonAncestor, withParents } from './history.js';

/** GitHub's bound on what all steps of a job add to its summary. */
const MAX_SUMMARY = 1024 * 1024;

const FAIL_ON = ['policy', 'incomplete', 'never'] as const;

interface Inputs {
  token: string;
  base: string;
  head: string;
  policy: string;
  author: string;
  failOn: (typeof FAIL_ON)[number];
  sarifFile: string;
  cache: string;
  workingDirectory: string;
}

function readInputs(env: NodeJS.ProcessEnv): Inputs {
  const input = (name: string): string => env[`POSTERN_${name}`]?.trim() ?? '';
  const failOn = (input('FAIL_ON') || 'policy') as Inputs['failOn'];
  if (!FAIL_ON.includes(failOn))
    throw new CommandError(
      `the input fail-on must be one of ${FAIL_ON.join(', ')}, not ${JSON.stringify(failOn)}`,
    );
  const author = input('AUTHOR');
  if (!['', 'agent', 'person'].includes(author))
    throw new CommandError(`the input author must be agent, person or empty, not ${JSON.stringify(author)}`);
  return {
    token: input('TOKEN'),
    base: input('BASE'),
    head: input('HEAD'),
    policy: input('POLICY'),
    author,
    failOn,
    sarifFile: input('SARIF_FILE'),
    cache: input('CACHE'),
    workingDirectory: input('WORKING_DIRECTORY') || '.',
  };
}

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  let report: Report;
  let page: string;
  let inputs: Inputs | null = null;
  let sarif: string | null = null;
  try {
    inputs = readInputs(env);
    sarif = inputs.sarifFile ? within(env, inputs.sarifFile) : null;
    ({ report, page } = await judge(env, inputs));
  } catch (error) {
    report = failedReport(inOneLine(error));
    page = toMarkdown(report);
  }
  await print(await render(report, 'github'));
  if (sarif !== null) writeFileSync(sarif, await render(report, 'sarif'));
  summarise(env, page);
  const status = exitStatus(report);
  const blocking = report.findings.filter((finding) => finding.blocking).length;
  say(env, {
    outcome: ['passed', 'blocked', 'failed', 'incomplete'][status]!,
    blocking: String(blocking),
    new: String(report.summary.new),
    'sarif-file': sarif === null ? '' : inputs!.sarifFile,
  });
  process.exitCode = exitCode(status, inputs?.failOn ?? 'policy');
}

/** What was not analysed never passes, whatever is asked for: nobody would look again. */
function exitCode(status: 0 | 1 | 2 | 3, failOn: Inputs['failOn']): number {
  if (status === 2) return 2;
  if (failOn === 'never') return 0;
  return status === 3 && failOn === 'policy' ? 0 : status;
}

async function judge(env: NodeJS.ProcessEnv, inputs: Inputs): Promise<{ report: Report; page: string }> {
  const folder = within(env, inputs.workingDirectory);
  const { asked, base, head } = await commits(env, inputs, folder);
  const common = { repo: folder, cache: inputs.cache || undefined };
  return withWorkspace(common, async (workspace) => {
    const { repository } = workspace;
    const [from, to] = [await repository.resolve(base), await repository.resolve(head)];
    const author = inputs.author || (await authorIn(repository, asked, from, to));
    const change = await judgedChange(workspace, {
      ...common,
      base: from,
      head: to,
      ...(inputs.policy ? { policy: within(env, inputs.policy) } : {}),
      ...(author === 'unknown' ? {} : { author: author as 'agent' | 'person' }),
    });
    warnOfMistakes(change.judgement);
    const { base: comparedWith, judged } = change.change;
    const report = toReport({
      mode: 'check',
      model: change.head,
      judgement: change.judgement,
      base: comparedWith,
      head: to,
    });
    const placement = await placementOf(repository, change.judgement, {
      judged,
      comparedWith,
      head: to,
      mergeBase: null,
    });
    const url = `${env['GITHUB_SERVER_URL']}/${env['GITHUB_REPOSITORY']}`;
    const page = toMarkdown(report, {
      limit: room(env),
      linkOf: linksOf({ placement, headSha: to, comparedWith }, url),
    });
    return { report, page };
  });
}

async function commits(
  env: NodeJS.ProcessEnv,
  inputs: Inputs,
  folder: string,
): Promise<{ asked: Asked; base: string; head: string }> {
  const asked = askedBy(env, payloadOf(env), inputs);
  const url = `${env['GITHUB_SERVER_URL']}/${env['GITHUB_REPOSITORY']}.git`;
  const remote = { folder, url, token: inputs.token };
  if (asked.kind === 'range') {
    await withCommonAncestor(remote, asked.base, asked.head);
    return { asked, base: asked.base, head: asked.head };
  }
  await withParents(remote, asked.commit, asked.ref);
  return { asked, base: `${asked.commit}^1`, head: asked.commit };
}

/** Of a pull request, its branch, account and text are seen; of what was merged before, only the commits. */
async function authorIn(
  repository: GitRepository,
  asked: Asked,
  base: string,
  head: string,
): Promise<'agent' | 'person' | 'unknown'> {
  const shown = asked.kind === 'merge' ? asked.shown : null;
  const made = await repository.authored(base, head);
  if (authorOf({ ...(shown ?? NOTHING_SHOWN), commits: made })) return 'agent';
  return shown ? 'person' : 'unknown';
}

function payloadOf(env: NodeJS.ProcessEnv): unknown {
  const file = env['GITHUB_EVENT_PATH'];
  if (!file) return {};
  return JSON.parse(readFileSync(file, 'utf8')) as unknown;
}

/** A path that a workflow gives, below the checkout. @throws CommandError where it leads out of it */
function within(env: NodeJS.ProcessEnv, file: string): string {
  const workspace = path.resolve(env['GITHUB_WORKSPACE'] || '.');
  const found = path.resolve(workspace, file);
  const leading = path.relative(workspace, found);
  if (leading.startsWith('..') || path.isAbsolute(leading))
    throw new CommandError(`${JSON.stringify(file)} leads out of the checkout`);
  return found;
}

function room(env: NodeJS.ProcessEnv): number {
  const file = env['GITHUB_STEP_SUMMARY'];
  const taken = file ? (statSync(file, { throwIfNoEntry: false })?.size ?? 0) : 0;
  return Math.max(1000, MAX_SUMMARY - taken - 1000);
}

function summarise(env: NodeJS.ProcessEnv, page: string): void {
  const file = env['GITHUB_STEP_SUMMARY'];
  if (file) appendFileSync(file, `## Postern\n\n${page}\n`);
}

/** Each value is of our own making, or a path from the workflow: neither has line breaks. */
function say(env: NodeJS.ProcessEnv, outputs: Record<string, string>): void {
  const file = env['GITHUB_OUTPUT'];
  if (!file) return;
  const lines = Object.entries(outputs).map(([name, value]) => `${name}=${value.replace(/[\r\n]/g, '')}\n`);
  appendFileSync(file, lines.join(''));
}

main(process.env).catch((error: unknown) => {
  process.stderr.write(`postern: ${inOneLine(error)}\n`);
  process.exitCode = 2;
});
