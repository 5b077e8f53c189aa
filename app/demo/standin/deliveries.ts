import { createHmac, randomUUID } from 'node:crypto';

/** Where an App listens, and the secret that it knows senders by. */
export interface Target {
  url: string;
  secret: string;
}

/** An attempt to deliver a webhook, as the API lists it. */
export interface SentWebhook {
  id: number;
  guid: string;
  event: string;
  body: string;
  delivered_at: string;
  /** 0 where there was nobody to take it. */
  status_code: number;
}

/** Signs a webhook and sends it by HTTP, as GitHub does; the same `guid` twice is a redelivery. */
export function sendWebhook(
  { url, secret }: Target,
  event: string,
  body: string,
  guid: string = randomUUID(),
): Promise<Response> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/standin',
      'x-github-event': event,
      'x-github-delivery': guid,
      'x-hub-signature-256': `sha256=${signature}`,
    },
  });
}

/** Brings webhooks of the emulator to the App: with ids of git, and a delivery id of their own. */
export class Deliveries {
  /** Every attempt, newest first. */
  readonly sent: SentWebhook[] = [];
  private target: Target | null = null;
  private gate: Promise<void> = Promise.resolve();
  private expected: { what: string; arrived: () => void }[] = [];

  /** From now on what happens is told there; before, nothing is. */
  connect(url: string, secret: string): void {
    this.target = { url, secret };
  }

  /** What happens meanwhile is told afterwards: ids that it speaks of may get their meaning first. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    let release = (): void => {};
    this.gate = new Promise((resolve) => (release = resolve));
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Resolves when the next webhook of this kind was delivered; at once where none are. */
  next(what: string): Promise<void> {
    if (this.target === null) return Promise.resolve();
    return new Promise((resolve) => this.expected.push({ what, arrived: resolve }));
  }

  /** @param outbound translates what is sent */
  async deliver(event: string, body: string, outbound: (text: string) => string): Promise<void> {
    if (this.target === null) return;
    await this.gate;
    const text = outbound(body);
    const { action } = JSON.parse(text) as { action?: string };
    await this.send(event, text, randomUUID());
    const what = action === undefined ? event : `${event}.${action}`;
    // Some were waited for in vain before, where something was refused.
    for (const each of this.expected) if (each.what === what) each.arrived();
    this.expected = this.expected.filter((each) => each.what !== what);
  }

  /** Sends one again that was sent before; false where there is none of this id. */
  async again(id: number): Promise<boolean> {
    const before = this.sent.find((each) => each.id === id);
    if (before) await this.send(before.event, before.body, before.guid);
    return before !== undefined;
  }

  private async send(event: string, body: string, guid: string): Promise<void> {
    const id = this.sent.length + 1;
    const attempt = { id, guid, event, body, delivered_at: new Date().toISOString(), status_code: 0 };
    this.sent.unshift(attempt);
    // There may be nobody to take it.
    attempt.status_code = await sendWebhook(this.target!, event, body, guid).then(
      ({ status }) => status,
      () => 0,
    );
  }
}
