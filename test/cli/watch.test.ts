import { spawn } from 'node:child_process';
import path from 'node:path';
import { PROGRAM } from './cli.js';
import { GUARDED_ROUTE, lendingApplication, LOANS, OPEN_ROUTE, withRoutes } from './lending.js';

test('it prints what comes and goes in the findings while files change', async () => {
  const sandbox = lendingApplication();
  const child = spawn(
    process.execPath,
    [PROGRAM, 'watch', '--repo', sandbox.dir, '--cache', path.join(sandbox.root, 'cache')],
    { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  const listeners = new Set<() => void>();
  const hear = (text: string): void => {
    said += text;
    for (const listener of listeners) listener();
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  /** Waits until this was said since the last time, and forgets it. */
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!pattern.test(said)) return;
        listeners.delete(look);
        said = '';
        resolve();
      };
      listeners.add(look);
      look();
    });
  try {
    await until(/No entry point is affected\.\nWatching\.\n$/);
    sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
    await until(
      /^\+ src\/loans\.js:\d+ {2}error missing-protection \(blocking\) {2}PATCH \/loans\/:id\/extend\n.*\n {2}→ Put `signedIn` in front.*\n1 new divergence/,
    );
    sandbox.write(LOANS, withRoutes(GUARDED_ROUTE));
    await until(/^- src\/loans\.js:\d+ .*\nNo new divergences in 1 affected entry point/);
    // A new file in a new folder counts, one that git ignores does not.
    sandbox.write('.git/info/exclude', 'left-out\n');
    sandbox.write('left-out/x.js', '1');
    sandbox.write('src/new/more.js', withRoutes(''));
    await until(/./);
    // So does another commit: the branch is merged, and nothing is left of the change.
    sandbox.commit('Extend a loan', {});
    await until(/No entry point is affected/);
  } finally {
    child.kill();
    await new Promise((resolve) => child.once('close', resolve));
    sandbox.remove();
  }
});
