import type { Server } from 'node:http';

/** Begins to listen. @throws when the port is taken, saying which variable chooses another */
export function listen(
  server: Server,
  { port, host }: { port: number; host: string },
  variable = 'PORT',
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port} is taken: set ${variable} to a free one`, { cause: error })
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
}
