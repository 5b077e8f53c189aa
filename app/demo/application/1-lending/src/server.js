import http from 'node:http';
import express from 'express';
import { loans } from './routes/loans.js';

const app = express();
app.use(express.json());

app.get('/health', (req, res) => {
  res.json({ ok: true });
});

app.use('/loans', loans);

const server = http.createServer(app);
server.listen(process.env.PORT ?? 3000);
