export interface Seen {
  status: number;
  headers: Headers;
  text: string;
}

/** A browser as far as signing in needs one: it has cookies, and goes where it is sent only when told to. */
export class Browsing {
  /** Lines by which cookies were set. */
  readonly set: string[] = [];
  /** Where GitHub was asked last. */
  begun: URL | null = null;
  private jar = new Map<string, string>();

  constructor(
    private readonly app: string,
    private readonly github: string,
  ) {}

  get(path: string): Promise<Seen> {
    return this.send(path, { method: 'GET' });
  }

  post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Seen> {
    return this.send(path, { method: 'POST', body: new URLSearchParams(form), headers });
  }

  /** Goes where nobody may without signing in. @returns where GitHub is to ask the person */
  async begin(path: string): Promise<URL> {
    const { headers } = await this.get(path);
    this.begun = new URL(headers.get('location')!);
    return this.begun;
  }

  /** The person consents. @returns where GitHub sends the browser */
  async consent(asked: URL, login: string): Promise<string> {
    const page = await (await fetch(asked)).text();
    if (!page.includes(login)) throw new Error(`GitHub does not ask ${login}: ${page.slice(0, 500)}`);
    const given = asked.searchParams;
    const answer = await fetch(`${this.github}/login/oauth/callback`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({
        login,
        redirect_uri: given.get('redirect_uri')!,
        scope: '',
        state: given.get('state')!,
        client_id: given.get('client_id')!,
      }),
    });
    const { pathname, search } = new URL(answer.headers.get('location')!);
    return pathname + search;
  }

  async signIn(path: string, login: string): Promise<void> {
    const to = this.jar.size > 0 ? `/sign-in?to=${encodeURIComponent(path)}` : path;
    const answer = await this.get(await this.consent(await this.begin(to), login));
    if (answer.status !== 302) throw new Error(`could not sign in: ${answer.status} ${answer.text}`);
  }

  cookies(): ReadonlyMap<string, string> {
    return new Map(this.jar);
  }
  restore(cookies: ReadonlyMap<string, string>): void {
    this.jar = new Map(cookies);
  }

  private async send(path: string, init: RequestInit): Promise<Seen> {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${this.app}${path}`, {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers as Record<string, string>), ...(cookie ? { cookie } : {}) },
    });
    for (const line of response.headers.getSetCookie()) {
      this.set.push(line.replace(/; Max-Age=\d+/, ''));
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/Max-Age=0/.test(line)) this.jar.delete(name!);
      else this.jar.set(name!, value!);
    }
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}
