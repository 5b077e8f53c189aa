import type { RepositoryRecord } from '../../store/repository-records.js';
import { policyTexts, readPolicy } from '../../analysis/policy-file/of-tree.js';
import { withRepository } from '../git/repository.js';
import { toReport } from '../report/report.js';
import type { Connection } from './connection.js';
import type { StandingModels } from './readers/standing.js';

/**
 * Gives what diverges in a default branch to code scanning, where its policy says so: GitHub tells what a pull request brings
 * from what was there by it. Nothing waits for this, and nothing fails with it.
 */
export async function uploadBranch(
  repository: RepositoryRecord,
  {
    standing,
    connect,
    warn,
  }: {
    standing: StandingModels;
    connect(repository: RepositoryRecord): Promise<Connection>;
    warn(message: string): void;
  },
): Promise<void> {
  const place = `${repository.owner}/${repository.name}`;
  try {
    const connection = await connect(repository);
    const ref = `refs/heads/${repository.defaultBranch}`;
    const elsewhere = await connection.organisationPolicy();
    const { codeScanning } = await withRepository(await standing.gitDirectory(repository), async (git) =>
      readPolicy(await policyTexts(await git.tree(ref), elsewhere)),
    );
    if (codeScanning !== 'upload') return;
    const found = await standing.of(repository);
    if (!found) return;
    const { commit, model, judgement } = found;
    const report = toReport({ mode: 'scan', model, judgement, base: null, head: commit });
    const reason = await connection.codeScanning.upload(report, { commit, ref });
    if (reason !== null) warn(`code scanning of ${place} does not have what diverges in ${ref}: ${reason}`);
  } catch (error) {
    warn(`code scanning of ${place} could not be told what diverges: ${(error as Error).message}`);
  }
}
