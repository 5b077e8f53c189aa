import { randomInt } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Unprocessable,
  createCheckRun,
  known,
  text,
  updateCheckRun,
  type StandInCheckRun,
} from './check-runs.js';
import { Conversation } from './conversation.js';
import { Credentials } from './credentials.js';
import { fail, json, read, send, sendPage, type Answer, type Fault } from './http.js';
import { Deliveries } from './deliveries.js';
import { Emulated, PERMISSIONS } from './emulated.js';
import { serveGit } from './git-http.js';
import { acceptSarif, type StandInSarif } from './code-scanning.js';
import { MergeQueue } from './merge-queue.js';
import { StandInRepository } from './repository.js';
import { answerThreads } from './review-threads.js';
import { CLIENT, SignIn } from './sign-in.js';
import { acceptReview, type StandInComment, type StandInReview } from './reviews.js';

export interface StandInRequest {
  method: string;
  path: string;
  /** What follows the path, without its question mark. */
  query: string;
  /** As it came; of requests of git, nothing is kept. */
  body: string;
  status: number;
}
interface Question {
  method: string;
  /** With its query. */
  path: string;
  authorization: string | undefined;
  body: string;
}
export interface StandInOptions {
  appId: number;
  /** Of the App, in PEM. */
  privateKey: string;
  /** Where its repositories are kept. */
  folder: string;
  /** Organisations that the App is installed for. */
  owners?: readonly string[];
  /** What installations give the App. */
  permissions?: Record<string, string>;
  /** Where people may be sent back to who sign in. */
  callbacks?: readonly string[];
}

const HOOKS = '/_hooks';
const HOOK_SECRET = 'between the emulator and its gateway';

/**
 * A GitHub for tests and for the demonstration: a gateway with an independent emulator behind it and git, served by git
 * itself, beside it.
 *
 * What the emulator (`emulate` 0.12.2) has is used: who an App is and what it may do, tokens, pull requests, check runs,
 * reviews and comments, webhooks, and the protection of branches when something is merged. Where it falls short of GitHub,
 * the gateway does the rest:
 *
 * - It knows no git. Commits are made known as twins with ids of its own; those are translated in both directions.
 * - A push does not move the head of a pull request, and neither it nor a merge is told of: see `StandInRepository`.
 * - It takes comments of a review by their position in the diff alone, on any line of any file. The gateway takes lines,
 *   refuses those that are not in the diff, and translates.
 * - It takes unknown fields, texts of any length, and more annotations than GitHub does; the gateway is strict. It
 *   forgets earlier annotations of a check run, and titles: the gateway keeps them.
 * - It has no GraphQL: threads are answered here, and can be resolved by whom GitHub lets (`contents: write`).
 * - It has no reactions, and no replies in threads but as comments; it tells of comments without saying that they are on a
 *   pull request: see `Conversation` and `StandInRepository`.
 * - A required check is met by any run of that name on the head which succeeded, an older one too, and not by a neutral
 *   one, which GitHub takes. There are no rulesets, and no merge queue: `MergeQueue` is one.
 * - It signs people in without PKCE, and with tokens that never end: see `SignIn`.
 * - It does not list what an App was sent, nor send it again: `Deliveries` does.
 * - Webhooks all have the time as their id; the gateway gives each one of its own, and signs anew.
 */
export class StandInGitHub {
  readonly requests: StandInRequest[] = [];
  readonly checkRuns: StandInCheckRun[] = [];
  readonly reviews: StandInReview[] = [];
  readonly conversation = new Conversation();
  /** What was uploaded to code scanning, and whether that is enabled. */
  readonly sarifs: StandInSarif[] = [];
  scanning = true;
  readonly credentials = new Credentials();
  private readonly repositories: StandInRepository[] = [];
  private readonly deliveries = new Deliveries();
  private emulated!: Emulated;
  /** People who sign in. */
  signIn!: SignIn;
  private faults: Fault[] = [];
  /** Another one each time: clients pace their requests by installation. */
  private readonly installationId = randomInt(1_000_000, 100_000_000);
  private gitGate: Promise<void> = Promise.resolve();
  private watcher: (what: string, stage: 'asked' | 'done') => void = () => {};

  private constructor(
    private readonly server: Server,
    private readonly options: StandInOptions,
  ) {}

  /** Starts one on a free port of the loopback interface. */
  static async start(options: StandInOptions): Promise<StandInGitHub> {
    const server = createServer();
    const github = new StandInGitHub(server, options);
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void github.route(request, response),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    github.emulated = await Emulated.start({
      appId: options.appId,
      privateKey: options.privateKey,
      installationId: github.installationId,
      owners: github.owners,
      permissions: github.permissions,
      url: github.url,
      hooks: { url: `${github.url}${HOOKS}`, secret: HOOK_SECRET },
      client: { ...CLIENT, callbacks: options.callbacks ?? [] },
    });
    github.signIn = new SignIn(github.emulated);
    return github;
  }

  /** Base of the API and of clone URLs alike. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async createRepository(
    owner: string,
    name: string,
    { isPrivate = false }: { isPrivate?: boolean } = {},
  ): Promise<StandInRepository> {
    const installationId = this.installationId + this.owners.indexOf(owner);
    const around = { emulated: this.emulated, deliveries: this.deliveries };
    const repository = await StandInRepository.create(
      this.options.folder,
      { owner, name, installationId, isPrivate },
      around,
    );
    this.repositories.push(repository);
    return repository;
  }

  /** From now on what happens is told to the App, as webhooks. Before, nothing is. */
  tell(url: string, secret: string): void {
    this.deliveries.connect(url, secret);
  }

  /** Calls for each request, as `METHOD /path`, when it came, and when what it asks for is done but not yet answered. */
  watch(watcher: (what: string, stage: 'asked' | 'done') => void): void {
    this.watcher = watcher;
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

  /** A queue for what is to be merged into the default branch of a repository. */
  mergeQueue(repository: StandInRepository): MergeQueue {
    return new MergeQueue(repository, this.emulated);
  }

  /** Check runs on a commit, oldest first. */
  checksOf(headSha: string): StandInCheckRun[] {
    return this.checkRuns.filter((run) => run.head_sha === headSha);
  }

  /** Comments on the lines of a pull request, oldest first. */
  commentsOn(pullRequest: number): StandInComment[] {
    return this.reviews.filter((review) => review.pullRequest === pullRequest).flatMap((r) => r.comments);
  }

  async stop(): Promise<void> {
    await this.emulated.close();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private get owners(): readonly string[] {
    return this.options.owners ?? ['library', 'riverside'];
  }

  private get permissions(): Record<string, string> {
    return this.options.permissions ?? PERMISSIONS;
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const { pathname, search } = new URL(request.url ?? '/', this.url);
    if (pathname === HOOKS) {
      const body = await read(request);
      response.writeHead(202).end();
      const event = String(request.headers['x-github-event']);
      await this.deliveries.deliver(event, body, (hook) => this.emulated.outbound(hook)).catch(() => {});
      return;
    }
    const asked = { method, path: pathname, query: search.slice(1), body: '' };
    // The emulator's pages have pictures and fonts.
    if (!pathname.startsWith('/_emulate/'))
      response.on('close', () => this.requests.push({ ...asked, status: response.statusCode }));
    const isGit = /\.git\//.test(pathname);
    if (!isGit) asked.body = await read(request);
    this.watcher(`${method} ${pathname}`, 'asked');
    const fault = this.faults.find(
      ({ times, matches }) => times > 0 && (matches?.test(`${method} ${pathname}`) ?? true),
    );
    if (fault) fault.times -= 1;
    if (fault && !fault.afterwards) {
      fail(response, fault);
    } else if (isGit) {
      await this.git(request, response, pathname);
      this.watcher(`${method} ${pathname}`, 'done');
    } else {
      const { authorization } = request.headers;
      const web = await this.signIn.answer({ ...asked, authorization });
      if (web) {
        if (fault) fail(response, fault);
        else sendPage(response, web);
        return;
      }
      const question = { method, path: `${pathname}${search}`, authorization, body: asked.body };
      const answered = await this.rest(question, pathname).catch((error: unknown): Answer => {
        const status = error instanceof Unprocessable ? 422 : 500;
        return json(status, { message: (error as Error).message });
      });
      this.watcher(`${method} ${pathname}`, 'done');
      if (fault) fail(response, fault);
      else send(response, answered);
    }
  }

  private async git(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    const repository = this.repositories.find(({ fullName }) => pathname.startsWith(`/${fullName}.git/`));
    const installation = this.credentials.gitInstallation(request.headers.authorization);
    if (!repository || installation !== repository.installationId) {
      response.setHeader('www-authenticate', 'Basic realm="GitHub"');
      send(response, json(401, { message: 'Bad credentials' }));
      return;
    }
    await this.gitGate;
    await serveGit(this.options.folder, request, response);
  }

  private async rest(question: Question, pathname: string): Promise<Answer> {
    const tokens = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(pathname);
    if (tokens) {
      const answer = await this.emulated.pass(question);
      const { token } = JSON.parse(answer.text) as { token?: string };
      if (token) this.credentials.keep(token, Number(tokens[1]));
      return answer;
    }
    if (pathname === '/graphql') return this.graphql(question);
    if (pathname.startsWith('/app/hook/deliveries')) return this.hookDeliveries(question, pathname);
    const person = this.signIn.person(question.authorization);
    if (person === 'revoked') return json(401, { message: 'Bad credentials' });
    if (person && pathname.startsWith('/repos/')) {
      const answer = await this.emulated.pass(question);
      // GitHub does not tell who may not see something that it is there.
      return answer.status === 403 ? json(404, { message: 'Not Found' }) : answer;
    }
    const [, fullName, path = ''] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(pathname) ?? [];
    const repository = this.repositories.find((each) => each.fullName === fullName);
    if (!repository) return this.emulated.pass(question);
    const installation = this.credentials.installation(question.authorization);
    if (installation !== repository.installationId)
      return installation === null
        ? json(401, { message: 'Bad credentials' })
        : json(404, { message: 'Not Found' });
    return this.inRepository(repository, question, path);
  }

  /** What the emulator would take and GitHub would not is refused; what it forgets is kept. */
  private async inRepository(
    repository: StandInRepository,
    question: Question,
    path: string,
  ): Promise<Answer> {
    const body = (question.body === '' ? {} : JSON.parse(question.body)) as Record<string, unknown>;
    const [, kind, number, rest] = /^\/(check-runs|pulls)(?:\/(\w+))?(?:\/(\w+))?$/.exec(path) ?? [];
    if (kind === 'check-runs' && question.method === 'POST') {
      const run = createCheckRun(0, repository.id, body);
      if (!(await repository.has(run.head_sha)))
        throw new Unprocessable(`No commit found for SHA: ${run.head_sha}`);
      return this.kept(question, ({ id }) => this.checkRuns.push(Object.assign(run, { id })));
    }
    if (kind === 'check-runs' && question.method === 'PATCH') {
      const run = this.checkRuns.find((r) => r.id === Number(number) && r.repositoryId === repository.id);
      if (!run) return json(404, { message: 'Not Found' });
      // Tried on a copy: what GitHub would not take does not get to the emulator.
      updateCheckRun(structuredClone(run), body);
      return this.kept(question, () => updateCheckRun(run, body));
    }
    if (path === '/code-scanning/sarifs' && question.method === 'POST') return this.sarif(repository, body);
    if (path.includes('/check-runs') || kind === 'check-runs') return this.asKept(question);
    const file = /^\/contents\/([^?]+)/.exec(path);
    if (file && question.method === 'GET') {
      const content = await repository.read(
        `refs/heads/${repository.defaultBranch}`,
        decodeURIComponent(file[1]!),
      );
      return content === null
        ? json(404, { message: 'Not Found' })
        : json(200, { type: 'file', encoding: 'base64', content: Buffer.from(content).toString('base64') });
    }
    if (question.method === 'POST') {
      const reaction = this.conversation.react(path, body);
      if (reaction) return json(201, { id: 1, ...reaction });
      const said = this.conversation.reply(path, body);
      if (said) {
        const place = `/repos/${repository.fullName}${said.path}`;
        const asked = { ...question, path: place, body: JSON.stringify(said.body) };
        return this.kept(asked, () => this.conversation.replies.push(said.reply));
      }
    }
    if (kind === 'pulls' && number === 'comments' && question.method === 'PATCH') {
      known('the comment', body, ['body']);
      text('body', body['body'], 65_536);
      const comments = this.reviews.flatMap((review) => review.comments);
      const comment = comments.find((c) => c.id === Number(rest) && c.repositoryId === repository.id);
      return this.kept(question, () => {
        if (comment) Object.assign(comment, { body: body['body'], edits: comment.edits + 1 });
      });
    }
    if (kind === 'pulls' && rest === 'reviews' && question.method === 'POST')
      return this.review(repository, Number(number), question, body);
    return this.emulated.pass(question);
  }

  private sarif(repository: StandInRepository, body: Record<string, unknown>): Answer {
    if (this.permissions['security_events'] !== 'write')
      return json(403, { message: 'Resource not accessible by integration' });
    if (!this.scanning) return json(403, { message: 'Code scanning is not enabled for this repository.' });
    this.sarifs.push(acceptSarif(repository.id, body));
    return json(202, { id: `sarif-${this.sarifs.length}` });
  }

  private async review(
    repository: StandInRepository,
    number: number,
    question: Question,
    body: Record<string, unknown>,
  ): Promise<Answer> {
    const pullRequest = repository.pullRequests.get(number);
    if (!pullRequest) return json(404, { message: 'Not Found' });
    const accepted = acceptReview(body, await repository.commentable(pullRequest));
    const answer = await this.emulated.pass({ ...question, body: JSON.stringify(accepted) });
    if (answer.status >= 300) return answer;
    const { id } = JSON.parse(answer.text) as { id: number };
    const path = `/repos/${repository.fullName}/pulls/${number}/reviews/${id}/comments?per_page=100`;
    const made = await this.emulated.pass({ ...question, method: 'GET', path, body: '' });
    const ids = (JSON.parse(made.text) as { id: number }[]).map((comment) => comment.id);
    const comments = (body['comments'] ?? []) as { path: string; line: number; body: string }[];
    const about = { repositoryId: repository.id, pullRequest: number };
    this.reviews.push({
      ...about,
      id,
      commit: body['commit_id'] as string,
      body: body['body'] as string,
      comments: comments.map(({ path: file, line, body: said }, at) => ({
        ...about,
        id: ids[at]!,
        path: file,
        line,
        body: said,
        edits: 0,
        resolved: false,
      })),
    });
    return answer;
  }

  private async hookDeliveries(question: Question, pathname: string): Promise<Answer> {
    // Only the App itself may ask, as such and not as an installation.
    const app = await this.emulated.pass({ ...question, method: 'GET', path: '/app', body: '' });
    if (app.status !== 200) return app;
    const [, id] = /^\/app\/hook\/deliveries\/(\d+)\/attempts$/.exec(pathname) ?? [];
    if (question.method === 'GET')
      return json(
        200,
        this.deliveries.sent.map((sent) => ({ ...sent, body: undefined })),
      );
    return json((await this.deliveries.again(Number(id))) ? 202 : 404, {});
  }

  private graphql({ authorization, body }: Question): Answer {
    const installation = this.credentials.installation(authorization);
    if (installation === null) return json(401, { message: 'Bad credentials' });
    const question = JSON.parse(body) as Parameters<typeof answerThreads>[0];
    const comments = this.reviews.flatMap((review) => review.comments);
    return json(200, answerThreads(question, comments, this.permissions['contents'] === 'write'));
  }

  /** An answer about check runs, which the emulator gives without what it forgot of them. */
  private async asKept(question: Question): Promise<Answer> {
    const answer = await this.emulated.pass(question);
    if (answer.status >= 300) return answer;
    const said = JSON.parse(answer.text) as { id?: number; check_runs?: { id: number; output: object }[] };
    for (const run of said.check_runs ?? [said as { id: number; output?: object }]) {
      const known = this.checkRuns.find(({ id }) => id === run.id);
      if (known) run.output = { ...run.output, ...known.output, annotations_count: known.annotations.length };
    }
    return { ...answer, text: JSON.stringify(said) };
  }

  /** Passes a request on, and keeps what came of it where the emulator took it. */
  private async kept(question: Question, keep: (answer: { id: number }) => unknown): Promise<Answer> {
    const answer = await this.emulated.pass(question);
    if (answer.status < 300) keep(JSON.parse(answer.text) as { id: number });
    return answer;
  }
}
