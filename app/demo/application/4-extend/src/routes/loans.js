import { Router } from 'express';
import rateLimit from 'express-rate-limit';
import { requireMember, requireRole } from '../auth.js';
import { prisma } from '../database.js';

export const loans = Router();

loans.use(rateLimit({ windowMs: 60_000, limit: 100 }));
loans.use(requireMember);

loans.get('/', requireRole('LIBRARIAN'), async (req, res) => {
  res.json(await prisma.loan.findMany({ where: { returnedAt: null } }));
});

loans.get('/overdue', requireRole('LIBRARIAN'), async (req, res) => {
  res.json(await prisma.loan.findMany({ where: { returnedAt: null, dueAt: { lt: new Date() } } }));
});

loans.post('/', requireRole('LIBRARIAN'), async (req, res) => {
  const { toolId, borrowerId, dueAt } = req.body;
  res.status(201).json(await prisma.loan.create({ data: { toolId, borrowerId, dueAt } }));
});

loans.patch('/:id', requireRole('LIBRARIAN'), async (req, res) => {
  const id = Number(req.params.id);
  res.json(await prisma.loan.update({ where: { id }, data: { dueAt: req.body.dueAt } }));
});

loans.put('/:id/due', async (req, res) => {
  const id = Number(req.params.id);
  res.json(await prisma.loan.update({ where: { id }, data: { dueAt: req.body.dueAt } }));
});

loans.delete('/:id', requireRole('LIBRARIAN'), async (req, res) => {
  await prisma.loan.delete({ where: { id: Number(req.params.id) } });
  res.status(204).end();
});
