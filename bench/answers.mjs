// npm run bench -- --answers --repo DIR | --synthetic FILES [--rounds N]
//
// How long an agent waits: milliseconds until an answer of `postern mcp` is there, for the first question in a repository
// that was never seen, and (the median) for each kind of question while nothing changes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const PATIENCE = { timeout: 1_800_000 };

export async function measureAnswers(repo, rounds) {
  const cache = mkdtempSync(path.join(tmpdir(), 'postern-bench-cache-'));
  const program = fileURLToPath(new URL('../dist/app/cli.js', import.meta.url));
  const client = new Client({ name: 'bench', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [program, 'mcp', '--repo', repo, '--cache', cache],
      stderr: 'inherit',
    }),
  );
  try {
    const ask = async (name, asked) => {
      const begin = performance.now();
      const answer = await client.callTool({ name, arguments: asked }, undefined, PATIENCE);
      return { milliseconds: Math.round(performance.now() - begin), answer };
    };
    const result = {};
    const first = await ask('list_entry_points', { limit: 1 });
    result.first = first.milliseconds;
    const { total, entryPoints } = first.answer.structuredContent;
    result.entryPoints = total;
    const [some] = entryPoints;
    const entity = await entityOf(some, ask);
    const questions = {
      required_protections: {
        method: 'PATCH',
        path: '/some/:id/other',
        file: some.place.file,
        ...(entity ? { reaches: [{ entity }] } : {}),
      },
      check_changes: {},
      list_entry_points: {},
      how_is_protected: { id: some.id },
      explain: { id: some.id },
      ...(entity ? { who_reaches: { entity } } : {}),
    };
    for (const [name, asked] of Object.entries(questions)) {
      await ask(name, asked);
      const times = [];
      for (let i = 0; i < Math.max(5, rounds); i++) times.push((await ask(name, asked)).milliseconds);
      result[name] = median(times);
    }
    return result;
  } finally {
    await client.close();
    rmSync(cache, { recursive: true, force: true });
  }
}

async function entityOf(entryPoint, ask) {
  const { answer } = await ask('how_is_protected', { id: entryPoint.id });
  const effects = answer.structuredContent?.entryPoints[0]?.effects ?? [];
  return effects.find((effect) => effect.notCovered)?.entity;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
