import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { finished } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { isSame } from '../secrets.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

export const PATH = '/mcp';
const MOST_BYTES = 1_000_000;

export interface HttpOptions {
  host: string;
  port: number;
  /** Names besides this machine's own by which it may be addressed. */
  allowedHosts: readonly string[];
  /** Where there is one, every request has to carry it. */
  token: string | null;
}

/** What speaks the protocol: with one transport, for the time of a connection. */
export interface Speaking {
  connect(transport: Transport): Promise<void>;
  close(): Promise<void>;
}

/** Serves the protocol over streamable HTTP. Nothing is kept between requests, so that there are no sessions to steal. */
export function httpServer(speak: () => Speaking, options: HttpOptions): Server {
  return createServer((request, response) => {
    const refusal = refusalOf(request, options);
    if (refusal) answerRefusal(response, refusal);
    else void speakOver(speak(), request, response);
  });
}

/** Says why somebody may not ask, in the terms of the protocol. */
export function answerRefusal(response: ServerResponse, { status, message, headers }: HttpRefusal): void {
  const ours = { 'content-type': 'application/json', connection: 'close' };
  const text = JSON.stringify({ jsonrpc: '2.0', error: { code: -32000, message }, id: null });
  const answer = (): void => void response.writeHead(status, { ...ours, ...headers }).end(text);
  // A connection that is closed over what is still being sent may take the answer along (RFC 9112, 9.6); how long that lasts, the
  // server limits.
  const { req: request } = response;
  if (request.complete) answer();
  else finished(request.resume(), answer);
}

/** Answers one request. Who may ask has been decided. */
export async function speakOver(
  server: Speaking,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
    enableJsonResponse: true,
    maxRequestBodySize: MOST_BYTES,
  });
  response.once('close', () => void server.close());
  try {
    await server.connect(transport);
    await transport.handleRequest(request, response);
  } catch {
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
}

interface HttpRefusal {
  status: number;
  message: string;
  headers?: Record<string, string>;
}

/**
 * Who may not ask. A page in a browser reaches this machine too: it says its origin, and by giving its own name this machine's
 * address (DNS rebinding) it would be taken for a local program if names were not looked at.
 */
function refusalOf(request: IncomingMessage, options: HttpOptions): HttpRefusal | null {
  const { host, origin, authorization } = request.headers;
  if (!isAllowed(hostNameOf(host), options))
    return {
      status: 403,
      message: 'This host name is not served: use localhost, or start with --allow-host.',
    };
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, message: 'Pages of other origins may not ask.' };
  if (options.token !== null && !isSame(authorization ?? '', `Bearer ${options.token}`))
    return {
      status: 401,
      message: 'A bearer token is needed.',
      headers: { 'www-authenticate': 'Bearer' },
    };
  if (request.url?.split('?')[0] !== PATH) return { status: 404, message: `Only ${PATH} is served.` };
  if (request.method !== 'POST')
    return {
      status: 405,
      message: 'Only POST is served: there are no sessions.',
      headers: { allow: 'POST' },
    };
  return null;
}

function hostNameOf(header: string | undefined): string | null {
  const found = /^(\[[0-9a-f:.]+\]|[^:[\]/@\s]+)(?::\d{1,5})?$/i.exec(header ?? '');
  return found ? found[1]!.replace(/^\[|\]$/g, '').toLowerCase() : null;
}
/** A name is what an attacker can point elsewhere; an address is not. */
const isAllowed = (name: string | null, { host, allowedHosts }: HttpOptions): boolean =>
  name !== null &&
  (name === 'localhost' ||
    isIP(name) !== 0 ||
    name === host.toLowerCase() ||
    allowedHosts.some((each) => each.toLowerCase() === name));
