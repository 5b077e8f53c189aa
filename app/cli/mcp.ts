import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { isLoopback } from '../loopback.js';
import { LiveRepository } from '../live/live-repository.js';
import { withRepository } from '../git/repository.js';
import { httpServer, PATH, type Speaking } from '../mcp/http.js';
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
  /** Of an App, whose store is asked instead of a clone. */
  server?: string;
  /** As `owner/name`; default: that of the remote `origin`. */
  repository?: string;
}

export const TOKEN = 'POSTERN_MCP_TOKEN';
/** A token of GitHub of whoever asks, for an App. */
const GITHUB_TOKEN = 'POSTERN_TOKEN';

/** Answers questions about one repository until whoever asks is gone. Standard output belongs to the protocol. */
export async function mcp(options: McpOptions): Promise<void> {
  const token = process.env[TOKEN] || null;
  if (options.http && token === null && !isLoopback(options.host))
    throw new CommandError(
      `${options.host} can be reached from other machines: set ${TOKEN} in the environment, or listen on 127.0.0.1`,
    );
  const answering =
    options.server === undefined ? await ofClone(options) : await ofApp(options, options.server);
  if (options.http) await overHttp(answering, options, token);
  else await overStandardStreams(answering.speak());
}

/** What speaks to each who connects, and what has to be closed behind it. */
interface Answering {
  speak(): Speaking;
  close(): Promise<void>;
}

async function ofClone(options: McpOptions): Promise<Answering> {
  const live = await opened(options);
  return { speak: () => serverFor(live), close: () => live.close() };
}

async function opened(options: McpOptions): Promise<LiveRepository> {
  const live = await LiveRepository.open({
    repo: options.repo,
    cache: options.cache,
    policy: options.policy,
    warn: (message) => process.stderr.write(`postern: warning: ${visible(message)}\n`),
  });
  // The first question then finds the model ready, or on its way. What is wrong is said to who asks.
  live.snapshot().catch(() => undefined);
  return live;
}

/** What an App has stored; what is being written is asked of the clone, where there is one. */
async function ofApp(options: McpOptions, server: string): Promise<Answering> {
  const token = process.env[GITHUB_TOKEN]?.trim();
  if (!token)
    throw new CommandError(
      `--server needs a token of GitHub that may read the code of the repository: set ${GITHUB_TOKEN} in the environment`,
    );
  const address = URL.canParse(server) ? new URL(server) : null;
  if (
    !address ||
    !(address.protocol === 'https:' || (address.protocol === 'http:' && isLoopback(address.hostname)))
  )
    throw new CommandError(
      `${server} is no address that a token can be sent to: it has to begin with https://`,
    );
  const repository = options.repository ?? (await repositoryOf(options.repo));
  const local = await opened(options).catch((error: unknown) => {
    // Named, a repository can be asked about from anywhere.
    if (options.repository === undefined) throw error;
    return null;
  });
  const { RemoteError, remoteServer } = await import('../mcp/remote.js');
  const close = async (): Promise<void> => local?.close();
  try {
    return {
      speak: await remoteServer({ server: server.replace(/\/+$/, ''), repository, token, local }),
      close,
    };
  } catch (error) {
    await close();
    throw error instanceof RemoteError ? new CommandError(error.message) : error;
  }
}

/** `owner/name` of the remote of a clone. */
async function repositoryOf(repo: string): Promise<string> {
  const origin = await withRepository(repo, (repository) => repository.origin());
  const [, found] = /[/:]([\w-]+\/[\w.-]+?)(?:\.git)?\/*$/.exec(origin ?? '') ?? [];
  if (found === undefined)
    throw new CommandError(
      `${repo} has no remote \`origin\` that names a repository: say which with --repository owner/name`,
    );
  return found;
}

async function overStandardStreams(server: Speaking): Promise<void> {
  await server.connect(new StdioServerTransport());
  await once(process.stdin, 'end');
  // Nobody is left to hear an answer that is still being worked on.
  process.exit(0);
}

async function overHttp(
  { speak, close }: Answering,
  options: McpOptions,
  token: string | null,
): Promise<void> {
  const server = httpServer(speak, { ...options, allowedHosts: options.allowHost, token });
  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    await close();
    throw new CommandError(
      `port ${options.port} of ${options.host} cannot be listened on: ${(error as Error).message}`,
    );
  }
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  process.stderr.write(`postern: listening on http://${host}:${port}${PATH}\n`);
  await once(server, 'close');
}
