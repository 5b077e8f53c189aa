import { WebSocketServer } from 'ws';
import { prisma } from './database.js';

/** The counter's screen: shows what is lent out, and takes tools back. */
export function attachLive(server) {
  const sockets = new WebSocketServer({ server, path: '/live' });

  sockets.on('connection', (socket) => {
    socket.on('message', async (data) => {
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
