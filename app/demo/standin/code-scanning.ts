import { gunzipSync } from 'node:zlib';
import { known, Unprocessable } from './check-runs.js';

/** What was uploaded to code scanning, unpacked. */
export interface StandInSarif {
  repositoryId: number;
  commit: string;
  ref: string;
  log: { version: string; runs: { results: { ruleId: string; baselineState?: string }[] }[] };
}

const UPLOAD = ['commit_sha', 'ref', 'sarif', 'checkout_uri', 'started_at', 'tool_name', 'validate'];

/** @throws Unprocessable where GitHub would not take it */
export function acceptSarif(repositoryId: number, body: Record<string, unknown>): StandInSarif {
  known('the upload', body, UPLOAD);
  const { commit_sha: commit, ref, sarif } = body as Record<string, string>;
  if (!/^[0-9a-f]{40}$/.test(commit ?? '')) throw new Unprocessable('commit_sha');
  if (!/^refs\/(?:heads\/.+|tags\/.+|pull\/\d+\/(?:merge|head))$/.test(ref ?? ''))
    throw new Unprocessable('ref');
  const log = JSON.parse(
    gunzipSync(Buffer.from(sarif ?? '', 'base64')).toString('utf8'),
  ) as StandInSarif['log'];
  if (log.version !== '2.1.0' || log.runs.length === 0) throw new Unprocessable('sarif');
  return { repositoryId, commit: commit!, ref: ref!, log };
}
