import { createHash } from 'node:crypto';

/** Names of limits that are kept apart; GitHub could send any text. */
const RESOURCES = new Set(['core', 'search', 'code_search', 'graphql', 'integration_manifest']);

interface Window {
  resource: string;
  remaining: number;
  /** When GitHub gives all of it back, in milliseconds. */
  resetAt: number;
}

/** What GitHub's answers say is left of the limits, by who asked. */
export class RateLimits {
  private readonly windows = new Map<string, Window>();

  saw(authorization: string, headers: Headers): void {
    const remaining = Number(headers.get('x-ratelimit-remaining') ?? NaN);
    const reset = Number(headers.get('x-ratelimit-reset') ?? NaN);
    const named = headers.get('x-ratelimit-resource') ?? 'core';
    if (!Number.isFinite(remaining) || !Number.isFinite(reset)) return;
    const resource = RESOURCES.has(named) ? named : 'other';
    // Not the token itself: what is kept for figures might be shown with them one day.
    const who = createHash('sha256').update(authorization).digest('base64');
    this.windows.set(`${resource} ${who}`, { resource, remaining, resetAt: reset * 1000 });
  }

  /** The least that anybody has left, by limit; what was given back meanwhile is forgotten. */
  remaining(now: number): Map<string, number> {
    const least = new Map<string, number>();
    for (const [key, { resource, remaining, resetAt }] of this.windows) {
      if (resetAt <= now) this.windows.delete(key);
      else least.set(resource, Math.min(remaining, least.get(resource) ?? Infinity));
    }
    return least;
  }
}
