import { createHash } from 'node:crypto';
import { MAINTAINER, OUTSIDER, type Emulated } from './emulated.js';

/** By which the App asks for tokens of people. */
export const CLIENT = { id: 'Iv1.5tandin000000000', secret: '5ec2e7000000000000000000000000000000c11e' };

interface Asked {
  method: string;
  path: string;
  query: string;
  body: string;
  authorization: string | undefined;
}
export interface WebAnswer {
  status: number;
  text: string;
  type: string;
  location: string | null;
}

/**
 * Signing in with GitHub. The emulator has the page on which a person consents, codes that count once, and tokens; the gateway
 * does what it lacks: PKCE, addresses that have to be the same both times, tokens that expire, and taking them back.
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 */
export class SignIn {
  /** How long tokens are good for, in seconds, as is said of them. */
  lifetime = 28_800;
  /** What was begun, by its state, and what came of it, by its code. */
  private readonly begun = new Map<string, URLSearchParams>();
  private readonly codes = new Map<string, URLSearchParams>();
  private readonly tokens = new Set([MAINTAINER.token, OUTSIDER.token]);
  private readonly revoked = new Set<string>();

  constructor(private readonly emulated: Emulated) {}

  /** Whether a request is made in the name of a person; `revoked`: of one who has taken that back. */
  person(authorization: string | undefined): 'person' | 'revoked' | null {
    const token = /^(?:token|bearer) (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    if (this.revoked.has(token)) return 'revoked';
    return this.tokens.has(token) ? 'person' : null;
  }

  /** Tokens that were given out to people who signed in. */
  get issued(): string[] {
    return [...this.tokens].filter((token) => token !== MAINTAINER.token && token !== OUTSIDER.token);
  }

  revoke(token: string): void {
    this.revoked.add(token);
  }

  /** What is answered below `/login/oauth` and `/applications`; null for anything else. */
  async answer(asked: Asked): Promise<WebAnswer | null> {
    const what = `${asked.method} ${asked.path}`;
    if (what === 'GET /login/oauth/authorize') return this.authorize(asked);
    if (what === 'POST /login/oauth/callback') return this.consent(asked);
    if (what === 'POST /login/oauth/access_token') return this.exchange(asked);
    if (what === `DELETE /applications/${CLIENT.id}/token`) return this.forget(asked);
    return null;
  }

  private authorize(asked: Asked): Promise<WebAnswer> {
    const given = new URLSearchParams(asked.query);
    this.begun.set(given.get('state') ?? '', given);
    return this.emulated.web(asked);
  }

  /** A person has pressed the button with their name. */
  private async consent(asked: Asked): Promise<WebAnswer> {
    const answer = await this.emulated.web(asked);
    const sent = answer.location === null ? null : new URL(answer.location).searchParams;
    const begun = this.begun.get(sent?.get('state') ?? '');
    if (sent && begun) this.codes.set(sent.get('code')!, begun);
    return answer;
  }

  private async exchange(asked: Asked): Promise<WebAnswer> {
    const given = new URLSearchParams(asked.body);
    const begun = this.codes.get(given.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(given.get('code_verifier') ?? '')
      .digest('base64url');
    if (begun && begun.get('redirect_uri') !== given.get('redirect_uri'))
      return json(200, { error: 'redirect_uri_mismatch', error_description: 'It is another one.' });
    if (begun?.get('code_challenge_method') === 'S256' && begun.get('code_challenge') !== challenge)
      return json(200, { error: 'bad_verification_code', error_description: 'The verifier is another one.' });
    const answer = await this.emulated.web(asked);
    const { access_token: token, ...rest } = JSON.parse(answer.text) as { access_token?: string };
    if (token === undefined) return answer;
    this.tokens.add(token);
    return json(200, {
      ...rest,
      access_token: token,
      expires_in: this.lifetime,
      refresh_token: 'ghr_unused',
    });
  }

  private forget({ authorization, body }: Asked): WebAnswer {
    const expected = Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64');
    if (authorization?.replace(/^basic /i, '') !== expected) return json(401, { message: 'Bad credentials' });
    this.revoke((JSON.parse(body) as { access_token: string }).access_token);
    return { status: 204, text: '', type: 'text/plain', location: null };
  }
}

const json = (status: number, body: object): WebAnswer => ({
  status,
  text: JSON.stringify(body),
  type: 'application/json',
  location: null,
});
