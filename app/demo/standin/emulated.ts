import { createEmulator } from 'emulate';
import { Twins } from './twins.js';

/** Keeps every repository in order, and merges. */
export const MAINTAINER = { login: 'robin', token: 'token-of-robin' };
/** Has no rights, and proposes changes from a fork. */
export const OUTSIDER = { login: 'someone', token: 'token-of-someone' };
export type Person = typeof MAINTAINER;

export const APP_SLUG = 'postern';
/** What the App is given, as `app.yml` asks for it. */
export const PERMISSIONS = {
  contents: 'read',
  checks: 'write',
  pull_requests: 'write',
  issues: 'read',
  metadata: 'read',
};

export interface EmulatedOptions {
  appId: number;
  /** In PEM. */
  privateKey: string;
  installationId: number;
  owners: readonly string[];
  permissions: Record<string, string>;
  url: string;
  hooks: { url: string; secret: string };
  /** By which tokens of people are asked for, and where people may be sent back to with a code. */
  client: { id: string; secret: string; callbacks: readonly string[] };
}

/** An answer of the API that refuses. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * An independent GitHub, the npm package `emulate`: it knows apps and what they may do, pull requests, reviews, checks and
 * the protection of branches, and no git. Commits are made known to it as twins.
 */
export class Emulated {
  readonly twins = new Twins();

  private constructor(
    private readonly emulator: { url: string; close(): Promise<void> },
    /** What the world outside calls it. */
    private readonly url: string,
  ) {}

  static async start(options: EmulatedOptions): Promise<Emulated> {
    const { appId, privateKey, installationId, owners, permissions, url, hooks, client } = options;
    const people = [MAINTAINER, OUTSIDER];
    const emulator = await createEmulator({
      service: 'github',
      port: 0,
      hostname: '127.0.0.1',
      seed: {
        tokens: Object.fromEntries(people.map(({ login, token }) => [token, { login, scopes: ['repo'] }])),
        github: {
          users: people.map(({ login }) => ({ login, email: `${login}@example.test` })),
          orgs: owners.map((login) => ({ login, members: [{ login: MAINTAINER.login, role: 'admin' }] })),
          oauth_apps: [
            {
              client_id: client.id,
              client_secret: client.secret,
              name: 'Postern',
              redirect_uris: [...client.callbacks],
            },
          ],
          apps: [
            {
              app_id: appId,
              slug: APP_SLUG,
              name: 'Postern',
              private_key: privateKey,
              permissions,
              events: ['pull_request', 'push', 'check_run', 'check_suite'],
              webhook_url: hooks.url,
              webhook_secret: hooks.secret,
              installations: owners.map((account, at) => ({
                installation_id: installationId + at,
                account,
                permissions,
              })),
            },
          ],
        },
      },
    });
    return new Emulated(emulator, url);
  }

  /** A request as it came, with ids translated in both directions. */
  async pass(request: {
    method: string;
    path: string;
    authorization: string | undefined;
    body: string;
  }): Promise<{ status: number; text: string; link: string | null }> {
    const response = await fetch(`${this.emulator.url}${this.twins.inbound(request.path)}`, {
      method: request.method,
      headers: {
        'content-type': 'application/json',
        ...(request.authorization ? { authorization: request.authorization } : {}),
      },
      ...(request.body === '' ? {} : { body: this.twins.inbound(request.body) }),
    });
    const text = this.outbound(await response.text());
    const link = response.headers.get('link');
    return { status: response.status, text, link: link === null ? null : this.outbound(link) };
  }

  /** What browsers and clients of OAuth ask, as it came, without following where it leads. */
  async web(asked: { method: string; path: string; query: string; body: string }): Promise<{
    status: number;
    text: string;
    type: string;
    location: string | null;
  }> {
    const response = await fetch(`${this.emulator.url}${asked.path}?${asked.query}`, {
      method: asked.method,
      redirect: 'manual',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      ...(asked.body === '' ? {} : { body: asked.body }),
    });
    const type = response.headers.get('content-type') ?? 'text/html';
    return {
      status: response.status,
      text: await response.text(),
      type,
      location: response.headers.get('location'),
    };
  }

  /** A text of the emulator as the world outside is to read it. */
  outbound(text: string): string {
    return this.twins.outbound(text).replaceAll(this.emulator.url, this.url);
  }

  /** Asks as a person. @throws Refused */
  async as<T>({ token }: Person, method: string, path: string, body?: object): Promise<T> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const answer = await this.pass({ method, path, authorization: `token ${token}`, body: text });
    const parsed = (answer.text === '' ? {} : JSON.parse(answer.text)) as T & { message?: string };
    if (answer.status >= 400) throw new Refused(answer.status, parsed.message ?? `status ${answer.status}`);
    return parsed;
  }

  /** Makes a commit of git known in a repository, where it is not yet. */
  async know(person: Person, repository: string, sha: string): Promise<void> {
    const place = `/repos/${repository}/git`;
    // Not by `as`: an id that already has a twin would be replaced by it.
    const content = `commit ${sha.slice(0, 20)} ${sha.slice(20)}\n`;
    const tree = await this.as<{ sha: string }>(person, 'POST', `${place}/trees`, {
      tree: [{ path: 'commit', mode: '100644', type: 'blob', content }],
    });
    const author = { name: person.login, email: 'git@example.test', date: '2026-01-01T00:00:00Z' };
    const made = await this.as<{ sha: string }>(person, 'POST', `${place}/commits`, {
      message: content,
      tree: tree.sha,
      parents: [],
      author,
      committer: author,
    });
    if (this.twins.of(sha) === null) this.twins.pair(sha, made.sha);
  }

  close(): Promise<void> {
    return this.emulator.close();
  }
}
