import { gzipSync } from 'node:zlib';
import type { ProbotOctokit } from 'probot';
import type { RepositoryRecord } from '../../store/repository-records.js';
import { packageVersion } from '../cli/package-version.js';
import type { Report } from '../report/report.js';
import { toSarif } from '../report/sarif.js';
import type { Placement } from './placement.js';

type Octokit = InstanceType<typeof ProbotOctokit>;

/** GitHub's bound on what is uploaded, packed as it is. */
const MAX_BYTES = 10 * 1024 * 1024;

/** Gives findings to GitHub's code scanning, for one repository. */
export class CodeScanningClient {
  constructor(
    private readonly octokit: Octokit,
    private readonly repository: Pick<RepositoryRecord, 'owner' | 'name'>,
  ) {}

  /**
   * Uploads a report of a commit. GitHub replaces by it what was uploaded for the same ref before.
   * @returns why GitHub has it not; null where it took it. What is refused is nothing to fail for: the check says it all the same.
   */
  async upload(report: Report, at: { commit: string; ref: string }): Promise<string | null> {
    const packed = gzipSync(toSarif(report, packageVersion()));
    if (packed.length > MAX_BYTES) return 'it is more than GitHub takes';
    if (!(await this.may()))
      return 'the App was not given the permission Code scanning alerts: write, which it does not ask for by itself';
    try {
      await this.octokit.rest.codeScanning.uploadSarif({
        owner: this.repository.owner,
        repo: this.repository.name,
        commit_sha: at.commit,
        ref: at.ref,
        sarif: packed.toString('base64'),
        tool_name: 'Postern',
        request: { retries: 0 },
      });
      return null;
    } catch (error) {
      const { status, message } = error as { status?: number; message: string };
      if (status === 403 || status === 404)
        return `code scanning is not enabled for this repository (${message})`;
      return `GitHub did not take it (${message})`;
    }
  }

  private async may(): Promise<boolean> {
    const { permissions } = (await this.octokit.auth({ type: 'installation' })) as {
      permissions?: Record<string, string>;
    };
    return permissions?.['security_events'] === 'write';
  }
}

/** A report whose findings stand where the head of a pull request has them: what was judged is what its merge would produce. */
export function atHead(report: Report, placement: Placement): Report {
  const findings = report.findings.map((finding) => {
    const sighting = placement[`${finding.file}:${finding.line}`];
    return sighting?.commit === 'head' ? { ...finding, line: sighting.line } : finding;
  });
  return { ...report, findings };
}
