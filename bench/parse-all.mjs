// Bare parsing of every JavaScript and TypeScript file of a tree: the unit in which the analysis is measured.
// Arguments: repository, revision. The blobs are read first, and only the parsing is timed.
import { setImmediate as turn } from 'node:timers/promises';
import JavaScript from 'tree-sitter-javascript';
import Parser from 'tree-sitter';
import TypeScript from 'tree-sitter-typescript';
import { GitRepository } from '../dist/app/git/repository.js';

const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx)$/;
/** Parsed trees are freed only when the event loop turns. */
const FILES_PER_TURN = 32;
const MAX_BYTES = 1_000_000;

const [repo, revision] = process.argv.slice(2);
const repository = await GitRepository.open(repo);
const tree = await repository.tree(revision);
const files = tree.files.filter((file) => SOURCE.test(file.path) && (file.size ?? 0) <= MAX_BYTES);
const blobs = await tree.read(files.map((file) => file.id));
const parser = new Parser();
const languageOf = (path) =>
  /\.[cm]?ts$/.test(path) ? TypeScript.typescript : path.endsWith('.tsx') ? TypeScript.tsx : JavaScript;
const sources = files
  .filter((file) => blobs.has(file.id))
  .map((file) => ({
    language: languageOf(file.path),
    text: Buffer.from(blobs.get(file.id)).toString('utf8'),
  }));

const started = process.cpuUsage();
let nodes = 0;
for (const [i, { language, text }] of sources.entries()) {
  parser.setLanguage(language);
  nodes += parser.parse(text, undefined, { bufferSize: Math.max(32_768, text.length * 4) }).rootNode
    .childCount;
  if (i % FILES_PER_TURN === 0) await turn();
}
const { user, system } = process.cpuUsage(started);
await repository.close();
const bytes = sources.reduce((sum, { text }) => sum + text.length, 0);
process.stdout.write(
  JSON.stringify({ files: sources.length, bytes, nodes, cpuSeconds: (user + system) / 1e6 }),
);
