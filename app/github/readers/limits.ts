import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { RateLimiterMemory } from 'rate-limiter-flexible';

const MINUTE = 60;

/**
 * Bounds how often strangers make the App ask GitHub something: GitHub would take it for the App's own doing, and shut it out.
 * One address may little of it, all together may more.
 */
export class Limit {
  private readonly one: RateLimiterMemory;
  private readonly all: RateLimiterMemory;

  constructor(each: { ofOne: number; ofAll: number }) {
    this.one = new RateLimiterMemory({ points: each.ofOne, duration: MINUTE });
    this.all = new RateLimiterMemory({ points: each.ofAll, duration: MINUTE });
  }

  /** Null where it may be; else in how many seconds to try again. */
  async refuses(request: IncomingMessage): Promise<number | null> {
    try {
      await this.one.consume(addressOf(request));
      await this.all.consume('all');
      return null;
    } catch (refusal) {
      return Math.ceil(((refusal as { msBeforeNext?: number }).msBeforeNext ?? MINUTE * 1000) / 1000);
    }
  }
}

/** Who asks: the peer or, where that is a proxy on a network of our own, whom that proxy says to have been asked by. */
export function addressOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string {
  const peer = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  if (!isPrivate(peer)) return peer;
  // The last one is what the proxy itself has seen; what stands before it anybody may have written.
  const said = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .at(-1)!
    .trim();
  return isIP(said) ? said : peer;
}

const isPrivate = (address: string): boolean =>
  /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|::1$|f[cd][0-9a-f]{2}:|fe80:)/i.test(
    address,
  );
