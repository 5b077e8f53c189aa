import type { LibraryModel } from '../wiring/library.js';
import { express } from './express.js';
import { fetchApi } from './fetch-api.js';
import { files, path, url } from './node-files.js';
import { http } from './http-server.js';
import { passport } from './passport.js';
import { prisma } from './prisma.js';
import { ws } from './ws.js';

/** Every library model. Servers come before what is attached to them: models finish in this order. */
export const LIBRARY_MODELS: readonly LibraryModel[] = [
  fetchApi,
  express,
  http,
  ws,
  passport,
  prisma,
  path,
  files,
  url,
];
