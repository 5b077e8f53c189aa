import { Sandbox } from '../git/sandbox.js';

/** A small application whose routes all ask for a signed-in person, written as a history of merges. */
const APP = `import express from 'express';
import { loans } from './loans.js';
const app = express();
app.use(express.json());
app.use('/loans', loans);
app.listen(3000);
`;
const GUARD = `export function signedIn(req, res, next) {
  if (!req.session?.person) return res.status(401).end();
  next();
}
`;
const route = (method: string, path: string, operation: string, guarded: boolean): string =>
  `loans.${method}('${path}', ${guarded ? 'signedIn, ' : ''}async (req, res) => {
  res.json(await prisma.loan.${operation}({ where: { id: req.params.id }, data: req.body }));
});
`;
const HEAD = `import { Router } from 'express';
import { prisma } from './database.js';
import { signedIn } from './signed-in.js';
export const loans = Router();
`;
const BASE =
  HEAD +
  route('post', '/', 'create', true) +
  route('put', '/:id', 'update', true) +
  route('patch', '/:id/return', 'update', true) +
  route('delete', '/:id', 'delete', true);

export const OPEN_ROUTE = route('patch', '/:id/extend', 'update', false);
export const GUARDED_ROUTE = route('patch', '/:id/extend', 'update', true);
export const OPEN_RENEWAL = route('patch', '/:id/renew', 'update', false);
export const LOANS = 'src/loans.js';

/** main: the application; `open` adds a route without the guard, `guarded` the same with it. */
export function lendingApplication(): Sandbox {
  const sandbox = new Sandbox();
  sandbox.commit('Lend things (#1)', {
    'package.json':
      '{ "name": "lending", "type": "module", "main": "src/app.js", "dependencies": { "express": "5.0.0" } }\n',
    'src/app.js': APP,
    'src/signed-in.js': GUARD,
    'src/database.js':
      "import { PrismaClient } from '@prisma/client';\nexport const prisma = new PrismaClient();\n",
    'prisma/schema.prisma': 'model Loan {\n  id String @id\n}\n',
    [LOANS]: BASE,
  });
  for (const [branch, addition] of [
    ['open', OPEN_ROUTE],
    ['guarded', GUARDED_ROUTE],
  ] as const) {
    sandbox.git('checkout', '-q', '-b', branch, 'main');
    sandbox.commit(`Extend a loan: ${branch}`, { [LOANS]: BASE + addition });
  }
  sandbox.git('checkout', '-q', 'main');
  return sandbox;
}

/** The routes of the application as it is on main, followed by `more`. */
export const withRoutes = (more: string): string => BASE + more;
