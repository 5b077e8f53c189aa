import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What one domain of the application consists of; about as much of it is worth running as in real applications. */
const FILES = {
  'router.ts': router,
  'service.ts': service,
  'validation.ts': validation,
  'dto.ts': dto,
  'mapper.ts': mapper,
  'pricing.ts': arithmetic,
  'report.ts': arithmetic,
  'service.test.ts': test,
  'client/List.tsx': component,
  'client/Form.tsx': component,
};
const CHANGED_DOMAINS = 10;
/** Sets how long files are: on average, with this, as long as in the servers that were looked at (5 kB). */
const FIELDS = 28;

/**
 * Writes a repository of about `count` TypeScript files, an Express application with Prisma and a browser part, and
 * commits it; a second commit gives ten routers a route more.
 */
export function writeSyntheticRepository(folder, count) {
  const git = (...args) => execFileSync('git', ['-C', folder, ...args], { env: gitEnvironment() });
  const write = (file, text) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  const domains = Array.from(
    { length: Math.max(CHANGED_DOMAINS, Math.round(count / Object.keys(FILES).length)) },
    (_, at) => `thing${at}`,
  );
  mkdirSync(folder, { recursive: true });
  git('init', '-q', '-b', 'main');
  for (const [file, text] of Object.entries(syntheticFiles(domains))) write(file, text);
  git('add', '-A');
  git('commit', '-q', '-m', 'Begin');
  for (const name of domains.slice(0, CHANGED_DOMAINS)) {
    write(`src/${name}/router.ts`, router(name) + route(name, 'get', '/:id/history', 'findUnique'));
  }
  git('commit', '-q', '-a', '-m', 'Histories');
}

/** Texts of the application by path. */
export function syntheticFiles(domains) {
  const files = {
    'package.json': MANIFEST,
    'prisma/schema.prisma': domains.map(schema).join('\n'),
    'src/auth.ts': AUTH,
    'src/database.ts': DATABASE,
    'src/app.ts': application(domains),
  };
  for (const name of domains)
    for (const [file, text] of Object.entries(FILES)) files[`src/${name}/${file}`] = text(name);
  return files;
}

function gitEnvironment() {
  const who = { NAME: 'Bench', EMAIL: 'bench@example.org', DATE: '1700000000 +0000' };
  const identity = Object.entries(who).flatMap(([key, value]) => [
    [`GIT_AUTHOR_${key}`, value],
    [`GIT_COMMITTER_${key}`, value],
  ]);
  return { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', ...Object.fromEntries(identity) };
}

const MANIFEST = `{ "name": "synthetic", "type": "module", "main": "src/app.ts",
  "dependencies": { "express": "5.0.0", "@prisma/client": "6.0.0", "jsonwebtoken": "9.0.0", "zod": "3.0.0", "react": "19.0.0" } }
`;
const DATABASE = `import { PrismaClient } from '@prisma/client';
export const prisma = new PrismaClient();
`;
const AUTH = `import type { NextFunction, Request, Response } from 'express';
import jwt from 'jsonwebtoken';

export function requireUser(req: Request, res: Response, next: NextFunction) {
  try {
    req.user = jwt.verify(String(req.headers.authorization).slice(7), process.env.TOKEN_SECRET!);
    next();
  } catch {
    res.status(401).json({ error: 'Sign in first.' });
  }
}
export const requireRole = (...roles: string[]) => (req: Request, res: Response, next: NextFunction) => {
  if (!roles.includes(req.user.role)) return res.status(403).json({ error: 'Not for you.' });
  next();
};
`;

const capital = (name) => name[0].toUpperCase() + name.slice(1);
const range = (length, text) => Array.from({ length }, (_, at) => text(at)).join('\n');

function schema(name) {
  return `model ${capital(name)} {\n  id Int @id\n  ownerId Int\n  name String\n  amount Int\n  createdAt DateTime\n}\n`;
}

function application(domains) {
  return `import express from 'express';
${domains.map((name) => `import { ${name}Router } from './${name}/router.js';`).join('\n')}

const app = express();
app.use(express.json());
${domains.map((name) => `app.use('/api/${name}', ${name}Router);`).join('\n')}
app.listen(3000);
`;
}

function router(name) {
  const routes = [
    ['get', '/', 'findMany'],
    ['get', '/:id', 'findUnique'],
    ['post', '/', 'create'],
    ['put', '/:id', 'update'],
    ['patch', '/:id/name', 'update'],
    ['delete', '/:id', 'delete'],
  ];
  return `import { Router } from 'express';
import { requireRole, requireUser } from '../auth.js';
import { prisma } from '../database.js';
import { total } from './pricing.js';
import { ${capital(name)}Service } from './service.js';
import { check${capital(name)} } from './validation.js';

const service = new ${capital(name)}Service(prisma);
export const ${name}Router = Router();
${name}Router.use(requireUser);
${routes.map((parts) => route(name, ...parts)).join('')}`;
}

/** A route of a router, with its guard. */
export function route(name, method, place, operation) {
  const guard = operation.startsWith('find') ? '' : "requireRole('ADMIN', 'EDITOR'), ";
  return `
${name}Router.${method}('${place}', ${guard}async (req, res, next) => {
  try {
    const input = check${capital(name)}(req.body);
    if (!input.valid) return res.status(400).json({ errors: input.errors });
    const found = await service.${operation}(Number(req.params.id), input.value, req.user.id);
    if (!found) return res.status(404).json({ error: 'There is no such thing.' });
    res.json({ ...found, total: total(found) });
  } catch (error) {
    next(error);
  }
});
`;
}

function service(name) {
  const method = (operation, args) => `
  async ${operation}(id: number, value: Partial<${capital(name)}Dto>, ownerId: number) {
    const startedAt = Date.now();
    const result = await this.prisma.${name}.${operation}(${args});
    this.log('${operation}', { id, ownerId, milliseconds: Date.now() - startedAt });
    return result;
  }
`;
  return `import type { PrismaClient } from '@prisma/client';
import type { ${capital(name)}Dto } from './dto.js';
import { to${capital(name)} } from './mapper.js';

export class ${capital(name)}Service {
  constructor(private readonly prisma: PrismaClient) {}
${method('findMany', '{ where: { ownerId }, orderBy: { createdAt: "desc" } }')}${method('findUnique', '{ where: { id } }')}${method('create', `{ data: { ...to${capital(name)}(value), ownerId } }`)}${method('update', '{ where: { id }, data: value }')}${method('delete', '{ where: { id } }')}
  private log(operation: string, details: Record<string, unknown>) {
    if (process.env.VERBOSE) console.log(JSON.stringify({ entity: '${name}', operation, ...details }));
  }
}
`;
}

function validation(name) {
  const field = (at) => `
  if (value.field${at} !== undefined) {
    if (typeof value.field${at} !== 'string') errors.push('field${at} must be a text');
    else if (value.field${at}.length > ${100 + at}) errors.push('field${at} is too long');
  }`;
  return `import type { ${capital(name)}Dto } from './dto.js';

export function check${capital(name)}(value: Partial<${capital(name)}Dto>) {
  const errors: string[] = [];
${range(FIELDS, field)}
  return { valid: errors.length === 0, errors, value };
}
`;
}

function dto(name) {
  return `export interface ${capital(name)}Dto {
  id: number;
  amount: number;
${range(FIELDS, (at) => `  /** The ${at}th thing that is known about it. */\n  field${at}: string;`)}
}
export type ${capital(name)}Summary = Pick<${capital(name)}Dto, 'id' | 'amount'>;
`;
}

function mapper(name) {
  return `import type { ${capital(name)}Dto } from './dto.js';

export function to${capital(name)}(value: Partial<${capital(name)}Dto>) {
  return {
    name: [value.field0, value.field1].filter(Boolean).join(' '),
    amount: value.amount ?? 0,
    createdAt: new Date(),
  };
}
export function describe${capital(name)}(value: ${capital(name)}Dto): string[] {
  return [
${range(FIELDS, (at) => `    \`field${at}: \${value.field${at}.trim().toLowerCase()}\`,`)}
  ];
}
`;
}

function arithmetic() {
  const step = (at) => `
export function step${at}(amounts: readonly number[], rate: number): number {
  let sum = 0;
  for (const [index, amount] of amounts.entries()) {
    if (amount < 0) continue;
    sum += index % ${at + 2} === 0 ? amount * (1 + rate / 100) : amount - ${at};
  }
  return Math.round(sum * 100) / 100;
}`;
  return `export const total = (thing: { amount: number }) => step0([thing.amount], 19);
${range(FIELDS, step)}
`;
}

function test(name) {
  const each = (at) => `
  test('case ${at}', async () => {
    const service = new ${capital(name)}Service({ ${name}: { findUnique: async () => ({ id: ${at} }) } } as never);
    expect(await service.findUnique(${at}, {}, 1)).toEqual({ id: ${at} });
  });`;
  return `import { ${capital(name)}Service } from './service.js';

describe('${name}', () => {${range(FIELDS, each)}
});
`;
}

function component(name) {
  const input = (at) => `
      <label htmlFor="field${at}">
        Field ${at}
        <input id="field${at}" value={value.field${at} ?? ''} onChange={(event) => setValue({ ...value, field${at}: event.target.value })} />
      </label>`;
  return `import { useEffect, useState } from 'react';
import type { ${capital(name)}Dto } from '../dto.js';

export function View({ id }: { id: number }) {
  const [value, setValue] = useState<Partial<${capital(name)}Dto>>({});
  useEffect(() => {
    fetch(\`/api/${name}/\${id}\`)
      .then((response) => response.json())
      .then(setValue);
  }, [id]);
  return (
    <form>${range(FIELDS, input)}
      <button type="submit">Save</button>
    </form>
  );
}
`;
}
