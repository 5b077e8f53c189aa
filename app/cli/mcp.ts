import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { LiveRepository } from '../live/live-repository.js';
import { httpServer, PATH } from '../mcp/http.js';
import { serverFor } from '../mcp/server.js';
import { visible } from '../report/escape.js';
import { CommandError } from './failure.js';
import type { PolicyOptions } from './policy.js';
import type { CommonOptions } from './workspace.js';

export interface McpOptions extends CommonOptions, Pick<PolicyOptions, 'policy'> {
  http?: boolean;
  host: string;
  port: number;
  allowHost: string[];
}

export const TOKEN = 'POSTERN_MCP_TOKEN';

/** Answers questions about one repository until whoever asks is gone. Standard output belongs to the protocol. */
export async function mcp(options: McpOptions): Promise<void> {
  const token = process.env[TOKEN] || null;
  if (options.http && token === null && !isLoopback(options.host))
    throw new CommandError(
      `${options.host} can be reached from other machines: set ${TOKEN} in the environment, or listen on 127.0.0.1`,
    );
  const live = await LiveRepository.open({
    repo: options.repo,
    cache: options.cache,
    policy: options.policy,
    warn: (message) => process.stderr.write(`postern: warning: ${visible(message)}\n`),
  });
  // The first question then finds the model ready, or on its way. What is wrong is said to who asks.
  live.snapshot().catch(() => undefined);
  if (options.http) await overHttp(live, options, token);
  else await overStandardStreams(live);
}

async function overStandardStreams(live: LiveRepository): Promise<void> {
  const server = serverFor(live);
  await server.connect(new StdioServerTransport());
  await once(process.stdin, 'end');
  // Nobody is left to hear an answer that is still being worked on.
  process.exit(0);
}

async function overHttp(live: LiveRepository, options: McpOptions, token: string | null): Promise<void> {
  const server = httpServer(live, { ...options, allowedHosts: options.allowHost, token });
  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    await live.close();
    throw new CommandError(
      `port ${options.port} of ${options.host} cannot be listened on: ${(error as Error).message}`,
    );
  }
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  process.stderr.write(`postern: listening on http://${host}:${port}${PATH}\n`);
  await once(server, 'close');
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
