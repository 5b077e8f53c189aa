import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

export const PROGRAM =
  process.env['POSTERN_CLI'] ?? fileURLToPath(new URL('../../dist/app/cli.js', import.meta.url));

export interface Connection {
  client: Client;
  /** Fields of an answer, and its text; an answer that is an error throws its text. */
  ask<T = Record<string, any>>(tool: string, asked?: Record<string, unknown>): Promise<T & { text: string }>;
  close(): Promise<void>;
}

export async function overStandardStreams(repo: string, cache: string): Promise<Connection> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [PROGRAM, 'mcp', '--repo', repo, '--cache', cache],
    env: { PATH: process.env['PATH']! },
    stderr: 'inherit',
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(transport);
  return connection(client, () => client.close());
}

export interface HttpServer {
  url: string;
  child: ChildProcess;
  stop(): Promise<void>;
}
export async function startHttp(
  repo: string,
  cache: string,
  { token, args = [] }: { token?: string; args?: string[] } = {},
): Promise<HttpServer> {
  const child = spawn(
    process.execPath,
    [PROGRAM, 'mcp', '--http', '--port', '0', '--repo', repo, '--cache', cache, ...args],
    {
      env: { PATH: process.env['PATH']!, ...(token ? { POSTERN_MCP_TOKEN: token } : {}) },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /listening on (\S+)/.exec(said);
      if (found) resolve(found[1]!);
    });
    child.on('close', (status) => reject(new Error(`ended with ${status}: ${said}`)));
  });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      child.once('close', () => resolve());
      child.kill();
    });
  return { url, child, stop };
}
export async function overHttp(server: HttpServer, token?: string): Promise<Connection> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  await client.connect(new StreamableHTTPClientTransport(new URL(server.url), { requestInit: { headers } }));
  return connection(client, () => client.close());
}

/** A client that is connected, as tests ask it. */
export const asked = (client: Client): Connection => connection(client, () => client.close());

function connection(client: Client, close: () => Promise<void>): Connection {
  return {
    client,
    close,
    async ask(tool, asked = {}) {
      const answer = await client.callTool({ name: tool, arguments: asked });
      const [{ text }] = answer.content as [{ text: string }];
      if (answer.isError) throw new Error(text);
      return { ...(answer.structuredContent as any), text };
    },
  };
}
