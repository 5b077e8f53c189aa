import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { GitError, lastLine } from './errors.js';

/** Inherited settings that say how git itself is installed; any other `GIT_*` would silently redirect what we read. */
const KEPT = new Set([
  'GIT_EXEC_PATH',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  // Whom to believe, where a server or a proxy has a certificate of the company's own.
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'GIT_PROXY_SSL_CAINFO',
]);

/** Repositories are untrusted: their configuration must not start programs, and nothing may ask a person a question. */
const HARDENING = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.attributesFile=/dev/null',
  '-c',
  'protocol.ext.allow=never',
  '-c',
  'safe.directory=*',
  '-c',
  'safe.bareRepository=all',
  '-c',
  'core.quotePath=false',
  '-c',
  'gc.auto=0',
  '-c',
  'maintenance.auto=false',
];

export interface GitOptions {
  cwd?: string;
  input?: Uint8Array | string;
  /** Added to the hardened environment; the place for credentials, which must never be arguments. */
  env?: Record<string, string>;
  /** Exit statuses that are answers rather than failures; default only 0. */
  accept?: readonly number[];
  /** Lets git speak to other repositories (fetch). Otherwise every transport is refused. */
  transport?: boolean;
  signal?: AbortSignal;
}
export interface GitResult {
  status: number;
  stdout: Buffer;
  stderr: string;
}

/** The environment in which every git of ours runs. */
export function gitEnvironment(options: Pick<GitOptions, 'env' | 'transport'> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('GIT_') || KEPT.has(name),
  );
  return {
    ...Object.fromEntries(inherited),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    // A partial clone would otherwise fetch what is missing, one blob a connection.
    GIT_NO_LAZY_FETCH: '1',
    // Gits that do not know the variable above still find no transport to fetch with.
    ...(options.transport ? {} : { GIT_ALLOW_PROTOCOL: 'none' }),
    ...options.env,
  };
}

/** Starts git with hardened settings and piped streams. */
export function spawnGit(args: readonly string[], options: GitOptions = {}): ChildProcessWithoutNullStreams {
  return spawn('git', [...HARDENING, ...args], {
    cwd: options.cwd,
    env: gitEnvironment(options),
    stdio: 'pipe',
    signal: options.signal,
  });
}

/**
 * Runs git to its end.
 * @throws GitError when it cannot be started, is killed, or exits with a status that is not accepted
 */
export function runGit(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawnGit(args, options);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A child that ends before it has read all of its input is judged by its status, not by the broken pipe.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
    child.on('error', (error) => reject(couldNotStart(error)));
    child.on('close', (status, signal) => {
      const said = Buffer.concat(stderr).toString('utf8');
      if (status !== null && (options.accept ?? [0]).includes(status)) {
        resolve({ status, stdout: Buffer.concat(stdout), stderr: said });
        return;
      }
      const how = signal ? `was killed by ${signal}` : `failed with status ${status}`;
      reject(
        new GitError(`git ${commandOf(args)} ${how}: ${lastLine(said) || 'it gave no reason'}`, status, said),
      );
    });
  });
}

export function couldNotStart(error: Error): GitError {
  if (error.name === 'AbortError') return new GitError('git was stopped because its work was cancelled');
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return new GitError(
    missing
      ? 'git could not be started: install git 2.38 or newer, put it on the PATH, and check that the folder exists'
      : `git could not be started: ${error.message}`,
  );
}

/** The subcommand, for messages: arguments may be long, and may carry what should not be logged. */
function commandOf(args: readonly string[]): string {
  let at = 0;
  while (at < args.length && args[at]!.startsWith('-'))
    at += ['-c', '-C', '--git-dir'].includes(args[at]!) ? 2 : 1;
  return args[at] ?? '';
}
