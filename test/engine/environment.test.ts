import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { untrustedConfig } from '../../analysis/divergences/untrusted-config.js';
import { readEnvironment } from '../../analysis/environment/environment.js';
import type { Model } from '../../analysis/model/model.js';
import type { TreeSource } from '../../analysis/source.js';
import { GitRepository } from '../../app/git/repository.js';
import { treeOf } from './memory-tree.js';

const modelOf = async (source: TreeSource): Promise<Model> =>
  ({ environment: (await readEnvironment(source)).settings }) as Model;
const told = async (before: Record<string, string>, after: Record<string, string>): Promise<string[]> =>
  untrustedConfig(await modelOf(treeOf(before)), await modelOf(treeOf(after))).map(
    (f) => `${f.status} ${f.level} ${f.place.file}:${f.place.line}`,
  );
const server = (version: string, key = 'k'): string =>
  JSON.stringify({
    mcpServers: { loom: { command: 'npx', args: [`loom-tools@${version}`], env: { KEY: key } } },
  });

test('a file that is missing from the object database is a gap', async () => {
  const { settings, gaps } = await readEnvironment(treeOf({ '.claude/settings.json': null }));
  expect(settings).toEqual([]);
  expect(gaps).toEqual([
    expect.objectContaining({ file: '.claude/settings.json', reason: expect.stringContaining('missing') }),
  ]);
});

test('another value of a setting counts like a new one, and no value is kept', async () => {
  expect(await told({ '.mcp.json': server('1.0.0') }, { '.mcp.json': server('1.0.0') })).toEqual([]);
  expect(await told({ '.mcp.json': server('1.0.0') }, { '.mcp.json': server('1.0.1') })).toEqual([
    'new warning .mcp.json:1',
  ]);
  const model = await modelOf(treeOf({ '.mcp.json': server('1.0.0', 'very-secret') }));
  expect(JSON.stringify(model)).not.toContain('very-secret');
});

test('what a change takes away is resolved', async () => {
  const off = { '.claude/settings.json': '{ "enableAllProjectMcpServers": true }' };
  expect(await told(off, {})).toEqual(['resolved error .claude/settings.json:1']);
});

test('nesting without end and other nonsense breaks nothing', async () => {
  const deep = '['.repeat(50_000);
  const files = {
    '.claude/settings.json': `{"hooks": ${deep}`,
    '.codex/config.toml': 'a = "\u0000',
    'AGENTS.md': '`'.repeat(5000),
    '.husky/pre-commit': '$('.repeat(3000),
    'package.json': `{"scripts": {"postinstall": ${JSON.stringify(`sh -c "${'$('.repeat(2000)}`)}}}`,
    '.github/workflows/a.yml': 'on: pull_request_target\njobs: &a\n  b: *a\n',
  };
  await expect(readEnvironment(treeOf(files))).resolves.toBeDefined();
});

test('links out of the repository are seen, in commits and in the work tree', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-links-'));
  const git = (...args: string[]): Buffer =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], { cwd: folder });
  try {
    git('init', '-q');
    mkdirSync(path.join(folder, 'docs'));
    writeFileSync(path.join(folder, 'README.md'), 'Looms\n');
    symlinkSync('../README.md', path.join(folder, 'docs/inside.md'));
    symlinkSync('../../elsewhere', path.join(folder, 'docs/outside'));
    git('add', '.');
    git('commit', '-qm', 'Begin');
    symlinkSync('/etc/hostname', path.join(folder, 'AGENTS.md'));
    const repository = await GitRepository.open(folder);
    const places = async (source: TreeSource): Promise<string[]> =>
      (await readEnvironment(source)).settings.map((s) => `${s.kind} ${s.place.file} ${s.shown}`);
    expect(await places(await repository.tree('HEAD'))).toEqual(['link docs/outside ../../elsewhere']);
    expect(await places(await repository.workTree())).toEqual([
      'link AGENTS.md /etc/hostname',
      'link docs/outside ../../elsewhere',
    ]);
    await repository.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
