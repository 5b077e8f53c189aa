import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { StandInGitHub } from '../../app/demo/standin/github.js';
import type { StandInRepository } from '../../app/demo/standin/repository.js';
import { FetchError, Mirror } from '../../app/github/mirror.js';
import { APP_ID } from './setting.js';

let folder: string;
let github: StandInGitHub;
let repository: StandInRepository;
let url: string;
let token: string;
let tip: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-mirror-'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  github = await StandInGitHub.start({ appId: APP_ID, privateKey: pem, folder: join(folder, 'github') });
  repository = await github.createRepository('library', 'tools');
  tip = await repository.commit('refs/heads/main', { 'a.txt': 'a\n' }, 'Begin');
  url = `${github.url}/library/tools.git`;
  token = 'ghs_of_this_test';
  github.credentials.keep(token, repository.installationId);
});
afterEach(async () => {
  await github.stop();
  rmSync(folder, { recursive: true, force: true });
});

const resolve = (mirror: Mirror, ref: string): string =>
  execFileSync('git', ['--git-dir', mirror.gitDirectory, 'rev-parse', ref], {
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();

test('holds the refs that were asked for, under their own names, forced updates included', async () => {
  const mirror = await Mirror.open(join(folder, 'mirrors'), 1);
  await mirror.fetch({ refs: ['refs/heads/main'], url, token });
  expect(resolve(mirror, 'refs/heads/main')).toBe(tip);
  const rewritten = await repository.commit('refs/heads/main', { 'b.txt': 'b\n' }, 'Begin again');
  await repository.commit('refs/heads/other', {}, 'Not asked for');
  const again = await Mirror.open(join(folder, 'mirrors'), 1);
  await again.fetch({ refs: ['refs/heads/main'], url, token });
  expect(resolve(again, 'refs/heads/main')).toBe(rewritten);
  expect(() => resolve(again, 'refs/heads/other')).toThrow();
});

test('keeps no credentials, hooks or half-made repositories', async () => {
  const mirror = await Mirror.open(join(folder, 'mirrors'), 1);
  await mirror.fetch({ refs: ['refs/heads/main'], url, token });
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  expect(() => execFileSync('grep', ['-rE', `${token}|${basic}`, mirror.gitDirectory])).toThrow();
  expect(existsSync(join(mirror.gitDirectory, 'hooks'))).toBe(false);
  expect(readdirSync(join(folder, 'mirrors'))).toEqual(['1.git']);
});

test('forgetting a ref and tidying up are harmless when there is nothing to do', async () => {
  const mirror = await Mirror.open(join(folder, 'mirrors'), 1);
  await mirror.fetch({ refs: ['refs/heads/main'], url, token });
  await mirror.forget('refs/pull/9/head');
  await mirror.forget('refs/heads/main');
  await mirror.tidy();
  expect(() => resolve(mirror, 'refs/heads/main')).toThrow();
  expect(resolve(mirror, `${tip}^{commit}`)).toBe(tip);
});

test('a ref that is not there is told apart from a remote that fails', async () => {
  const mirror = await Mirror.open(join(folder, 'mirrors'), 1);
  const attempt = (refs: string[], as = token): Promise<unknown> =>
    mirror.fetch({ refs, url, token: as }).catch((error: unknown) => error);
  expect(await attempt(['refs/heads/gone'])).toMatchObject({ name: 'FetchError', lacking: true });
  const refused = await attempt(['refs/heads/main'], 'ghs_made_up');
  expect(refused).toBeInstanceOf(FetchError);
  expect(refused).toMatchObject({ lacking: false });
  expect((refused as Error).message).not.toContain('ghs_made_up');
  github.fail({ times: 1, status: 502 });
  expect(await attempt(['refs/heads/main'])).toMatchObject({ name: 'FetchError', lacking: false });
  expect(await attempt(['refs/heads/main'])).toBeUndefined();
});

test('what is no ref or no id gets neither to git nor into a path', async () => {
  const mirror = await Mirror.open(join(folder, 'mirrors'), 1);
  for (const ref of [
    'refs/heads/../../config',
    'refs/heads/a:refs/heads/b',
    'refs/heads/a b',
    'refs/heads/*',
    'refs/heads/',
    'refs/heads/a.lock',
    'refs/notes/a',
    '--upload-pack=touch',
    'refs/heads/a\nrefs/heads/b',
  ])
    await expect(mirror.fetch({ refs: [ref], url, token })).rejects.toMatchObject({
      name: 'FetchError',
      lacking: true,
    });
  await repository.commit('refs/heads/-x/ä+#&é', { 'a.txt': 'b\n' }, 'An odd name that is one');
  await mirror.fetch({ refs: ['refs/heads/-x/ä+#&é'], url, token });
  await expect(Mirror.open(join(folder, 'mirrors'), '../elsewhere' as unknown as number)).rejects.toThrow(
    'not the id',
  );
});
