import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '../../analysis/divergences/finding.js';
import type { Model } from '../../analysis/model/model.js';
import { byId, effectsOf } from '../../analysis/policy/waivers.js';
import { POLICY_FILE } from '../../analysis/policy-file/policy.js';
import type { NewWaiver } from '../../analysis/policy-file/write.js';
import { judgedChange } from './check.js';
import { CommandError } from './failure.js';
import { today, type PolicyOptions } from './policy.js';
import { inspected } from './scan.js';
import { withWorkspace, type CommonOptions, type Workspace } from './workspace.js';

export interface WaiveOptions extends CommonOptions, Pick<PolicyOptions, 'policy'> {
  why: string;
  until?: string;
  /** Default: who git's configuration says is working here. */
  who?: string;
  /** Findings are looked for in what the work tree changes of this; default: in the work tree as it is. */
  base?: string;
}

/** Shorter beginnings of a fingerprint are too easily those of another finding. */
const MIN_PREFIX = 6;

/** Writes down that a finding is intended, with what its entry point does today; the answer says where. */
export function waive(fingerprint: string, options: WaiveOptions): Promise<string> {
  return withWorkspace(options, async (workspace) => {
    const { topLevel } = workspace.repository;
    if (topLevel === null)
      throw new CommandError(`${options.repo} has no work tree: a waiver is written into its ${POLICY_FILE}`);
    if (options.until !== undefined && options.until < today())
      throw new CommandError(`--until ${options.until} is over already`);
    const who = options.who ?? (await workspace.repository.whoWorksHere());
    if (who === null)
      throw new CommandError('git does not know who you are: set user.name, or say it with --who');
    const { findings, model } = await findingsIn(workspace, options);
    const finding = findingOf(fingerprint, findings, options.base);
    const effects = effectsOf(finding, byId(model));
    const entry = { finding: finding.id, who, why: options.why, until: options.until ?? null, effects };
    const line = await write(path.join(topLevel, POLICY_FILE), entry);
    const covers =
      effects.length > 0 ? `it covers ${effects.map((e) => `\`${e}\``).join(', ')}, and ` : 'it ';
    return `waived in ${POLICY_FILE}:${line}: ${covers}counts once it is in the base branch`;
  });
}

async function findingsIn(
  workspace: Workspace,
  options: WaiveOptions,
): Promise<{ findings: Finding[]; model: Model }> {
  if (options.base !== undefined) {
    const { head, judgement } = await judgedChange(workspace, {
      ...options,
      base: options.base,
      head: undefined,
    });
    return { findings: judgement.findings, model: head };
  }
  const { policy } = options;
  const { model, judgement } = await inspected(workspace, await workspace.repository.workTree(), { policy });
  return { findings: judgement.findings, model };
}

function findingOf(fingerprint: string, findings: readonly Finding[], base: string | undefined): Finding {
  const open = findings.filter((f) => f.status !== 'resolved');
  const exact = open.filter((f) => f.id === fingerprint);
  const found =
    exact.length > 0 || fingerprint.length < MIN_PREFIX
      ? exact
      : open.filter((f) => f.id.startsWith(fingerprint));
  if (found.length > 1) throw new CommandError(`several findings begin with ${fingerprint}: give more of it`);
  if (found[0]) return found[0];
  const where =
    base === undefined
      ? 'in the work tree; with --base it is looked for in what a change brings too'
      : `in what the work tree changes of ${base}`;
  throw new CommandError(`there is no finding ${fingerprint} ${where}`);
}

/** The line at which the waiver stands afterwards. */
async function write(file: string, waiver: NewWaiver): Promise<number> {
  const { withWaiver } = await import('../../analysis/policy-file/write.js');
  const { readPolicyFile } = await import('../../analysis/policy-file/read.js');
  const present = await lstat(file).catch(() => null);
  if (present && !present.isFile()) throw new CommandError(`${POLICY_FILE} is no regular file`);
  let text: string;
  try {
    text = withWaiver(present ? await readFile(file, 'utf8') : null, waiver);
  } catch (error) {
    throw new CommandError(`${POLICY_FILE} cannot be added to: ${(error as Error).message}`);
  }
  // Read as a check will read it: what would not count there shall not be written.
  const { waivers, mistakes } = readPolicyFile(text, POLICY_FILE);
  const written = waivers.find((w) => w.finding === waiver.finding);
  if (!written)
    throw new CommandError(`the waiver would not count: ${mistakes[0]?.reason ?? 'it is not read back'}`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return written.at.line;
}
