import http from 'node:http';
import express from 'express';
import { attachLive } from './live.js';
import { loans } from './routes/loans.js';

const app = express();
app.use(express.json());

app.get('/health', (req, res) => {
  res.json({ ok: true });
});

app.use('/loans', loans);

const server = http.createServer(app);
attachLive(server);
server.listen(process.env.PORT ?? 3000);
