import { RateLimiterMemory } from 'rate-limiter-flexible';
import { WebSocketServer } from 'ws';
import { memberOf } from './auth.js';
import { prisma } from './database.js';

const limiter = new RateLimiterMemory({ points: 100, duration: 60 });

/** The counter's screen: shows what is lent out, and takes tools back. For librarians, like the routes. */
export function attachLive(server) {
  const sockets = new WebSocketServer({ server, path: '/live' });

  sockets.on('connection', (socket, request) => {
    const member = memberOf(new URL(request.url, 'http://localhost').searchParams.get('token'));
    if (!member) {
      socket.close(4401, 'Sign in first.');
      return;
    }
    if (member.role !== 'LIBRARIAN') {
      socket.close(4403, 'Only for a LIBRARIAN.');
      return;
    }

    socket.on('message', async (data) => {
      try {
        await limiter.consume(member.id);
      } catch {
        socket.close(4429, 'Too many messages.');
        return;
      }
      const message = JSON.parse(data);
      switch (message.type) {
        case 'loans':
          socket.send(JSON.stringify(await prisma.loan.findMany({ where: { returnedAt: null } })));
          break;
        case 'return':
          await prisma.loan.update({ where: { id: message.id }, data: { returnedAt: new Date() } });
          break;
      }
    });
  });
}
