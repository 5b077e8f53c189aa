import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { Webhooks } from '../../app/demo/standin/webhooks.js';
import { lacking, readAppFile } from '../../app/github/setup/manifest.js';
import { SLOW, until } from './setting.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;
const SECRET = 'b7f0c6a1d2e34f5069788796a5b4c3d2e1f00f1e';
const CLIENT_SECRET = 'c11e0000d2e34f5069788796a5b4c3d2e1f00f1e';

let folder: string;
/** The one answer of GitHub that a setup needs; codes count once, as there. */
let github: Server;
let codes: string[];
let child: ChildProcess | null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-setup-'));
  codes = ['c0de'];
  github = createServer((request, response) => {
    if (request.url === '/app') {
      const permissions = { contents: 'read', checks: 'read', metadata: 'read' };
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ id: 77, slug: 'ours', permissions, events: ['push'] }));
      return;
    }
    const [, code] = /^\/app-manifests\/([^/]+)\/conversions$/.exec(request.url ?? '') ?? [];
    const known = request.method === 'POST' && codes.includes(code ?? '');
    codes = codes.filter((each) => each !== code);
    const app = {
      id: 77,
      slug: 'ours',
      html_url: 'https://github.test/apps/ours',
      pem: PEM,
      webhook_secret: SECRET,
    };
    response
      .writeHead(known ? 201 : 404, { 'content-type': 'application/json' })
      .end(
        JSON.stringify(
          known ? { ...app, client_id: 'Iv1.c11e', client_secret: CLIENT_SECRET } : { message: 'Not Found' },
        ),
      );
  });
  await new Promise<void>((done) => github.listen(0, '127.0.0.1', done));
  child = null;
});
afterEach(() => {
  child?.kill('SIGKILL');
  github.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(variables: Record<string, string> = {}): {
  output(): string;
  address(): string;
  ended: Promise<unknown[]>;
} {
  let text = '';
  child = spawn(process.execPath, [join(ROOT, 'dist/app/server.js')], {
    cwd: folder,
    env: {
      PATH: process.env['PATH']!,
      PORT: '0',
      HOST: '127.0.0.1',
      GITHUB_API_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}`,
      GITHUB_SERVER_URL: 'https://github.test',
      LOG_LEVEL: 'trace',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (text += String(chunk)));
  return { output: () => text, address: () => /http:\S+/.exec(text)![0], ended: once(child, 'exit') };
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

test(
  'without configuration a start registers the App, keeps its credentials, and goes on as that App',
  async () => {
    const first = start();
    await until('the address', () => /\/setup\?key=/.test(first.output()));
    const address = first.address();
    const { origin } = new URL(address);
    expect((await fetch(`${origin}/setup`)).status).toBe(403);
    expect((await fetch(`${origin}/setup?key=guessed`)).status).toBe(403);
    expect((await fetch(`${origin}/api/github/webhooks`, { method: 'POST', body: '{}' })).status).toBe(404);
    const question = await (await fetch(address)).text();
    expect(question).toContain('checks: write');

    const send = (form: Record<string, string>): Promise<Response> =>
      fetch(address, { method: 'POST', body: new URLSearchParams(form) });
    const refused = await send({ address: 'javascript:alert(1)', organisation: '"><script>' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).not.toContain('<script>');
    const page = await (
      await send({ address: 'https://postern.example.com/', organisation: 'riverside' })
    ).text();
    const action = new URL(unescaped(/action="([^"]+)"/.exec(page)![1]!));
    expect(action.origin + action.pathname).toBe(
      'https://github.test/organizations/riverside/settings/apps/new',
    );
    const manifest = JSON.parse(unescaped(/name="manifest" value="([^"]+)"/.exec(page)![1]!)) as object;
    expect(manifest).toEqual({
      ...(parse(readFileSync(join(ROOT, 'app.yml'), 'utf8')) as object),
      hook_attributes: { url: 'https://postern.example.com/api/github/webhooks', active: true },
      redirect_url: `${origin}/setup/done`,
      callback_urls: ['https://postern.example.com/sign-in/callback'],
    });

    const come = (query: Record<string, string>): Promise<Response> =>
      fetch(`${origin}/setup/done?${new URLSearchParams(query)}`);
    const state = action.searchParams.get('state')!;
    expect((await come({ code: 'c0de', state: 'of another registration' })).status).toBe(403);
    expect((await come({ code: '../../user', state })).status).toBe(400);
    expect((await come({ code: 'spent', state })).status).toBe(500);
    expect(existsSync(join(folder, 'data/credentials.env'))).toBe(false);
    const done = await come({ code: 'c0de', state });
    expect(done.status).toBe(200);
    expect(await done.text()).toContain('https://github.test/apps/ours/installations/new');

    const file = join(folder, 'data/credentials.env');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    await until('the App', () => /listening for webhooks/.test(first.output()));
    expect(statSync(join(folder, 'data/postern.sqlite')).mode & 0o777).toBe(0o600);
    child!.kill('SIGTERM');
    expect(await first.ended).toEqual([0, null]);

    chmodSync(file, 0o644);
    const second = start();
    await until('the App', () => /listening for webhooks/.test(second.output()));
    const port = /"port":(\d+)/.exec(second.output())![1]!;
    const webhooks = new Webhooks(`http://127.0.0.1:${port}/api/github/webhooks`, SECRET);
    expect((await webhooks.send('ping', { zen: 'Keep it logically awesome.', hook_id: 1 })).status).toBe(200);
    // People can sign in at the App that was just registered.
    const asked = await fetch(`http://127.0.0.1:${port}/repositories/o/r`, { redirect: 'manual' });
    const consent = new URL(asked.headers.get('location')!);
    expect(consent.origin).toBe('https://github.test');
    expect(consent.searchParams.get('client_id')).toBe('Iv1.c11e');
    expect(consent.searchParams.get('redirect_uri')).toBe('https://postern.example.com/sign-in/callback');
    const cookie = asked.headers.getSetCookie()[0];
    expect(cookie).toMatch(
      /^__Host-postern-sign-in=.*; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    await until('a warning', () => /permission checks: write.*event pull_request/.test(second.output()));
    expect(second.output()).toContain('chmod 600');
    expect((await webhooks.send('ping', {}, { secret: 'another' })).status).toBe(400);
    for (const output of [first.output(), second.output()]) {
      expect(output).not.toContain(SECRET);
      expect(output).not.toContain(CLIENT_SECRET);
      expect(output).not.toContain(PEM.split('\n')[1]);
    }
  },
  SLOW,
);

test(
  'half of a configuration is no reason to register another App',
  async () => {
    const run = start({ WEBHOOK_SECRET: 'chosen' });
    expect(await run.ended).toEqual([2, null]);
    expect(run.output()).toMatch(/APP_ID is not set[\s\S]*neither PRIVATE_KEY nor PRIVATE_KEY_PATH is set/);
    expect(run.output()).not.toContain('chosen');
  },
  SLOW,
);

test(
  'a folder that cannot keep credentials is found out before GitHub is asked for them',
  async () => {
    writeFileSync(join(folder, 'data'), 'a file');
    const run = start();
    expect(await run.ended).toEqual([2, null]);
    expect(run.output()).toMatch(
      /the data directory data cannot be used: .*name another folder in DATA_DIR\n$/,
    );
  },
  SLOW,
);

test(
  'a setup that is told to stop stops',
  async () => {
    const run = start({ PUBLIC_URL: 'https://postern.example.com' });
    await until('the address', () => run.output().includes('https://postern.example.com/setup?key='));
    child!.kill('SIGTERM');
    expect(await run.ended).toEqual([0, null]);
  },
  SLOW,
);

test('what an App lacks of app.yml is named: what is missing, and what is lower', () => {
  const file = {
    ...readAppFile(),
    default_permissions: { contents: 'read', checks: 'write' } as const,
    default_events: ['push', 'check_run'],
  };
  expect(
    lacking(file, {
      permissions: { contents: 'write', checks: 'write' },
      events: ['push', 'check_run', 'ping'],
    }),
  ).toEqual([]);
  expect(lacking(file, { permissions: { checks: 'read' }, events: ['push'] })).toEqual([
    'permission contents: read',
    'permission checks: write',
    'event check_run',
  ]);
  expect(lacking(file, {})).toHaveLength(4);
});
