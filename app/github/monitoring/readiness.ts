import type { Store } from '../../../store/store.js';
import { runGit } from '../../git/process.js';
import type { Analyst } from '../analysis.js';

/** From which on git can merge without a work tree. */
const LEAST_GIT: [number, number] = [2, 38];

export interface Readiness {
  ready: boolean;
  /** What was looked at: `ok`, or what is wrong with it. */
  checks: Record<'store' | 'queue' | 'git' | 'analysis', string>;
}

/** Whether the App can do its work, not only take it in. */
export class ReadinessProbe {
  private queue = 'what an earlier process left has not been taken up yet';
  private git: string | null = null;

  constructor(
    private readonly store: Store,
    private readonly analyst: Analyst,
  ) {}

  resumed(): void {
    this.queue = 'ok';
  }

  stopping(): void {
    this.queue = 'the App is stopping';
  }

  async look(): Promise<Readiness> {
    const { queue } = this;
    const store = this.lookAtStore();
    const [git, analysis] = await Promise.all([this.lookAtGit(), this.lookAtAnalysis()]);
    const checks = { store, queue, git, analysis };
    return { ready: Object.values(checks).every((state) => state === 'ok'), checks };
  }

  private lookAtStore(): string {
    try {
      this.store.deliveries.depth();
      return 'ok';
    } catch (error) {
      return (error as Error).message;
    }
  }

  private async lookAtGit(): Promise<string> {
    if (this.git === 'ok') return this.git;
    this.git = await runGit(['--version']).then(
      ({ stdout }) => versionProblem(stdout.toString('utf8')) ?? 'ok',
      (error: unknown) => (error as Error).message,
    );
    return this.git;
  }

  private async lookAtAnalysis(): Promise<string> {
    if (!this.analyst.usable) return 'ok';
    return this.analyst.usable().then(
      () => 'ok',
      (error: unknown) => (error as Error).message,
    );
  }
}

export function versionProblem(said: string): string | null {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(said) ?? [];
  if (major === undefined) return `git says of its version: ${said.trim()}`;
  const [leastMajor, leastMinor] = LEAST_GIT;
  const enough = Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor);
  return enough ? null : `git is ${major}.${minor}: install ${LEAST_GIT.join('.')} or newer`;
}
