import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { POLICY_FILE } from '../../analysis/policy-file/policy.js';
import type { Finding } from '../../analysis/divergences/finding.js';
import type { Model } from '../../analysis/model/model.js';
import { startingPolicy, type Established } from '../../analysis/starting-policy.js';
import { visible } from '../report/escape.js';
import { print } from './output.js';
import { CommandError } from './failure.js';
import type { PolicyOptions } from './policy.js';
import { inspected } from './scan.js';
import { withWorkspace, type CommonOptions } from './workspace.js';

export interface InitOptions extends CommonOptions, Pick<PolicyOptions, 'policy'> {
  /** Only show it. */
  print?: boolean;
}

/** Writes a policy that fits what the work tree holds, and says in it why. One that is there already is left alone. */
export function init(options: InitOptions): Promise<void> {
  return withWorkspace(options, async (workspace) => {
    const { repository } = workspace;
    // As a policy that is given from elsewhere has it, so that what that opens is not listed.
    const { policy } = options;
    const { model, judgement } = await inspected(workspace, await repository.workTree(), { policy });
    const text = policyText(model, judgement.findings);
    if (options.print) return print(text);
    const place = path.join(repository.topLevel!, POLICY_FILE);
    await mkdir(path.dirname(place), { recursive: true });
    try {
      await writeFile(place, text, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new CommandError(
        `${POLICY_FILE} is there already: \`postern init --print\` shows what would be written`,
      );
    }
    await print(
      `${text}\nWritten to ${POLICY_FILE}. Read it, and commit it: a check goes by the file of its base.\n`,
    );
  });
}

/** The file. Each entry stands under the reason for it. */
export function policyText(model: Model, findings: readonly Finding[]): string {
  const found = startingPolicy(model);
  const diverging = new Set(
    findings
      .filter((f) => f.level !== 'note' && f.status !== 'waived' && f.entryPoint !== null)
      .map((f) => f.entryPoint!),
  );
  const parts = [
    `# What Postern is told about this repository. Every key: docs/policy.md of Postern.\n# Begun by \`postern init\` from ${model.entryPoints.length} entry points.`,
    found.require.length > 0
      ? `# Each of these holds today without exception: nothing that is there is told of, and the first exception blocks.\nrequire:\n${found.require.map(requirement).join('\n')}`
      : '# No protection was found that holds without exception under a path or for an entity: nothing is required.\n# require: []',
    ...(found.ignore.length > 0
      ? [`# Examples: they are not deployed, and need no protection.\nignore:\n${list(found.ignore)}`]
      : []),
    ...(diverging.size > 0
      ? [
          `# ${diverging.size} ${diverging.size === 1 ? 'entry point diverges' : 'entry points diverge'} from what peers have. None blocks a change that leaves it alone. Open on purpose is said so:\n# public:\n${[
            ...diverging,
          ]
            .slice(0, SHOWN)
            .map((id) => `#   - entryPoint: ${quoted(id)}\n#     reason: why`)
            .join(
              '\n',
            )}${diverging.size > SHOWN ? `\n# and ${diverging.size - SHOWN} more: postern scan` : ''}`,
        ]
      : []),
    ...(found.unfollowed.length > 0
      ? [
          `# These stand in front of entry points and could not be followed, so that nothing is said of what lies behind them. Where they are of\n# a package, say what they enforce (docs/own-guards.md):\n# guards:\n${found.unfollowed
            .slice(0, SHOWN)
            .map(
              (name) =>
                `#   - module: the package of ${quoted(name)}\n#     export: ${quoted(name)}\n#     enforces: authentication`,
            )
            .join('\n')}`,
        ]
      : []),
  ];
  return `${parts.join('\n\n')}\n`;
}
const SHOWN = 20;

function requirement({ protection, where, count }: Established): string {
  const what =
    'path' in where || 'name' in where
      ? `all ${count} entry points under it have it`
      : `all ${count} that write it have it`;
  return [
    `  - protection: ${protection}`,
    ...Object.entries(where).map(([key, value]) => `    ${key}: ${quoted(value)}`),
    `    reason: ${what}`,
  ].join('\n');
}
const list = (items: readonly string[]): string => items.map((each) => `  - ${quoted(each)}`).join('\n');
/** YAML takes the texts of JSON. What hides or reorders is written out, so that comments stay comments. */
const quoted = (text: string): string => JSON.stringify(visible(text));
