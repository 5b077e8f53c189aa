import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  type CallToolResult,
} from '@modelcontextprotocol/sdk/types.js';
import { packageVersion } from '../cli/package-version.js';
import { Refusal, refused } from './answer.js';
import { checkChangesTool } from './check-changes.js';
import type { Speaking } from './http.js';
import { serverFor } from './server.js';
import type { Subject } from './subject.js';

export interface RemoteOptions {
  /** Of an App, without trailing slash. */
  server: string;
  /** As `owner/name`. */
  repository: string;
  /** A token of GitHub, of who asks. */
  token: string;
  /** The clone in which somebody writes; null where there is none. */
  local: Subject | null;
}

/** The App cannot be asked at all, for a reason that whoever started this can do something about. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
}

const client = (): Client => new Client({ name: 'postern', version: packageVersion() });

/**
 * What an App has stored, as if it were here: questions are handed on with the token of who asks. `check_changes` is answered
 * from the clone, since what somebody writes is nowhere else.
 *
 * @returns what makes one side of the protocol a connection
 * @throws RemoteError
 */
export async function remoteServer({
  server,
  repository,
  token,
  local,
}: RemoteOptions): Promise<() => Speaking> {
  const app = client();
  const address = new URL(`${server}/mcp/${repository}`);
  const headers = { authorization: `Bearer ${token}` };
  await app
    .connect(new StreamableHTTPClientTransport(address, { requestInit: { headers } }))
    .catch((error: unknown) => {
      throw new RemoteError(reasonOf(error, address));
    });
  const here = local && (await localClient(local));
  const clientFor = (tool: string): Client => (here && tool === checkChangesTool.name ? here : app);
  return () => {
    const speaking = new Server(
      { name: 'postern', title: 'Postern', version: packageVersion() },
      { capabilities: { tools: {}, resources: {} }, instructions: app.getInstructions() },
    );
    speaking.setRequestHandler(ListToolsRequestSchema, () => app.listTools());
    speaking.setRequestHandler(CallToolRequestSchema, async ({ params }): Promise<CallToolResult> => {
      try {
        return (await clientFor(params.name).callTool(params)) as CallToolResult;
      } catch (error) {
        return refused(new Refusal(reasonOf(error, address)));
      }
    });
    speaking.setRequestHandler(ListResourcesRequestSchema, () => app.listResources());
    speaking.setRequestHandler(ReadResourceRequestSchema, ({ params }) => app.readResource(params));
    return speaking;
  };
}

async function localClient(local: Subject): Promise<Client> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await serverFor(local).connect(theirs);
  const here = client();
  await here.connect(ours);
  return here;
}

function reasonOf(error: unknown, { origin, pathname }: URL): string {
  const { code } = error as { code?: number };
  const at = `the App at ${origin}`;
  if (code === 401) return `${at} does not take the token: set one of GitHub that is good in the environment`;
  if (code === 404)
    return `${at} has nothing at ${pathname}: there is no such repository, the App is not installed on it or lets nobody read, or the token may not read its code`;
  if (code === 429) return `${at} asks to try again in a minute: too many tokens were tried`;
  if (error instanceof StreamableHTTPError) return `${at} answered with status ${code}: ask again later`;
  const cause = (error as { cause?: Error }).cause?.message;
  return `${at} could not be asked: ${(error as Error).message}${cause ? ` (${cause})` : ''}`;
}
