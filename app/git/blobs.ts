import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Socket } from 'node:net';
import { GitError, lastLine } from './errors.js';
import { couldNotStart, spawnGit } from './process.js';

/** A whole object id. */
export const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const NEWLINE = 0x0a;

/** Reads blobs through one long-lived `git cat-file`, started by the first read. */
export class BlobReader {
  private process: BatchProcess | null = null;

  constructor(
    /** Options of git itself, which say where the objects are; asked for when the process starts. */
    private readonly args: () => readonly string[],
  ) {}

  /**
   * Contents by id. What the object database lacks, and what is not a blob, is absent.
   * @throws GitError when git dies before it has answered
   */
  async read(ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    const wanted = [...new Set(ids)].filter((id) => OBJECT_ID.test(id));
    if (wanted.length === 0) return new Map();
    return this.running().read(wanted);
  }

  /**
   * The id of the commit or tree that an object is, or leads to; null where the object database has no such.
   * @throws GitError when git dies before it has answered
   */
  peel(id: string, type: 'commit' | 'tree'): Promise<string | null> {
    return this.running().peel(`${id}^{${type}}`);
  }

  private running(): BatchProcess {
    if (!this.process || this.process.ended) this.process = new BatchProcess(this.args());
    return this.process;
  }

  /** Ends the process, after questions still open have been answered; a later read starts a new one. */
  async close(): Promise<void> {
    const process = this.process;
    this.process = null;
    await process?.close();
  }
}

interface Request {
  /** Contents are asked for, and not only which object it is. */
  contents: boolean;
  answer(id: string | null, content: Buffer | null): void;
  fail(error: Error): void;
}

/**
 * Requests are pipelined: answers come in the order of the questions, and git is never waited for between two of
 * them. Node buffers what git has not read yet, and what git writes is always read, so neither blocks the other.
 */
class BatchProcess {
  ended = false;
  private closing = false;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly closed: Promise<void>;
  private readonly pending: Request[] = [];
  private stderr = '';
  private header: Buffer[] = [];
  private content: { id: string; bytes: Buffer; filled: number; blob: boolean } | null = null;
  /** A content is followed by one newline, which may arrive in a later chunk. */
  private separator = false;

  constructor(args: readonly string[]) {
    this.child = spawnGit([...args, 'cat-file', '--batch-command', '--buffer']);
    this.child.stdout.on('data', (chunk: Buffer) => this.take(chunk));
    this.child.stderr.on(
      'data',
      (chunk: Buffer) => (this.stderr = (this.stderr + chunk.toString('utf8')).slice(-2000)),
    );
    this.child.stdin.on('error', () => {}); // the close event says why
    this.child.on('error', (error) => this.abandon(couldNotStart(error)));
    this.closed = new Promise((resolve) => {
      this.child.on('close', (status, signal) => {
        const how = signal ? `was killed by ${signal}` : `ended with status ${status}`;
        const why = lastLine(this.stderr) || 'it gave no reason';
        this.abandon(
          new GitError(`git cat-file ${how} while blobs were being read: ${why}`, status, this.stderr),
        );
        resolve();
      });
    });
  }

  async read(ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    const answers = ids.map(
      (id) =>
        new Promise<void>((resolve, reject) => {
          const answer: Request['answer'] = (_id, content) => {
            if (content) found.set(id, content);
            resolve();
          };
          this.pending.push({ contents: true, answer, fail: reject });
        }),
    );
    this.keepsNodeAlive(true);
    this.child.stdin.write(ids.map((id) => `contents ${id}\n`).join('') + 'flush\n');
    // A dying child fails every request, and each of these rejections needs someone who hears it.
    const failed = (await Promise.allSettled(answers)).find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    return found;
  }

  peel(name: string): Promise<string | null> {
    return new Promise((resolve, reject) => {
      this.pending.push({ contents: false, answer: (id) => resolve(id), fail: reject });
      this.keepsNodeAlive(true);
      this.child.stdin.write(`info ${name}\nflush\n`);
    });
  }

  async close(): Promise<void> {
    this.closing = true;
    this.keepsNodeAlive(true);
    this.child.stdin.end();
    await this.closed;
  }

  /** An idle reader must not keep a program running whose owner forgot to close it. */
  private keepsNodeAlive(busy: boolean): void {
    const handles = [
      this.child,
      this.child.stdin,
      this.child.stdout,
      this.child.stderr,
    ] as unknown as Socket[];
    for (const handle of handles) {
      if (busy) handle.ref?.();
      else handle.unref?.();
    }
  }

  private abandon(error: Error): void {
    this.ended = true;
    for (const request of this.pending.splice(0)) request.fail(error);
  }

  private take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.separator) {
        this.separator = false;
        at += 1;
      } else if (this.content) {
        const copied = chunk.copy(this.content.bytes, this.content.filled, at);
        this.content.filled += copied;
        at += copied;
        this.finishContent();
      } else {
        const end = chunk.indexOf(NEWLINE, at);
        this.header.push(chunk.subarray(at, end < 0 ? chunk.length : end));
        at = end < 0 ? chunk.length : end + 1;
        if (end >= 0) this.takeHeader(Buffer.concat(this.header.splice(0)).toString('utf8'));
      }
    }
    // The newline behind the last content may come while the end is waited for.
    if (this.pending.length === 0 && !this.closing) this.keepsNodeAlive(false);
  }

  /** `<id> <type> <size>`, or `<id> missing`. */
  private takeHeader(header: string): void {
    const [id, type, size] = header.split(' ');
    if (size === undefined) this.pending.shift()?.answer(null, null);
    else if (this.pending[0]?.contents === false) this.pending.shift()?.answer(id!, null);
    else this.takeContent(id!, type!, size);
  }

  private takeContent(id: string, type: string, size: string): void {
    this.content = { id, bytes: Buffer.allocUnsafeSlow(Number(size)), filled: 0, blob: type === 'blob' };
    this.finishContent();
  }

  private finishContent(): void {
    const content = this.content;
    if (!content || content.filled < content.bytes.length) return;
    this.content = null;
    this.separator = true;
    this.pending.shift()?.answer(content.id, content.blob ? content.bytes : null);
  }
}
