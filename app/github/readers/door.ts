import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseCookie, stringifySetCookie } from 'cookie';
import type { RepositoryRecord } from '../../../store/repository-records.js';
import type { Store } from '../../../store/store.js';
import type { PageInput } from '../../report/page/page-data.js';
import { pagePolicy, toPage } from '../../report/page/page.js';
import { isSame } from '../../secrets.js';
import { readForm } from '../form.js';
import { PLAIN_POLICY } from '../plain-page.js';
import { CALLBACK_PATH, REPOSITORIES_PATH, SIGN_IN_PATH, SIGN_OUT_PATH } from '../paths.js';
import { GitHubUnavailable, TokenRefused, type ReaderAccess } from './access.js';
import type { Limit } from './limits.js';
import { NAME, OWNER } from './names.js';
import { aroundReport, message, type Message } from './pages.js';
import type { Session, Sessions } from './sessions.js';
import { shownBranch, shownPullRequest, type ShownOptions } from './shown.js';
import { SignInRefused, type SignIn } from './sign-in.js';

/** One token. */
const MAX_FORM_BYTES = 1024;
const OPEN_PULL_REQUESTS = 20;

/** What is shown of a repository. Whatever else a path may be, it is none of ours. */
const SHOWN = new RegExp(`^${REPOSITORIES_PATH}/(${OWNER})/(${NAME})(?:/pull/([1-9]\\d{0,8}))?$`);

export interface ReadersOptions extends ShownOptions {
  store: Store;
  access: ReaderAccess;
  sessions: Sessions;
  signIn: SignIn;
  /** How often codes may be exchanged. */
  limit: Limit;
  /** Under which browsers reach the App, without trailing slash. */
  publicUrl: string;
  /** What runs in the page of a report. */
  script: string;
  warn(error: unknown, message: string): void;
}

/** Shows people what they may read: signs them in with GitHub, and asks GitHub about each repository. */
export class Readers {
  private readonly secure: boolean;
  private readonly names: { session: string; attempt: string };

  constructor(private readonly options: ReadersOptions) {
    this.secure = options.publicUrl.startsWith('https:');
    // With the prefix, no other host of the same domain can plant one.
    const prefix = this.secure ? '__Host-' : '';
    this.names = { session: `${prefix}postern-session`, attempt: `${prefix}postern-sign-in` };
  }

  /** Answers what is for people; false where a path is not. */
  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    const { method } = request;
    const shown = SHOWN.exec(path);
    const posts = path === SIGN_OUT_PATH;
    if (!shown && ![SIGN_IN_PATH, CALLBACK_PATH, SIGN_OUT_PATH, REPOSITORIES_PATH].includes(path))
      return false;
    if (method !== (posts ? 'POST' : 'GET')) {
      response.setHeader('allow', posts ? 'POST' : 'GET');
      say(response, 405, message.wrongMethod);
      return true;
    }
    const given = new URL(request.url ?? '/', 'http://localhost').searchParams;
    if (path === SIGN_IN_PATH) await this.begin(response, whereTo(given.get('to')));
    else if (path === CALLBACK_PATH) await this.finish(request, response, given);
    else if (posts) await this.end(request, response);
    else await this.show(request, response, path, shown);
    return true;
  }

  private async begin(response: ServerResponse, to: string): Promise<void> {
    const { address, sealed, seconds } = await this.options.signIn.begin(to);
    this.setCookie(response, this.names.attempt, sealed, seconds);
    response.writeHead(302, { ...HEADERS, location: address }).end();
  }

  private async finish(
    request: IncomingMessage,
    response: ServerResponse,
    given: URLSearchParams,
  ): Promise<void> {
    const { signIn, sessions, access, limit, publicUrl, warn } = this.options;
    const cookies = this.cookies(request);
    // Good for one answer, whatever that is.
    this.setCookie(response, this.names.attempt, '', 0);
    try {
      const returned = await signIn.returned(given, cookies[this.names.attempt]);
      const wait = await limit.refuses(request);
      if (wait !== null) {
        response.setHeader('retry-after', String(wait));
        say(response, 429, message.tooOften);
        return;
      }
      const { token, lifetimeSeconds } = await signIn.exchange(returned);
      const login = await access.login(token);
      sessions.end(cookies[this.names.session]);
      this.setCookie(response, this.names.session, sessions.begin(login, token, lifetimeSeconds));
      response.writeHead(302, { ...HEADERS, location: `${publicUrl}${returned.to}` }).end();
    } catch (error) {
      if (error instanceof SignInRefused) {
        warn(error, 'somebody was not signed in');
        say(response, 400, message.notSignedIn(error.message));
      } else if (error instanceof TokenRefused) say(response, 400, message.tokenRefused(REPOSITORIES_PATH));
      else if (error instanceof GitHubUnavailable) {
        warn(error, 'GitHub could not be asked who somebody is');
        say(response, 503, message.unavailable);
      } else throw error;
    }
  }

  private async end(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { sessions, signIn, warn } = this.options;
    const id = this.cookies(request)[this.names.session];
    const session = sessions.find(id);
    const csrf = new URLSearchParams((await readForm(request, MAX_FORM_BYTES)) ?? '').get('csrf');
    const site = request.headers['sec-fetch-site'];
    if (session) {
      if (csrf === null || !isSame(csrf, session.csrf) || (site !== undefined && site !== 'same-origin')) {
        say(response, 403, message.foreignForm);
        return;
      }
      sessions.end(id);
      signIn.revoke(session.token).catch((error: unknown) => warn(error, 'a token could not be revoked'));
    }
    this.setCookie(response, this.names.session, '', 0);
    say(response, 200, message.signedOut);
  }

  private async show(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    shown: RegExpExecArray | null,
  ): Promise<void> {
    const { sessions, access, store, warn } = this.options;
    const id = this.cookies(request)[this.names.session];
    const session = sessions.find(id);
    // Whatever there is at the address: who is nobody is told nothing of it.
    if (!session) return this.begin(response, path);
    if (!shown) return say(response, 200, message.welcome(session));
    const [, owner = '', name = '', number] = shown;
    try {
      const found = await access.repository(session.token, owner, name);
      const repository = found === null ? null : store.repositories.get(found);
      if (!repository) return say(response, 404, message.notFound);
      const pullRequest = number === undefined ? null : Number(number);
      const input =
        pullRequest === null
          ? await shownBranch(this.options, repository)
          : await shownPullRequest(this.options, repository, pullRequest);
      if (input) this.report(response, input, { repository, pullRequest, session });
      else say(response, 404, message.nothingYet(repository, pullRequest));
    } catch (error) {
      if (error instanceof TokenRefused) {
        sessions.end(id);
        this.setCookie(response, this.names.session, '', 0);
        say(response, 401, message.tokenRefused(path));
      } else if (error instanceof GitHubUnavailable) {
        warn(error, 'GitHub could not be asked what somebody may read');
        say(response, 503, message.unavailable);
      } else throw error;
    }
  }

  private report(
    response: ServerResponse,
    input: PageInput,
    about: { repository: RepositoryRecord; pullRequest: number | null; session: Session },
  ): void {
    const { script, store, serverUrl } = this.options;
    const open = store.pullRequests.openNumbers(about.repository.id, OPEN_PULL_REQUESTS);
    const page = toPage(input, script, aroundReport({ ...about, open, serverUrl }));
    send(response, 200, page, pagePolicy(script, true));
  }

  private cookies({ headers }: IncomingMessage): Partial<Record<string, string>> {
    return parseCookie(headers.cookie ?? '');
  }

  /** Without an age it is gone with the browser; of age 0 at once. */
  private setCookie(response: ServerResponse, name: string, value: string, maxAge?: number): void {
    const { secure } = this;
    const options = { httpOnly: true, secure, sameSite: 'lax', path: '/', maxAge } as const;
    response.appendHeader('set-cookie', stringifySetCookie(name, value, options));
  }
}

/** The page of a person is that person's: in no cache, in no frame, and its address is told to nobody. */
const HEADERS = {
  'cache-control': 'private, no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

function send(response: ServerResponse, status: number, text: string, policy: string): void {
  const headers = { 'content-security-policy': `${policy}; frame-ancestors 'none'` };
  response
    .writeHead(status, { ...HEADERS, ...headers, 'content-type': 'text/html; charset=utf-8' })
    .end(text);
}
const say = (response: ServerResponse, status: number, text: Message): void =>
  send(response, status, text, `${PLAIN_POLICY}; form-action 'self'`);

/** Where somebody wants to go: an address of ours or, where it is none, where everybody may. */
const whereTo = (given: string | null): string =>
  given !== null && SHOWN.test(given) ? given : REPOSITORIES_PATH;
