import { randomInt, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Unprocessable, createCheckRun, updateCheckRun, type StandInCheckRun } from './check-runs.js';
import { Credentials } from './credentials.js';
import { serveGit } from './git-http.js';
import { StandInRepository } from './repository.js';

/** Makes requests fail that would otherwise be answered. */
export interface Fault {
  /** How many requests. */
  times: number;
  status: number;
  /** Which ones, by `METHOD /path`; default all. */
  matches?: RegExp;
  headers?: Record<string, string>;
  body?: object;
  /** Do what was asked, and then lose the answer. */
  afterwards?: boolean;
}

export interface StandInRequest {
  method: string;
  path: string;
  status: number;
}

type Answer = { status: number; body: object };

/**
 * A small GitHub for tests and for the demonstration: just the part of its API that the App uses, with state, strict
 * about what it accepts, and with git served by git itself.
 */
export class StandInGitHub {
  readonly requests: StandInRequest[] = [];
  readonly checkRuns: StandInCheckRun[] = [];
  private readonly repositories: StandInRepository[] = [];
  private faults: Fault[] = [];
  /** Another one each time: clients pace their requests by installation. */
  private readonly installationId = randomInt(1_000_000, 100_000_000);
  private gitGate: Promise<void> = Promise.resolve();

  private constructor(
    private readonly server: Server,
    readonly credentials: Credentials,
    private readonly folder: string,
  ) {}

  /** Starts one on a free port of the loopback interface; `folder` will hold its repositories. */
  static async start({
    appId,
    publicKey,
    folder,
  }: {
    appId: number;
    publicKey: KeyObject;
    folder: string;
  }): Promise<StandInGitHub> {
    const server = createServer();
    const github = new StandInGitHub(server, new Credentials(appId, publicKey), folder);
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void github.route(request, response),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return github;
  }

  /** Base of the API and of clone URLs alike. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async createRepository(owner: string, name: string): Promise<StandInRepository> {
    const id = 700_000_001 + this.repositories.length;
    const repository = await StandInRepository.create(this.folder, {
      id,
      owner,
      name,
      installationId: this.installationId,
    });
    this.repositories.push(repository);
    return repository;
  }

  fail(fault: Fault): void {
    this.faults.push({ ...fault });
  }

  /** Ends every fault that is still to come. */
  recover(): void {
    this.faults = [];
  }

  /** Leaves requests of git unanswered until the returned function is called. */
  holdGit(): () => void {
    let release = (): void => {};
    this.gitGate = new Promise((resolve) => (release = resolve));
    return release;
  }

  /** Check runs on a commit, oldest first. */
  checksOf(headSha: string): StandInCheckRun[] {
    return this.checkRuns.filter((run) => run.head_sha === headSha);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    response.on('close', () => this.requests.push({ method, path: pathname, status: response.statusCode }));
    const isGit = /\.git\//.test(pathname);
    const fault = this.faults.find(
      ({ times, matches }) => times > 0 && (matches?.test(`${method} ${pathname}`) ?? true),
    );
    if (fault) fault.times -= 1;
    if (fault && !fault.afterwards) {
      send(
        response,
        { status: fault.status, body: fault.body ?? { message: 'Server Error' } },
        fault.headers,
      );
    } else if (isGit) {
      await this.git(request, response, pathname);
    } else {
      const answer = await this.rest(method, pathname, searchParams, request).catch(
        (error: unknown): Answer => {
          if (error instanceof Unprocessable) return { status: 422, body: { message: error.message } };
          return { status: 500, body: { message: (error as Error).message } };
        },
      );
      if (fault)
        send(
          response,
          { status: fault.status, body: fault.body ?? { message: 'Server Error' } },
          fault.headers,
        );
      else send(response, answer);
    }
  }

  private async git(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    const repository = this.repositories.find(({ owner, name }) =>
      pathname.startsWith(`/${owner}/${name}.git/`),
    );
    const installation = this.credentials.gitInstallation(request.headers.authorization);
    if (!repository || installation !== repository.installationId) {
      response.setHeader('www-authenticate', 'Basic realm="GitHub"');
      send(response, { status: 401, body: { message: 'Bad credentials' } });
      return;
    }
    await this.gitGate;
    await serveGit(this.folder, request, response);
  }

  private async rest(
    method: string,
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
  ): Promise<Answer> {
    const text = await read(request);
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    const tokens = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path);
    if (tokens && method === 'POST') {
      if (!this.credentials.isApp(request.headers.authorization)) return unauthorized();
      return this.issue(Number(tokens[1]));
    }
    const [, owner, name, rest] = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(path) ?? [];
    const repository = this.repositories.find((known) => known.owner === owner && known.name === name);
    const installation = this.credentials.installation(request.headers.authorization);
    if (installation === null) return unauthorized();
    if (!repository || repository.installationId !== installation) return notFound();
    return (await this.inRepository(repository, method, rest ?? '', query, body)) ?? notFound();
  }

  private async inRepository(
    repository: StandInRepository,
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ): Promise<Answer | null> {
    if (path === '/check-runs' && method === 'POST') {
      const run = createCheckRun(9_000_001 + this.checkRuns.length, repository.id, body);
      if (!(await repository.has(run.head_sha)))
        throw new Unprocessable(`No commit found for SHA: ${run.head_sha}`);
      this.checkRuns.push(run);
      return { status: 201, body: run };
    }
    const update = /^\/check-runs\/(\d+)$/.exec(path);
    if (update && method === 'PATCH') {
      const run = this.checkRuns.find(
        ({ id, repositoryId }) => id === Number(update[1]) && repositoryId === repository.id,
      );
      if (!run) return null;
      updateCheckRun(run, body);
      return { status: 200, body: run };
    }
    const file = /^\/contents\/(.+)$/.exec(path);
    if (file && method === 'GET') {
      const content = await repository.read(
        `refs/heads/${repository.defaultBranch}`,
        decodeURIComponent(file[1]!),
      );
      if (content === null) return null;
      const body = { type: 'file', encoding: 'base64', content: Buffer.from(content).toString('base64') };
      return { status: 200, body };
    }
    const list = /^\/commits\/([^/]+)\/check-runs$/.exec(path);
    if (list && method === 'GET') {
      const wanted = query.get('check_name');
      const runs = this.checksOf(list[1]!).filter(({ name }) => wanted === null || name === wanted);
      return { status: 200, body: { total_count: runs.length, check_runs: runs } };
    }
    return null;
  }

  private issue(installationId: number): Answer {
    if (!this.repositories.some((repository) => repository.installationId === installationId))
      return notFound();
    const permissions = { contents: 'read', checks: 'write', pull_requests: 'write', metadata: 'read' };
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    const token = this.credentials.issue(installationId);
    return {
      status: 201,
      body: { token, expires_at: expires, permissions, repository_selection: 'selected' },
    };
  }
}

function unauthorized(): Answer {
  return { status: 401, body: { message: 'Bad credentials' } };
}

function notFound(): Answer {
  return { status: 404, body: { message: 'Not Found' } };
}

function send(
  response: ServerResponse,
  { status, body }: Answer,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
