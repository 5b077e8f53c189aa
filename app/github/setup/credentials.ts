import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** What GitHub gives when an App is registered, as far as this one needs it. */
export interface Credentials {
  appId: number;
  privateKey: string;
  webhookSecret: string;
}

/** What GitHub gives besides, by which people can sign in. */
export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
  /** Under which browsers reach the App, as it was registered. */
  publicUrl: string;
}

/** Nothing can be kept or read where the operator said. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
  constructor(dataDir: string, cause: unknown) {
    super(
      `the data directory ${dataDir} cannot be used: ${(cause as Error).message}; ` +
        'give the user of this process the right to write there, or name another folder in DATA_DIR',
      { cause },
    );
  }
}

/** Variables that say who the App is. Where one of them is set, nothing is taken from a file. */
export const CREDENTIAL_VARIABLES = ['APP_ID', 'PRIVATE_KEY', 'PRIVATE_KEY_PATH', 'WEBHOOK_SECRET'] as const;

/** Variables by which people can sign in. They may be set beside the file: an App can do without. */
export const CLIENT_VARIABLES = ['CLIENT_ID', 'CLIENT_SECRET'] as const;

/** Where the setup leaves credentials, and where every start looks for them. */
export function credentialsFile(dataDir: string): string {
  return join(dataDir, 'credentials.env');
}

/**
 * Keeps credentials for the owner of the process alone, in lines that `docker --env-file` and Node read too: the key is
 * in base64, for neither knows line breaks in a value.
 */
export function saveCredentials(
  dataDir: string,
  { appId, privateKey, webhookSecret }: Credentials,
  client: ClientCredentials | null = null,
): string {
  // Other characters would mean something to one of those readers. GitHub's secrets are hexadecimal.
  const texts = client ? [webhookSecret, client.clientSecret, client.clientId] : [webhookSecret];
  if (!texts.every((text) => /^[\w.-]+$/.test(text)) || /[\s"'#$`\\]/.test(client?.publicUrl ?? ''))
    throw new Error('GitHub answered with a secret that cannot be kept');
  const file = credentialsFile(dataDir);
  const text =
    '# Written when the App was registered. Whoever has this file is the App.\n' +
    `APP_ID=${appId}\n` +
    `PRIVATE_KEY=${Buffer.from(privateKey).toString('base64')}\n` +
    `WEBHOOK_SECRET=${webhookSecret}\n` +
    (client
      ? `CLIENT_ID=${client.clientId}\nCLIENT_SECRET=${client.clientSecret}\nPUBLIC_URL=${client.publicUrl}\n`
      : '');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const begun = `${file}.${process.pid}.new`;
  rmSync(begun, { force: true });
  // `wx`: nobody has put a file or a link there that they could read it by.
  writeFileSync(begun, text, { mode: 0o600, flag: 'wx' });
  chmodSync(begun, 0o600);
  renameSync(begun, file);
  return file;
}

/**
 * Finds out whether credentials could be kept, before they are asked for: GitHub gives a key once.
 * @throws DataDirectoryError
 */
export function tryToKeep(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const probe = `${credentialsFile(dataDir)}.${process.pid}.probe`;
    writeFileSync(probe, '', { mode: 0o600 });
    rmSync(probe);
  } catch (error) {
    throw new DataDirectoryError(dataDir, error);
  }
}

/**
 * The variables that the file holds; null where there is no file.
 * @throws DataDirectoryError
 */
export function readCredentials(dataDir: string): NodeJS.ProcessEnv | null {
  try {
    return parseEnv(readFileSync(credentialsFile(dataDir), 'utf8')) as NodeJS.ProcessEnv;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new DataDirectoryError(dataDir, error);
  }
}

/** Whether others of the machine may read the file. */
export function readableByOthers(dataDir: string): boolean {
  const mode = statSync(credentialsFile(dataDir), { throwIfNoEntry: false })?.mode ?? 0;
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}
