import { Octokit } from '@octokit/rest';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { randomBytes } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import { GitHubUnavailable } from './access.js';

/** GitHub's codes are good for as long. */
const ATTEMPT_SECONDS = 600;
const TIMEOUT_MS = 10_000;
const MOST_SPENT = 10_000;

export interface SignInOptions {
  /** The address of GitHub for people, and that of its API. */
  serverUrl: string;
  apiUrl: string;
  clientId: string;
  clientSecret: string;
  /** Where GitHub sends browsers back to. */
  redirectUri: string;
  fetch: typeof fetch;
}

/** Nobody is signed in, for a reason that is said to whoever tried. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
}

/**
 * Signs people in by GitHub's web flow, with a state that is bound to the browser, and PKCE. What an attempt needs is sealed
 * into a cookie of that browser, so that beginning one costs this process nothing: strangers can begin as many as they like.
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 */
export class SignIn {
  /** Of this process: an attempt that a restart falls into is begun again. */
  private readonly key = randomBytes(32);
  /** States that were answered, until they would have expired: each counts once. */
  private readonly spent = new Map<string, number>();
  private readonly server: oauth.AuthorizationServer;
  private readonly client: oauth.Client;

  constructor(private readonly options: SignInOptions) {
    const { serverUrl, clientId } = options;
    this.server = {
      issuer: serverUrl,
      authorization_endpoint: `${serverUrl}/login/oauth/authorize`,
      token_endpoint: `${serverUrl}/login/oauth/access_token`,
    };
    this.client = { client_id: clientId };
  }

  /** Begins an attempt that is to lead to `to`: where to send the browser, and what its cookie has to hold until it is back. */
  async begin(to: string): Promise<{ address: string; sealed: string; seconds: number }> {
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const address = new URL(this.server.authorization_endpoint!);
    address.search = new URLSearchParams({
      client_id: this.client.client_id,
      redirect_uri: this.options.redirectUri,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      allow_signup: 'false',
    }).toString();
    const sealed = await new EncryptJWT({ verifier, state, to })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(`${ATTEMPT_SECONDS}s`)
      .encrypt(this.key);
    return { address: address.href, sealed, seconds: ATTEMPT_SECONDS };
  }

  /**
   * What GitHub sent the browser back with, checked against the attempt that this browser has begun.
   * @throws SignInRefused
   */
  async returned(given: URLSearchParams, sealed: string | undefined): Promise<Returned> {
    const attempt = sealed === undefined ? null : await this.opened(sealed);
    if (attempt === null)
      throw new SignInRefused('This browser has not begun to sign in, or too long ago. Begin again.');
    const answer = new URLSearchParams(given);
    // Tells several servers from each other; here is one.
    answer.delete('iss');
    try {
      const checked = oauth.validateAuthResponse(this.server, this.client, answer, attempt.state);
      if (!this.isFirst(attempt.state)) throw new Error('the state was used before');
      return { checked, verifier: attempt.verifier, to: attempt.to };
    } catch (error) {
      throw new SignInRefused(
        (error as { error?: string }).error === 'access_denied'
          ? 'GitHub was told not to sign you in.'
          : 'This answer does not belong to a sign-in that this browser has begun. Begin again.',
        { cause: error },
      );
    }
  }

  /** Exchanges the code for a token of the person. @throws SignInRefused, GitHubUnavailable */
  async exchange({
    checked,
    verifier,
  }: Returned): Promise<{ token: string; lifetimeSeconds: number | undefined }> {
    const { clientSecret, redirectUri, serverUrl } = this.options;
    try {
      const response = await oauth.authorizationCodeGrantRequest(
        this.server,
        this.client,
        oauth.ClientSecretPost(clientSecret),
        checked,
        redirectUri,
        verifier,
        {
          [oauth.customFetch]: (address, init) => this.ask(address, init),
          // GitHub is asked where the operator says that it is: on a machine for tests, without TLS.
          [oauth.allowInsecureRequests]: serverUrl.startsWith('http:'),
        },
      );
      const { access_token: token, expires_in: lifetimeSeconds } =
        await oauth.processAuthorizationCodeResponse(this.server, this.client, response);
      return { token, lifetimeSeconds };
    } catch (error) {
      if (error instanceof GitHubUnavailable) throw error;
      throw new SignInRefused(
        'GitHub did not accept the code that this browser came back with. Begin again.',
        {
          cause: error,
        },
      );
    }
  }

  /** Has GitHub forget a token. */
  async revoke(token: string): Promise<void> {
    const { apiUrl: baseUrl, clientId: client_id, clientSecret } = this.options;
    const request = { fetch: this.ask.bind(this) };
    const octokit = new Octokit({ baseUrl, request });
    const authorization = `basic ${Buffer.from(`${client_id}:${clientSecret}`).toString('base64')}`;
    await octokit.rest.apps.deleteToken({ client_id, access_token: token, headers: { authorization } });
  }

  private async ask(...[address, init]: Parameters<typeof fetch>): Promise<Response> {
    let response: Response;
    try {
      response = await this.options.fetch(address, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      throw new GitHubUnavailable({ cause: error });
    }
    if (response.status >= 500 || response.status === 429) throw new GitHubUnavailable();
    return response;
  }

  private async opened(sealed: string): Promise<{ verifier: string; state: string; to: string } | null> {
    try {
      const { payload } = await jwtDecrypt(sealed, this.key);
      return payload as unknown as { verifier: string; state: string; to: string };
    } catch {
      return null;
    }
  }

  private isFirst(state: string): boolean {
    const now = Date.now();
    for (const [each, until] of this.spent) {
      if (until > now && this.spent.size < MOST_SPENT) break;
      this.spent.delete(each);
    }
    if (this.spent.has(state)) return false;
    this.spent.set(state, now + ATTEMPT_SECONDS * 1000);
    return true;
  }
}

/** An answer of GitHub that belongs to an attempt of the browser that brought it. */
export interface Returned {
  checked: URLSearchParams;
  verifier: string;
  /** Where the browser wanted to go. */
  to: string;
}
