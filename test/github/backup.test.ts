import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gitEnvironment } from '../../app/git/process.js';
import { openStore } from '../../store/store.js';
import { SLOW, setUp, type Setting } from './setting.js';

const PROGRAM = fileURLToPath(new URL('../../dist/app/backup.js', import.meta.url));
let setting: Setting;
beforeEach(async () => {
  setting = await setUp();
}, SLOW);
afterEach(() => setting.end());

test(
  'a copy that is made while the App works is a database to go on with',
  async () => {
    const { repository, webhooks, app, configuration, folder } = setting;
    const opened = await repository.openPullRequest({
      title: 'Live',
      files: { 'a.routes': 'GET /a authentication\n' },
    });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const to = join(folder, 'copy.sqlite');
    const run = (): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [PROGRAM, to], {
        env: { PATH: process.env['PATH'], DATA_DIR: configuration.dataDir },
        encoding: 'utf8',
      });
    expect(run()).toMatchObject({ status: 0 });
    expect(statSync(to).mode & 0o777).toBe(0o600);
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('is there already') as string });
    mkdirSync(join(folder, 'restored'));
    copyFileSync(to, join(folder, 'restored/postern.sqlite'));
    const restored = openStore(join(folder, 'restored/postern.sqlite'));
    expect(restored.repositories.get(repository.id)).toEqual(app.store.repositories.get(repository.id));
    expect(restored.baseModels.position(repository.id)).toEqual(app.store.baseModels.position(repository.id));
    restored.close();
  },
  SLOW,
);

test('git keeps the certificates that the operator names, and nothing that would redirect it', () => {
  const names = ['GIT_SSL_CAINFO', 'GIT_DIR', 'GIT_CONFIG_COUNT', 'GIT_SSH_COMMAND'];
  for (const name of names) process.env[name] = 'x';
  try {
    const env = gitEnvironment();
    expect(names.filter((name) => env[name] === 'x')).toEqual(['GIT_SSL_CAINFO']);
  } finally {
    for (const name of names) delete process.env[name];
  }
});
