/** Installation tokens that were handed out, so that git can ask whose one is. */
export class Credentials {
  private readonly tokens = new Map<string, number>();

  /** Every token handed out so far. */
  get issued(): string[] {
    return [...this.tokens.keys()];
  }

  keep(token: string, installationId: number): void {
    this.tokens.set(token, installationId);
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
