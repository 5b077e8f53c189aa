import type { Logger } from 'pino';
import type { ReadingConfiguration } from '../configuration.js';
import { CALLBACK_PATH } from '../paths.js';
import { ReaderAccess } from './access.js';
import { Agents } from './agents.js';
import { Readers } from './door.js';
import { Limit } from './limits.js';
import { Sessions } from './sessions.js';
import { SignIn } from './sign-in.js';
import type { StandingModels, StandingOptions } from './standing.js';

/** Addresses are shared by whole offices; those of GitHub's answers to wrong tokens are counted by it too. */
const SIGN_INS = { ofOne: 30, ofAll: 300 };
const TOKENS = { ofOne: 30, ofAll: 300 };

export interface OpenOptions extends Pick<StandingOptions, 'store'> {
  standing: StandingModels;
  reading: ReadingConfiguration;
  apiUrl: string;
  serverUrl: string;
  fetch: typeof fetch;
  /** What runs in the page of a report. */
  script: string;
  log: Logger;
}

/** What answers those who read; false where a path is not for them. */
export type ReadersDoor = Pick<Readers, 'answer'>;

/** Puts together what lets people, and agents in their name, read. */
export function openReaders(options: OpenOptions): ReadersDoor {
  const { reading, apiUrl, serverUrl, fetch: by, script, log, store, standing } = options;
  const { publicUrl, clientId, clientSecret } = reading;
  const access = new ReaderAccess(apiUrl, by);
  const warn = (error: unknown, text: string): void => log.warn({ err: error }, text);
  const agents = new Agents({ store, standing, access, limit: new Limit(TOKENS), warn });
  const readers = new Readers({
    store,
    standing,
    access,
    sessions: new Sessions(),
    signIn: new SignIn({
      serverUrl,
      apiUrl,
      clientId,
      clientSecret,
      redirectUri: `${publicUrl}${CALLBACK_PATH}`,
      fetch: by,
    }),
    limit: new Limit(SIGN_INS),
    publicUrl,
    serverUrl,
    script,
    warn,
  });
  return {
    answer: async (...asked) => (await readers.answer(...asked)) || agents.answer(...asked),
  };
}
