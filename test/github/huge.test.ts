import { ENGINE } from '../../app/github/analysis-here.js';
import { SLOW, setUp, type Setting } from './setting.js';

let setting: Setting;
afterEach(() => setting.end(), SLOW);

/** More than GitHub lists of a pull request by its API. */
const FILES = 3_100;
const named = (text: (at: number) => string, path: (at: number) => string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: FILES }, (_, at) => [path(at), text(at)]));

test(
  'a library that is brought along takes nothing from what is found beside it',
  async () => {
    setting = await setUp({ engine: ENGINE });
    const { github, repository, webhooks, app } = setting;
    const route = (method: string, guard: string): string =>
      `app.${method}('/tools', ${guard}(req, res) => prisma.tool.${method === 'post' ? 'create' : 'updateMany'}({ data: req.body }));\n`;
    const server = (last: string): string => `const express = require('express');
const { PrismaClient } = require('@prisma/client');
const prisma = new PrismaClient();
const app = express();
const member = (req, res, next) => (req.session.user ? next() : res.status(401).end());
${route('post', 'member, ')}${route('delete', 'member, ')}${last}app.listen(3000);
`;
    const manifest = '{ "name": "tools", "main": "server.js", "dependencies": { "express": "^5.0.0" } }\n';
    await repository.commit(
      'refs/heads/main',
      { 'package.json': manifest, 'server.js': server('') },
      'A server',
    );
    const library = named(
      (at) => `'use strict';\nexports.part${at} = (value) => value + ${at};\n`,
      (at) => `vendor/parts/${at % 40}/part-${at}.js`,
    );
    const opened = await repository.openPullRequest({
      title: 'Bring the parts along',
      files: { ...library, 'server.js': server(route('put', '')) },
    });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const [run, ...others] = github.checksOf(opened.headSha);
    expect(others).toEqual([]);
    expect(run).toMatchObject({ conclusion: 'failure' });
    expect(run!.annotations.map(({ path }) => path)).toEqual(['server.js']);
    expect(github.commentsOn(opened.number)).toHaveLength(1);
  },
  4 * SLOW,
);

test(
  `${FILES} findings in as many files are all told, in one check run and one review`,
  async () => {
    setting = await setUp();
    const { github, repository, webhooks, app } = setting;
    const files = named(
      (at) => `GET /parts/${at}\n`,
      (at) => `routes/${at % 40}/${at}.routes`,
    );
    const opened = await repository.openPullRequest({ title: 'Everything at once', files });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    const [run, ...others] = github.checksOf(opened.headSha);
    expect(others).toEqual([]);
    expect(run).toMatchObject({ conclusion: 'failure' });
    expect(new Set(run!.annotations.map(({ path }) => path)).size).toBe(FILES);
    expect(run!.batches).toHaveLength(FILES / 50);
    expect(run!.output.summary).toMatch(/too long: \d+/);
    // Lines
    expect(run!.output.summary).toContain(
      `${FILES} new, 0 existing. Of the new ones, on lines of the diff: 199, of which 20 have a comment there; only here: ${FILES - 20}.`,
    );
    expect(github.reviews.map(({ comments }) => comments.length)).toEqual([20]);
    expect(app.store.deliveries.unfinished()).toEqual([]);
  },
  4 * SLOW,
);
