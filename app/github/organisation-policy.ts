import type { ProbotOctokit } from 'probot';
import { NOTHING_ELSE, type Elsewhere } from '../../analysis/policy-file/of-tree.js';
import { POLICY_FILE } from '../../analysis/policy-file/policy.js';
import type { RepositoryRecord } from '../../store/repository-records.js';

type Octokit = InstanceType<typeof ProbotOctokit>;

/** Where an owner keeps what holds for all of its repositories. */
const DEFAULTS_REPOSITORY = '.github';
/** Pull requests come in bursts; who changes the defaults waits no longer than this. */
const KEPT_MS = 5 * 60_000;

/** Reads the policy that an owner's repositories share, as each installation may. */
export class OrganisationPolicies {
  private readonly kept = new Map<string, { until: number; found: Elsewhere }>();

  /**
   * The defaults for a repository. None where the owner has none, or the installation may not see them: GitHub does not
   * tell the one from the other. Where they could not be read for another reason, the answer says so, and is not kept.
   */
  async of(octokit: Octokit, { owner, name, installationId }: RepositoryRecord): Promise<Elsewhere> {
    // Its own file is the one that is asked for.
    if (name === DEFAULTS_REPOSITORY) return NOTHING_ELSE;
    const key = `${installationId} ${owner}`;
    const known = this.kept.get(key);
    if (known && known.until > Date.now()) return known.found;
    const file = `${owner}/${DEFAULTS_REPOSITORY}/${POLICY_FILE}`;
    try {
      const text = await this.read(octokit, owner);
      const found = text === null ? NOTHING_ELSE : { defaults: { file, text }, unread: [] };
      this.kept.set(key, { until: Date.now() + KEPT_MS, found });
      return found;
    } catch (error) {
      const reason = `what holds for all repositories of ${owner} could not be read: ${(error as Error).message}`;
      return { defaults: null, unread: [{ file, line: 1, key: null, reason }] };
    }
  }

  /** @throws when GitHub answers anything but the file, or that there is none */
  private async read(octokit: Octokit, owner: string): Promise<string | null> {
    try {
      const { data } = await octokit.rest.repos.getContent({
        owner,
        repo: DEFAULTS_REPOSITORY,
        path: POLICY_FILE,
      });
      if (Array.isArray(data) || data.type !== 'file' || data.encoding !== 'base64')
        throw new Error(`${POLICY_FILE} is no file, or too large a one`);
      return Buffer.from(data.content, 'base64').toString('utf8');
    } catch (error) {
      if ((error as { status?: number }).status === 404) return null;
      throw error;
    }
  }
}
