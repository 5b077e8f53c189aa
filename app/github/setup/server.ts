import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Octokit } from '@octokit/rest';
import { isLoopback } from '../../loopback.js';
import { isSame } from '../../secrets.js';
import { readForm } from '../form.js';
import { HEALTH_PATH, SETUP_PATH, WEBHOOK_PATH } from '../paths.js';
import { listen } from '../listening.js';
import { PLAIN_POLICY } from '../plain-page.js';
import {
  credentialsFile,
  saveCredentials,
  tryToKeep,
  type ClientCredentials,
  type Credentials,
} from './credentials.js';
import { manifestOf, readAppFile, registrationAddress } from './manifest.js';
import { donePage, problemPage, questionPage, registerPage } from './pages.js';

const DONE_PATH = `${SETUP_PATH}/done`;
/** Two short fields. */
const MAX_FORM_BYTES = 8 * 1024;

export interface SetupOptions {
  port: number;
  host: string;
  dataDir: string;
  apiUrl: string;
  serverUrl: string;
  /** Under which GitHub and people reach the App, where the operator has said so. */
  publicUrl: string | null;
  fetch?: typeof fetch;
  /** Tells the operator what to do. */
  say(text: string): void;
}

/** A setup that waits for a person. */
export interface Setup {
  port: number;
  /** What to open; holds the key without which nothing is answered. */
  address: string;
  /** Resolves once the App is registered, its credentials are kept, and the port is free again. */
  done: Promise<void>;
  close(): Promise<void>;
}

/**
 * Registers a GitHub App by its manifest: asks where GitHub reaches this machine, sends the browser to GitHub with the
 * manifest, and exchanges the code that it comes back with for key and secret. Who opens it must have read the key in the
 * output of the process, and an answer counts only for the manifest that was sent from here.
 *
 * @throws when the port is taken, or credentials could not be kept
 */
export async function startSetup(options: SetupOptions): Promise<Setup> {
  const app = readAppFile();
  tryToKeep(options.dataDir);
  const key = randomBytes(24).toString('base64url');
  const state = randomBytes(24).toString('base64url');
  const server = createServer();
  server.requestTimeout = 30_000;
  let finish: () => void;
  const registered = new Promise<void>((resolve) => (finish = resolve));
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request)
      .catch((error: unknown): Answer => {
        options.say(`The App could not be registered: ${(error as Error).message}`);
        return { status: 500, html: problemPage('Something failed; the output of the process says what.') };
      })
      .then(
        ({ status, html, done }) => {
          response
            .writeHead(status, { ...HEADERS, 'content-type': 'text/html; charset=utf-8' })
            .end(html, () => done && finish());
        },
        () => response.destroy(),
      );
  });

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'GET' && url.pathname === HEALTH_PATH)
      return { status: 200, html: 'waiting to be set up\n' };
    if (request.method === 'GET' && url.pathname === DONE_PATH) return conclude(url);
    if (url.pathname !== SETUP_PATH) return { status: 404, html: problemPage(NOT_SET_UP) };
    if (!isSame(url.searchParams.get('key') ?? '', key)) return { status: 403, html: problemPage(WRONG_KEY) };
    const action = `${SETUP_PATH}?key=${key}`;
    const browser = browserAddress(request, options.publicUrl);
    if (request.method === 'GET') {
      const address = options.publicUrl ?? (isLoopback(new URL(browser).hostname) ? '' : browser);
      return { status: 200, html: questionPage({ app, action, address, organisation: '', problem: null }) };
    }
    if (request.method !== 'POST')
      return { status: 405, html: problemPage('Open this address in a browser.') };
    const text = await readForm(request, MAX_FORM_BYTES);
    if (text === null) throw new Error('a form was too long');
    const form = new URLSearchParams(text);
    const address = (form.get('address') ?? '').trim().replace(/\/+$/, '');
    const organisation = (form.get('organisation') ?? '').trim();
    const problem = problemWith(address, organisation);
    if (problem !== null)
      return { status: 400, html: questionPage({ app, action, address, organisation, problem }) };
    publicUrl = address;
    return {
      status: 200,
      html: registerPage({
        action: registrationAddress(options.serverUrl, organisation, state),
        manifest: manifestOf(app, { webhooks: address, browser }, DONE_PATH),
        webhooks: `${address}${WEBHOOK_PATH}`,
      }),
    };
  };

  /** Under which browsers will reach the App, as it was registered last. */
  let publicUrl: string | null = null;
  const conclude = async (url: URL): Promise<Answer> => {
    if (!isSame(url.searchParams.get('state') ?? '', state))
      return { status: 403, html: problemPage(WRONG_STATE) };
    const code = url.searchParams.get('code') ?? '';
    if (!/^[\w-]{1,200}$/.test(code))
      return { status: 400, html: problemPage('GitHub sent no code that could be used.') };
    const { credentials, client, page } = await exchange(code, options);
    const file = saveCredentials(
      options.dataDir,
      credentials,
      client && publicUrl ? { ...client, publicUrl } : null,
    );
    options.say(
      `The App ${credentials.appId} is registered; its credentials are in ${file}, readable by the owner of this process alone.\n` +
        `Install it on repositories: ${page}/installations/new`,
    );
    return {
      status: 200,
      html: donePage({ installAddress: `${page}/installations/new`, file, appId: credentials.appId }),
      done: true,
    };
  };

  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const address = `${options.publicUrl ?? `http://localhost:${port}`}${SETUP_PATH}?key=${key}`;
  options.say(
    `There is no GitHub App yet. To register one, open\n\n  ${address}\n\n` +
      'in a browser that reaches this machine. The key in it is good until the App is registered or this process ends.\n' +
      `Its credentials will be kept in ${credentialsFile(options.dataDir)}, where every later start finds them.\n` +
      'Where there is an App already, set APP_ID, PRIVATE_KEY (or PRIVATE_KEY_PATH) and WEBHOOK_SECRET instead: see docs/app.md.',
  );
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    });
  return { port, address, done: registered.then(close), close };
}

interface Answer {
  status: number;
  html: string;
  /** There is nothing more to do. */
  done?: boolean;
}

const NOT_SET_UP = 'This App is not set up yet. The output of its process says which address to open.';
const WRONG_KEY = 'The key is missing or wrong. The output of the process has the whole address.';
const WRONG_STATE = 'This answer does not belong to a registration that was begun here. Begin again.';

/** The page is nobody else's: not in frames, not in caches; and the key in its address does not go to GitHub. */
const HEADERS = {
  // The port is the App's once the last answer is out.
  connection: 'close',
  'cache-control': 'no-store',
  'content-security-policy': `${PLAIN_POLICY}; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

async function exchange(
  code: string,
  { apiUrl, fetch: by }: SetupOptions,
): Promise<{ credentials: Credentials; client: Omit<ClientCredentials, 'publicUrl'> | null; page: string }> {
  const octokit = new Octokit({ baseUrl: apiUrl, request: by ? { fetch: by } : {} });
  const { data } = await octokit.rest.apps.createFromManifest({ code });
  if (!data.webhook_secret) throw new Error('GitHub gave the App no webhook secret');
  return {
    credentials: { appId: data.id, privateKey: data.pem, webhookSecret: data.webhook_secret },
    client:
      data.client_id && data.client_secret
        ? { clientId: data.client_id, clientSecret: data.client_secret }
        : null,
    page: data.html_url,
  };
}

function problemWith(address: string, organisation: string): string | null {
  const parsed = URL.canParse(address) ? new URL(address) : null;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.search || parsed.hash)
    return 'The address has to be an http(s) URL without credentials, as https://postern.example.com.';
  if (organisation !== '' && !/^[\w-]{1,100}$/.test(organisation))
    return 'The organisation has to be its name as in its address on GitHub.';
  return null;
}

/** Where the browser has to come back to: what it was opened under. */
function browserAddress(request: IncomingMessage, publicUrl: string | null): string {
  const host = request.headers.host ?? '';
  if (publicUrl !== null && new URL(publicUrl).host === host) return publicUrl;
  return /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(host)
    ? `http://${host}`
    : (publicUrl ?? 'http://localhost');
}
