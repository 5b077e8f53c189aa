import { createVerify, randomBytes, type KeyObject } from 'node:crypto';

/** Recognises the App by the signature of its JSON web tokens, and hands out installation tokens. */
export class Credentials {
  private readonly tokens = new Map<string, number>();

  constructor(
    private readonly appId: number,
    private readonly publicKey: KeyObject,
  ) {}

  /** Every token handed out so far. */
  get issued(): string[] {
    return [...this.tokens.keys()];
  }

  issue(installationId: number): string {
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    this.tokens.set(token, installationId);
    return token;
  }

  /** True for a current token that the App signed, as GitHub checks it: algorithm, issuer, times. */
  isApp(authorization: string | undefined): boolean {
    const [header, claims, signature] = /^bearer (.+)$/i.exec(authorization ?? '')?.[1]?.split('.') ?? [];
    if (!header || !claims || !signature) return false;
    try {
      const { alg } = JSON.parse(fromBase64(header)) as { alg: string };
      const { iss, iat, exp } = JSON.parse(fromBase64(claims)) as { iss: unknown; iat: number; exp: number };
      const now = Date.now() / 1000;
      const verified = createVerify('RSA-SHA256')
        .update(`${header}.${claims}`)
        .verify(this.publicKey, Buffer.from(signature, 'base64url'));
      return (
        verified &&
        alg === 'RS256' &&
        Number(iss) === this.appId &&
        iat <= now &&
        exp > now &&
        exp - now <= 600
      );
    } catch {
      return false;
    }
  }

  /** The installation that a request to the API acts as, or null. */
  installation(authorization: string | undefined): number | null {
    const token = /^(?:token|bearer) (\S+)$/i.exec(authorization ?? '')?.[1];
    return (token && this.tokens.get(token)) || null;
  }

  /** The installation that git acts as, or null. */
  gitInstallation(authorization: string | undefined): number | null {
    const encoded = /^basic (\S+)$/i.exec(authorization ?? '')?.[1];
    const token = encoded && /^x-access-token:(.+)$/.exec(Buffer.from(encoded, 'base64').toString())?.[1];
    return (token && this.tokens.get(token)) || null;
  }
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64url').toString('utf8');
}
