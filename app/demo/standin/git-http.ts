import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Serves git for real: hands a request to `git http-backend` by the common gateway interface. */
export function serveGit(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      // Absent when the client sends in chunks; the backend then reads to the end.
      ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
      ...(request.headers['content-encoding']
        ? { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }
        : {}),
    },
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => {});
  backend.stderr.resume();
  return new Promise((resolve) => {
    let head: Buffer | null = Buffer.alloc(0);
    backend.stdout.on('data', (chunk: Buffer) => {
      if (head === null) {
        response.write(chunk);
        return;
      }
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      writeHead(response, head.subarray(0, end).toString('latin1'));
      response.write(head.subarray(end + 4));
      head = null;
    });
    const finish = (): void => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
      resolve();
    };
    backend.on('error', finish);
    backend.on('close', finish);
    response.on('close', () => backend.kill());
  });
}

function writeHead(response: ServerResponse, lines: string): void {
  let status = 200;
  for (const line of lines.split('\r\n')) {
    const [name, ...value] = line.split(': ');
    if (name?.toLowerCase() === 'status') status = Number.parseInt(value.join(': '), 10);
    else if (name) response.setHeader(name, value.join(': '));
  }
  response.writeHead(status);
}
