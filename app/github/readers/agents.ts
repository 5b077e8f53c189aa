import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Store } from '../../../store/store.js';
import { keep } from '../../bounded-map.js';
import { answerRefusal, speakOver } from '../../mcp/http.js';
import { serverFor } from '../../mcp/server.js';
import { fingerprint } from '../../secrets.js';
import { MCP_PATH } from '../paths.js';
import { GitHubUnavailable, TokenRefused, type ReaderAccess } from './access.js';
import type { Limit } from './limits.js';
import { NAME, OWNER } from './names.js';
import type { StandingModels } from './standing.js';
import { STORED_TOOLS, StoredSubject } from './stored-subject.js';

const ASKED = new RegExp(`^${MCP_PATH}/(${OWNER})/(${NAME})$`);
/** How long a token is known that was good once: no stranger's attempts keep it out. */
const KNOWN_MS = 3_600_000;
const MOST_KNOWN = 10_000;

export interface AgentsOptions {
  store: Store;
  access: ReaderAccess;
  standing: StandingModels;
  /** How often tokens may be tried that were not good before. */
  limit: Limit;
  warn(error: unknown, message: string): void;
}

/** Answers agents over the Model Context Protocol, each with the token of a person who may read the repository. */
export class Agents {
  private readonly known = new Map<string, number>();

  constructor(private readonly options: AgentsOptions) {}

  /** False where a path is not for agents. */
  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    const asked = ASKED.exec(path);
    if (!asked) return false;
    const [, owner = '', name = ''] = asked;
    const { authorization = '', origin } = request.headers;
    const token = /^bearer ([\w.-]{8,255})$/i.exec(authorization)?.[1];
    if (request.method !== 'POST') {
      refuse(response, 405, 'Only POST is served: there are no sessions.', { allow: 'POST' });
    } else if (origin !== undefined) {
      refuse(response, 403, 'Pages in a browser may not ask.');
    } else if (token === undefined) {
      refuse(response, 401, 'A token of GitHub is needed, as bearer.', { 'www-authenticate': 'Bearer' });
    } else {
      await this.ask(request, response, { token, owner, name });
    }
    return true;
  }

  private async ask(
    request: IncomingMessage,
    response: ServerResponse,
    { token, owner, name }: { token: string; owner: string; name: string },
  ): Promise<void> {
    const { access, store, standing, limit, warn } = this.options;
    const wait = this.isKnown(token) ? null : await limit.refuses(request);
    if (wait !== null) {
      refuse(response, 429, 'Too many tokens were tried: ask again later.', { 'retry-after': String(wait) });
      return;
    }
    try {
      const id = await access.repository(token, owner, name);
      this.keep(token);
      const repository = id === null ? null : store.repositories.get(id);
      if (!repository) {
        refuse(
          response,
          404,
          'There is no such repository, or the App is not installed on it, or this token may not read it.',
        );
        return;
      }
      const subject = new StoredSubject(standing, repository);
      response.once('close', () => void subject.close().catch(() => undefined));
      response.setHeader('cache-control', 'private, no-store');
      response.setHeader('x-content-type-options', 'nosniff');
      await speakOver(serverFor(subject, STORED_TOOLS), request, response);
    } catch (error) {
      if (error instanceof TokenRefused)
        refuse(response, 401, 'GitHub does not accept this token.', { 'www-authenticate': 'Bearer' });
      else if (error instanceof GitHubUnavailable) {
        warn(error, 'GitHub could not be asked what a token may read');
        refuse(response, 503, 'GitHub does not answer at the moment: ask again later.');
      } else throw error;
    }
  }

  private isKnown(token: string): boolean {
    return (this.known.get(fingerprint(token)) ?? 0) > Date.now();
  }

  private keep(token: string): void {
    keep(this.known, fingerprint(token), Date.now() + KNOWN_MS, MOST_KNOWN);
  }
}

function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  answerRefusal(response, { status, message, headers: { 'cache-control': 'no-store', ...headers } });
}
