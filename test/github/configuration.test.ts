import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration, readSurroundings, withCredentials } from '../../app/github/configuration.js';
import { saveCredentials } from '../../app/github/setup/credentials.js';

const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n';
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'postern-configuration-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('kept credentials are found, and count only where the environment names none', () => {
  const env = { DATA_DIR: folder };
  expect(withCredentials(env)).toBeNull();
  saveCredentials(folder, { appId: 7, privateKey: KEY, webhookSecret: 'kept' });
  expect(readConfiguration(withCredentials(env)!)).toMatchObject({
    appId: 7,
    privateKey: KEY,
    webhookSecret: 'kept',
  });
  expect(withCredentials({ ...env, APP_ID: '8' })).toEqual({ ...env, APP_ID: '8' });
  // As a composed environment passes on what nobody has set.
  expect(withCredentials({ ...env, APP_ID: '' })).toMatchObject({ APP_ID: '7' });
});

test('people can sign in where the App has a client, and an address that keeps what is sent there', () => {
  const client = { clientId: 'Iv1.kept', clientSecret: 'kept', publicUrl: 'https://postern.example.com' };
  saveCredentials(folder, { appId: 7, privateKey: KEY, webhookSecret: 'kept' }, client);
  const reading = (env: NodeJS.ProcessEnv = {}) =>
    readConfiguration(withCredentials({ DATA_DIR: folder, ...env })!).reading;
  expect(reading()).toEqual(client);
  expect(reading({ PUBLIC_URL: 'https://other.example.com/' })).toMatchObject({
    publicUrl: 'https://other.example.com',
  });
  expect(reading({ PUBLIC_URL: 'http://postern.example.com' })).toBeNull();
  expect(reading({ PUBLIC_URL: 'http://localhost:3000' })).not.toBeNull();
  expect(reading({ CLIENT_ID: 'Iv1.other', CLIENT_SECRET: 'other' })).toMatchObject({
    clientId: 'Iv1.other',
  });
  expect(() => reading({ CLIENT_ID: 'Iv1.other' })).toThrow('only one is set');
  const own = { APP_ID: '8', PRIVATE_KEY: KEY, WEBHOOK_SECRET: 's' };
  expect(readConfiguration(own).reading).toBeNull();
});

test('a secret that would be read as something else is not kept', () => {
  const save = (): string =>
    saveCredentials(folder, { appId: 7, privateKey: KEY, webhookSecret: 'a\nAPP_ID=8' });
  expect(save).toThrow('cannot be kept');
  expect(withCredentials({ DATA_DIR: folder })).toBeNull();
});

test('everything but credentials has a default', () => {
  expect(readSurroundings({})).toEqual({
    port: 3000,
    host: '0.0.0.0',
    dataDir: 'data',
    apiUrl: 'https://api.github.com',
    serverUrl: 'https://github.com',
    publicUrl: null,
    metrics: null,
    logLevel: 'info',
    deadlineMs: 600_000,
  });
  expect(
    readSurroundings({
      GITHUB_API_URL: 'https://git.test/api/v3/',
      METRICS_PORT: '9464',
      PUBLIC_URL: 'https://p.test/',
    }),
  ).toMatchObject({
    apiUrl: 'https://git.test/api/v3',
    serverUrl: 'https://git.test',
    publicUrl: 'https://p.test',
    metrics: { port: 9464, host: '127.0.0.1' },
  });
});

test.each<[NodeJS.ProcessEnv, string]>([
  [{ METRICS_PORT: '70000' }, 'METRICS_PORT must be'],
  [{ PUBLIC_URL: 'https://user:pass@p.test' }, 'PUBLIC_URL must be'],
  [{ LOG_LEVEL: 'loud' as 'info' }, 'LOG_LEVEL must be'],
])('%j is refused by name', (env, problem) => {
  expect(() => readSurroundings(env)).toThrow(problem);
});
