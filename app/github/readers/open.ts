import type { Logger } from 'pino';
import type { ReadingConfiguration } from '../configuration.js';
import { CALLBACK_PATH } from '../paths.js';
import { ReaderAccess } from './access.js';
import { Readers } from './door.js';
import { Limit } from './limits.js';
import { Sessions } from './sessions.js';
import { SignIn } from './sign-in.js';
import { StandingModels, type StandingOptions } from './standing.js';

/** Addresses are shared by whole offices; those of GitHub's answers to wrong tokens are counted by it too. */
const SIGN_INS = { ofOne: 30, ofAll: 300 };

export interface OpenOptions extends StandingOptions {
  reading: ReadingConfiguration;
  apiUrl: string;
  serverUrl: string;
  fetch: typeof fetch;
  /** What runs in the page of a report. */
  script: string;
  log: Logger;
}

/** Puts together what lets people read. */
export function openReaders(options: OpenOptions): Readers {
  const { reading, apiUrl, serverUrl, fetch: by, script, log, store } = options;
  const { publicUrl, clientId, clientSecret } = reading;
  return new Readers({
    store,
    standing: new StandingModels(options),
    access: new ReaderAccess(apiUrl, by),
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
    warn: (error, text) => log.warn({ err: error }, text),
  });
}
