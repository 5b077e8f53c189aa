import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A real repository in a temporary folder. */
export class Sandbox {
  readonly root = mkdtempSync(path.join(tmpdir(), 'postern-test-'));
  readonly dir: string;
  private clock = 1_700_000_000;

  constructor(...init: string[]) {
    this.dir = path.join(this.root, 'repository');
    mkdirSync(this.dir);
    this.git('init', '-q', '-b', 'main', ...init);
  }

  git(...args: string[]): string {
    return this.raw(...args)
      .toString('utf8')
      .trimEnd();
  }

  raw(...args: string[]): Buffer {
    const who = { name: 'Test', email: 'test@example.org' };
    const date = `${this.clock} +0000`;
    return execFileSync('git', args, {
      cwd: this.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: who.name,
        GIT_AUTHOR_EMAIL: who.email,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: who.name,
        GIT_COMMITTER_EMAIL: who.email,
        GIT_COMMITTER_DATE: date,
      },
    });
  }

  write(file: string, content: string | Uint8Array): void {
    const place = path.join(this.dir, file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, content);
  }

  /** Writes files (null removes one) and commits everything; the new commit's id. */
  commit(subject: string, files: Record<string, string | Uint8Array | null> = {}): string {
    this.clock += 60;
    for (const [file, content] of Object.entries(files)) {
      if (content === null) rmSync(path.join(this.dir, file));
      else this.write(file, content);
    }
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', subject);
    return this.git('rev-parse', 'HEAD');
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const text = (content: Uint8Array | undefined): string | undefined =>
  content === undefined ? undefined : Buffer.from(content).toString('utf8');
