import http from 'node:http';
import express from 'express';

const app = express();
app.use(express.json());

app.get('/health', (req, res) => {
  res.json({ ok: true });
});

const server = http.createServer(app);
server.listen(process.env.PORT ?? 3000);
