import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import ts from 'typescript';

/** `docs/adding-a-framework.md` is followed: what it shows is put where it says, into a copy of the built program. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = readFileSync(path.join(ROOT, 'docs/adding-a-framework.md'), 'utf8');
const blocks = new Map(
  [...PAGE.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)].map(([, file, text]) => [file!, text!]),
);
const MODEL = 'analysis/frameworks/landing-stage.ts';
const LIST = 'analysis/frameworks/index.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-framework-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function scan(program: string): string[] {
  const application = path.join(folder, 'marina');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, 'scan', '--repo', application, '--no-cache', '--format', 'json'],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  );
  if (status === null || status === 2) throw new Error(stderr);
  const { entryPoints } = JSON.parse(stdout) as {
    entryPoints: { method: string; path: string; framework: string; protections: string[] }[];
  };
  return entryPoints
    .map(({ method, path: of, protections }) => `${method} ${of}: ${protections.join()}`)
    .sort();
}

test('what the page builds understands the application that it shows', () => {
  const application = path.join(folder, 'marina');
  for (const file of ['package.json', 'src/server.js']) {
    mkdirSync(path.dirname(path.join(application, file)), { recursive: true });
    writeFileSync(path.join(application, file), blocks.get(file)!);
  }
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
  ])
    spawnSync('git', args, { cwd: application });
  expect(scan(path.join(ROOT, 'dist/app/cli.js'))).toEqual([]);

  cpSync(path.join(ROOT, 'dist'), path.join(folder, 'dist'), { recursive: true });
  for (const each of ['node_modules', 'package.json', 'docs'])
    symlinkSync(path.join(ROOT, each), path.join(folder, each));
  const { outputText } = ts.transpileModule(blocks.get(MODEL)!, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  writeFileSync(path.join(folder, 'dist', MODEL.replace(/ts$/, 'js')), outputText);
  const [line, entry] = blocks.get(LIST)!.split('\n\n');
  const list = path.join(folder, 'dist', LIST.replace(/ts$/, 'js'));
  const known = readFileSync(list, 'utf8');
  // Behind the model that it builds on.
  const extended = known.replace(/^( {4}express,)$/m, `$1\n${entry}`);
  expect(extended).not.toBe(known);
  writeFileSync(list, `${line}\n${extended}`);

  const found = scan(path.join(folder, 'dist/app/cli.js'));
  const expected = blocks
    .get('expected.txt')!
    .split('\n')
    .filter((each) => /^[A-Z]+ \//.test(each))
    .map((each) => {
      const [, what, chain] = /^(\S+ \S+) {2}\S+(.*?)(?: {2}→.*)?$/.exec(each)!;
      return `${what}: ${[...chain!.matchAll(/\[([^\]]+)\]/g)].map(([, one]) => one).join()}`;
    });
  expect(expected).toHaveLength(3);
  expect(found).toEqual(expected.sort());
});
