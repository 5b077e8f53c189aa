import { createRequire } from 'node:module';
import { sendWebhook } from './deliveries.js';
import { now, type StandInPullRequest, type StandInRepository } from './repository.js';

type Payload = Record<string, unknown>;

/** Delivers webhooks as GitHub does: real payloads, adapted, signed and sent by HTTP. */
export class Webhooks {
  constructor(
    /** The App's webhook URL. */
    readonly url: string,
    private readonly secret: string,
  ) {}

  pullRequest(
    repository: StandInRepository,
    pullRequest: StandInPullRequest,
    action: 'opened' | 'synchronize' | 'reopened' | 'closed' | 'ready_for_review' | 'converted_to_draft',
  ): Promise<Response> {
    pullRequest.updatedAt = now();
    return this.send('pull_request', pullRequestPayload(repository, pullRequest, action));
  }

  /** The default branch moved to `sha`. */
  push(repository: StandInRepository, before: string, after: string): Promise<Response> {
    const payload = example('push', null);
    Object.assign(payload, {
      ...context(repository, payload),
      ref: `refs/heads/${repository.defaultBranch}`,
    });
    return this.send(
      'push',
      Object.assign(payload, { before, after, created: false, deleted: false, forced: false }),
    );
  }

  checkRunRerequested(
    repository: StandInRepository,
    run: { id: number; head_sha: string },
  ): Promise<Response> {
    const payload = example('check_run', 'rerequested');
    Object.assign(payload, context(repository, payload));
    // Empty, as it is for pull requests from forks.
    Object.assign(payload['check_run'] as Payload, { ...run, pull_requests: [] });
    return this.send('check_run', payload);
  }

  /** Somebody presses a button of a check run. */
  checkRunAction(
    repository: StandInRepository,
    run: { id: number; head_sha: string },
    { login }: { login: string },
    identifier: string,
  ): Promise<Response> {
    const payload = example('check_run', 'requested_action');
    const sender = { ...(payload['sender'] as Payload), login, type: 'User' };
    Object.assign(payload, context(repository, payload), { sender, requested_action: { identifier } });
    Object.assign(payload['check_run'] as Payload, { ...run, pull_requests: [] });
    return this.send('check_run', payload);
  }

  /** An event with a payload that GitHub really sent once, made to be about a repository, with `changes` laid over it. */
  event(
    repository: StandInRepository,
    name: string,
    action: string,
    changes: Payload = {},
    options: { guid?: string } = {},
  ): Promise<Response> {
    const payload = example(name, action);
    const { repository: about, installation } = context(repository, payload);
    // Those about installations are about no repository.
    Object.assign(payload, { installation }, payload['repository'] ? { repository: about } : {}, changes);
    return this.send(name, payload, options);
  }

  /** Sends a delivery; the same `guid` twice is a redelivery. */
  send(event: string, payload: object, options: { guid?: string; secret?: string } = {}): Promise<Response> {
    const target = { url: this.url, secret: options.secret ?? this.secret };
    return sendWebhook(target, event, JSON.stringify(payload), options.guid);
  }
}

/** A `pull_request` payload about a pull request of the stand-in. */
export function pullRequestPayload(
  repository: StandInRepository,
  pullRequest: StandInPullRequest,
  action: string,
): Payload {
  const payload = example('pull_request', action);
  const { number, title, state, mergeSha, baseRef, baseSha, headRef, headSha, fork } = pullRequest;
  const { updatedAt: updated_at, before } = pullRequest;
  const about = context(repository, payload);
  const details = payload['pull_request'] as Payload & { head: Payload; base: Payload };
  const forked = {
    ...(about.repository as Payload),
    id: repository.id + 1,
    full_name: `someone/${repository.name}`,
    fork: true,
  };
  Object.assign(details, { number, title, state, merged: mergeSha !== null, merge_commit_sha: mergeSha });
  Object.assign(details, { updated_at });
  if (action === 'synchronize') Object.assign(payload, { before, after: headSha });
  Object.assign(details.base, { ref: baseRef, sha: baseSha, repo: about.repository });
  Object.assign(details.head, { ref: headRef, sha: headSha, repo: fork ? forked : about.repository });
  return Object.assign(payload, about, { action, number });
}

/** Repository and installation of a payload, made to be the stand-in's. */
function context(
  repository: StandInRepository,
  payload: Payload,
): { repository: Payload; installation: Payload } {
  const { id, owner, name, defaultBranch, installationId } = repository;
  const template = (payload['repository'] ?? {}) as Payload & { owner?: Payload };
  return {
    repository: {
      ...template,
      id,
      node_id: `R_standin${id}`,
      name,
      full_name: `${owner}/${name}`,
      owner: { ...template.owner, login: owner, name: owner },
      default_branch: defaultBranch,
    },
    installation: { id: installationId, node_id: `I_standin${installationId}` },
  };
}

interface Examples {
  name: string;
  examples: Payload[];
}

/** A payload that GitHub really sent once. */
function example(event: string, action: string | null): Payload {
  const events = createRequire(import.meta.url)('@octokit/webhooks-examples') as Examples[];
  const payloads = events.find(({ name }) => name === event)?.examples ?? [];
  const found = payloads.find((payload) => action === null || payload['action'] === action);
  if (!found) throw new Error(`@octokit/webhooks-examples has no ${event} with action ${action ?? '(any)'}`);
  return structuredClone(found);
}
