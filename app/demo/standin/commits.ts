import { spawn } from 'node:child_process';

/** Contents by path; null removes the file. */
export type Files = Record<string, string | null>;
export interface NewCommit {
  ref: string;
  /** The commit before it, null for the first one. */
  parent: string | null;
  /** What differs from there. */
  files: Files;
  message: string;
}
export const IDENTITY = { name: 'Robin Tester', email: 'robin@example.test' };
/** Of every git of the stand-in: nothing of whoever runs it counts. */
export const ENVIRONMENT = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

/** Makes a commit in a bare repository, wherever its ref pointed before, and answers its id: one process of git, without a work tree. */
export function commitIn(gitDirectory: string, commit: NewCommit): Promise<string> {
  return new Promise((resolve, reject) => {
    // Kept as the pack that it is: unpacking it would take another process.
    const settings = ['-c', 'fastimport.unpackLimit=1', '--git-dir', gitDirectory];
    const command = ['fast-import', '--quiet', '--force', '--date-format=raw'];
    const git = spawn('git', [...settings, ...command], { env: { ...process.env, ...ENVIRONMENT } });
    let [answer, said] = ['', ''];
    git.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
    git.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    git.stdin.on('error', () => {}); // the close event says why
    git.on('error', reject);
    git.on('close', (status) => {
      if (status === 0) resolve(answer.trim());
      else reject(new Error(`git fast-import failed: ${said}`));
    });
    git.stdin.end(streamOf(commit));
  });
}

function streamOf({ ref, parent, files, message }: NewCommit): string {
  const lines = [
    `commit ${ref}`,
    'mark :1',
    `committer ${IDENTITY.name} <${IDENTITY.email}> ${anotherSecond()} +0000`,
    data(`${message}\n`),
    ...(parent === null ? [] : [`from ${parent}`]),
    ...Object.entries(files).flatMap(([path, text]) =>
      text === null ? [`D ${quoted(path)}`] : [`M 100644 inline ${quoted(path)}`, data(text)],
    ),
  ];
  return `${lines.join('\n')}\n\nget-mark :1\ndone\n`;
}
let last = 0;
/** A second for each commit: two repositories that begin alike would otherwise have one commit between them, and its checks. */
const anotherSecond = (): number => (last = Math.max(last + 1, Math.floor(Date.now() / 1000)));
const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}`;
const quoted = (path: string): string =>
  `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', String.raw`\n`)}"`;
