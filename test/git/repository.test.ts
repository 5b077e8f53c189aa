import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { BlobReader } from '../../app/git/blobs.js';
import { NotARepositoryError, UnknownRevisionError } from '../../app/git/errors.js';
import { GitRepository } from '../../app/git/repository.js';
import { Sandbox, text } from './sandbox.js';

let sandbox: Sandbox;
let repository: GitRepository;
const opened: GitRepository[] = [];

async function open(folder = sandbox.dir): Promise<GitRepository> {
  const found = await GitRepository.open(folder);
  opened.push(found);
  return found;
}
beforeEach(async () => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  sandbox.remove();
});
const paths = (source: { files: readonly { path: string }[] }): string[] =>
  source.files.map((file) => file.path);

describe('opening and resolving', () => {
  test('a folder outside any repository, a file and a missing folder are refused by type', async () => {
    const outside = path.join(sandbox.root, 'outside');
    mkdirSync(outside);
    sandbox.write('a.txt', 'a');
    for (const folder of [outside, path.join(outside, 'absent'), path.join(sandbox.dir, 'a.txt')]) {
      await expect(GitRepository.open(folder)).rejects.toThrow(NotARepositoryError);
    }
  });

  test('names resolve to commits; unknown ones and options do not', async () => {
    const first = sandbox.commit('one', { 'a.txt': 'a' });
    sandbox.git('tag', '-a', 'v1', '-m', 'v1');
    repository = await open();
    expect(await repository.resolve('main')).toBe(first);
    expect(await repository.resolve('v1')).toBe(first);
    expect(await repository.resolve(first.slice(0, 10))).toBe(first);
    for (const name of ['absent', '--all', '-h', '', 'main\n--all', 'main:a.txt', '0'.repeat(40)]) {
      await expect(repository.resolve(name)).rejects.toThrow(UnknownRevisionError);
    }
    await expect(repository.resolve('absent')).rejects.toThrow(/"absent" is not a revision/);
  });

  test('inherited variables of a hook do not redirect what is read', async () => {
    sandbox.commit('one', { 'a.txt': 'a' });
    process.env['GIT_DIR'] = '/nowhere';
    process.env['GIT_INDEX_FILE'] = '/nowhere/index';
    try {
      repository = await open();
      expect(paths(await repository.tree('HEAD'))).toEqual(['a.txt']);
      expect(paths(await repository.workTree())).toEqual(['a.txt']);
    } finally {
      delete process.env['GIT_DIR'];
      delete process.env['GIT_INDEX_FILE'];
    }
  });
});

describe('trees and blobs', () => {
  const odd = [
    'with space.ts',
    'line\nbreak.ts',
    'quote".ts',
    'tab\there.ts',
    'naïve/ünï.ts',
    ':colon.ts',
    '-dash.ts',
  ];

  test('odd file names, executables; no symbolic links and submodules', async () => {
    const inner = new Sandbox();
    inner.commit('inner', { 'x.ts': 'x' });
    for (const name of odd) sandbox.write(name, `// ${name}`);
    sandbox.write('run.sh', '#!/bin/sh\n');
    chmodSync(path.join(sandbox.dir, 'run.sh'), 0o755);
    symlinkSync('run.sh', path.join(sandbox.dir, 'link.ts'));
    sandbox.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner.dir, 'sub');
    sandbox.commit('odd');
    inner.remove();
    repository = await open();
    const committed = await repository.tree('HEAD');
    expect(paths(committed)).toEqual(['.gitmodules', 'run.sh', ...odd].sort());
    const blobs = await committed.read(committed.files.map((file) => file.id));
    for (const file of committed.files.filter((each) => odd.includes(each.path))) {
      expect(text(blobs.get(file.id))).toBe(`// ${file.path}`);
      expect(file.size).toBe(Buffer.byteLength(`// ${file.path}`));
    }
    expect(paths(await repository.workTree())).toEqual(paths(committed));
  });

  test('names that are not UTF-8 stay different files and can be read from disk', async () => {
    const place = (byte: number): Buffer =>
      Buffer.concat([Buffer.from(`${sandbox.dir}/caf`), Buffer.from([byte, 0x2e, 0x74, 0x73])]);
    writeFileSync(place(0xe9), 'e acute');
    writeFileSync(place(0xe8), 'e grave');
    repository = await open();
    const before = await repository.workTree();
    sandbox.commit('latin');
    const after = await repository.tree('HEAD');
    expect(paths(after)).toEqual(['caf\\xe8.ts', 'caf\\xe9.ts']);
    expect(before.files.map(({ path: name, id }) => [name, id])).toEqual(
      after.files.map(({ path: name, id }) => [name, id]),
    );
    expect(text((await before.read([before.files[1]!.id])).get(before.files[1]!.id))).toBe('e acute');
  });

  test('many and large blobs in parallel; unknown ids, trees and nonsense are absent', async () => {
    const large = Buffer.alloc(3_000_000, 'abc\n');
    const files: Record<string, string | Uint8Array> = {
      'large.bin': large,
      'empty.ts': '',
      'zero.bin': Buffer.from([0, 10, 0]),
    };
    for (let i = 0; i < 500; i++) files[`many/${i}.ts`] = `export const n = ${i};\n`.repeat(i % 50);
    sandbox.commit('many', files);
    repository = await open();
    const source = await repository.tree('HEAD');
    const id = (name: string): string => source.files.find((file) => file.path === name)!.id;
    const nowhere = ['0'.repeat(40), 'nonsense', `${id('empty.ts')}\ncontents ${id('large.bin')}`, source.id];
    const answers = await Promise.all([
      source.read([...source.files.map((file) => file.id), ...nowhere]),
      ...Array.from({ length: 20 }, (_, i) =>
        source.read([id(`many/${i + 1}.ts`), nowhere[0]!, id('large.bin')]),
      ),
    ]);
    const all = answers[0]!;
    expect(all.size).toBe(new Set(source.files.map((file) => file.id)).size);
    expect(Buffer.from(all.get(id('large.bin'))!).equals(large)).toBe(true);
    expect(all.get(id('empty.ts'))).toHaveLength(0);
    expect([...all.get(id('zero.bin'))!]).toEqual([0, 10, 0]);
    for (const name of Object.keys(files))
      expect(Buffer.from(all.get(id(name))!).toString()).toBe(files[name]!.toString());
    answers.slice(1).forEach((answer, i) => {
      expect(answer.size).toBe(2);
      expect(text(answer.get(id(`many/${i + 1}.ts`)))).toBe(files[`many/${i + 1}.ts`]);
    });
  });

  test('after close it can be used again', async () => {
    sandbox.commit('one', { 'a.ts': 'a' });
    repository = await open();
    const source = await repository.tree('HEAD');
    const [file] = source.files;
    await source.read([file!.id]);
    await repository.close();
    expect(text((await source.read([file!.id])).get(file!.id))).toBe('a');
  });

  test('a damaged object is absent; a git that dies is an error with its last words, not a hang', async () => {
    sandbox.commit('one', { 'a.ts': 'a'.repeat(10_000) });
    repository = await open();
    const source = await repository.tree('HEAD');
    const id = source.files[0]!.id;
    const place = path.join(sandbox.dir, '.git/objects', id.slice(0, 2), id.slice(2));
    chmodSync(place, 0o644);
    writeFileSync(place, readFileSync(place).subarray(0, 20));
    expect((await source.read([id])).size).toBe(0);
    const reader = new BlobReader(() => ['--git-dir', path.join(sandbox.root, 'absent')]);
    const reads = [reader.read([id]), reader.read([source.id])];
    for (const read of reads)
      await expect(read).rejects.toThrow(/cat-file ended with status 128 .* not a git repository/);
  });

  test('blobs that a partial clone lacks are absent, and the network is not asked', async () => {
    sandbox.commit('one', { 'a.ts': 'a', 'b.ts': 'b' });
    sandbox.git('config', 'uploadpack.allowFilter', 'true');
    const partial = path.join(sandbox.root, 'partial');
    execFileSync('git', ['clone', '-q', '--bare', '--filter=blob:none', `file://${sandbox.dir}`, partial]);
    repository = await open(partial);
    const source = await repository.tree('main');
    expect(paths(source)).toEqual(['a.ts', 'b.ts']);
    expect(source.files.map((file) => file.size)).toEqual([null, null]);
    expect((await source.read(source.files.map((file) => file.id))).size).toBe(0);
    expect(
      readdirSync(path.join(partial, 'objects/pack')).filter((name) => name.endsWith('.pack')),
    ).toHaveLength(1);
  });

  test('SHA-256 repositories', async () => {
    const other = new Sandbox('--object-format=sha256');
    const first = other.commit('one', { 'a.ts': 'a' });
    repository = await open(other.dir);
    const source = await repository.tree(first);
    expect(source.id).toHaveLength(64);
    expect(text((await source.read([source.files[0]!.id])).get(source.files[0]!.id))).toBe('a');
    expect((await repository.workTree()).id).toBe(source.id);
    other.remove();
  });
});

describe('the work tree', () => {
  test('a clean one has the id of its commit', async () => {
    sandbox.commit('one', { 'a.ts': 'a', 'lib/b.ts': 'b', 'lib.ts': 'c', 'lib-x/d.ts': 'd' });
    repository = await open();
    expect((await repository.workTree()).id).toBe((await repository.tree('HEAD')).id);
  });

  test('changed, added, deleted, renamed, untracked and ignored files', async () => {
    sandbox.commit('one', {
      'a.ts': 'a',
      'b.ts': 'b',
      'c.ts': 'c',
      'same.ts': 'same',
      '.gitignore': 'ignored/\n',
    });
    sandbox.write('a.ts', 'changed');
    sandbox.git('rm', '-q', 'b.ts');
    rmSync(path.join(sandbox.dir, 'c.ts'));
    sandbox.write('new/staged.ts', 'staged');
    sandbox.git('add', 'new/staged.ts');
    sandbox.write('new/staged.ts', 'staged, then changed');
    sandbox.write('untracked.ts', 'untracked');
    sandbox.write('ignored/x.ts', 'x');
    repository = await open();
    const source = await repository.workTree();
    const blobs = await source.read(source.files.map((file) => file.id));
    const contents = Object.fromEntries(source.files.map((file) => [file.path, text(blobs.get(file.id))]));
    expect(contents).toEqual({
      '.gitignore': 'ignored/\n',
      'a.ts': 'changed',
      'new/staged.ts': 'staged, then changed',
      'same.ts': 'same',
      'untracked.ts': 'untracked',
    });
    sandbox.commit('two');
    expect(source.id).toBe((await repository.tree('HEAD')).id);
    expect(source.files.map((file) => file.id)).toEqual(
      (await repository.tree('HEAD')).files.map((file) => file.id),
    );
  });

  test('seen from a folder inside, it is still the whole', async () => {
    sandbox.commit('one', { 'a.ts': 'a', 'lib/b.ts': 'b' });
    sandbox.write('lib/c.ts', 'c');
    repository = await open(path.join(sandbox.dir, 'lib'));
    expect(paths(await repository.workTree())).toEqual(['a.ts', 'lib/b.ts', 'lib/c.ts']);
  });

  test('a file that changes in the meantime is an error, never other bytes under its id', async () => {
    sandbox.write('a.ts', 'a');
    repository = await open();
    const source = await repository.workTree();
    sandbox.write('a.ts', 'b');
    await expect(source.read([source.files[0]!.id])).rejects.toThrow(/a\.ts changed while/);
  });

  test('conflicted files are read from disk', async () => {
    sandbox.commit('one', { 'a.ts': 'a\n' });
    sandbox.git('checkout', '-q', '-b', 'side');
    sandbox.commit('side', { 'a.ts': 'side\n' });
    sandbox.git('checkout', '-q', 'main');
    sandbox.commit('main', { 'a.ts': 'main\n' });
    expect(() => sandbox.git('merge', '-q', 'side')).toThrow();
    repository = await open();
    const source = await repository.workTree();
    expect(paths(source)).toEqual(['a.ts']);
    expect(text((await source.read([source.files[0]!.id])).get(source.files[0]!.id))).toContain('<<<<<<<');
  });

  test('programs named by the repository are not started', async () => {
    const proof = path.join(sandbox.root, 'started');
    const script = path.join(sandbox.root, 'program.sh');
    sandbox.commit('one', { 'a.ts': 'a\n', '.gitattributes': '*.ts filter=evil merge=evil diff=evil\n' });
    writeFileSync(script, `#!/bin/sh\ntouch '${proof}'\ncat\n`, { mode: 0o755 });
    for (const name of [
      'filter.evil.clean',
      'filter.evil.process',
      'filter.evil.smudge',
      'merge.evil.driver',
      'diff.evil.textconv',
    ]) {
      sandbox.git('config', name, script);
    }
    sandbox.git('config', 'core.fsmonitor', script);
    sandbox.git('config', 'core.hooksPath', sandbox.root);
    sandbox.git('checkout', '-q', '-b', 'side');
    sandbox.commit('side', { 'a.ts': 'side\n' });
    sandbox.git('checkout', '-q', 'main');
    sandbox.commit('main', { 'a.ts': 'main\n' });
    expect(existsSync(proof)).toBe(true);
    rmSync(proof, { force: true });
    sandbox.write('a.ts', 'b\n');
    repository = await open();
    await repository.workTree();
    await repository.changedPaths('HEAD~1', 'HEAD');
    await repository.mergeTree('main', 'side');
    expect(existsSync(proof)).toBe(false);
  });

  test('a bare repository has none, and says so', async () => {
    const bare = path.join(sandbox.root, 'bare');
    mkdirSync(bare);
    execFileSync('git', ['init', '-q', '--bare', bare]);
    repository = await open(bare);
    await expect(repository.workTree()).rejects.toThrow(/has no work tree/);
  });
});

describe('merging', () => {
  test('the merge of two sides, without writing into the repository', async () => {
    sandbox.commit('one', { 'a.ts': '1\n2\n3\n4\n5\n' });
    sandbox.git('checkout', '-q', '-b', 'side');
    sandbox.commit('side', { 'a.ts': '1\n2\n3\n4\nfive\n', 's.ts': 's' });
    sandbox.git('checkout', '-q', 'main');
    sandbox.commit('main', { 'a.ts': 'one\n2\n3\n4\n5\n', 'm.ts': 'm' });
    repository = await open();
    await (await repository.tree('main')).read([(await repository.tree('main')).files[0]!.id]);
    const before = sandbox.git('count-objects', '-v');
    const { tree, conflicted } = await repository.mergeTree('main', 'side');
    expect(conflicted).toBe(false);
    const merged = await repository.tree(tree);
    expect(paths(merged)).toEqual(['a.ts', 'm.ts', 's.ts']);
    expect(text((await merged.read([merged.files[0]!.id])).get(merged.files[0]!.id))).toBe(
      'one\n2\n3\n4\nfive\n',
    );
    expect(sandbox.git('count-objects', '-v')).toBe(before);
    sandbox.git('merge', '-q', '--no-edit', 'side');
    expect(sandbox.git('rev-parse', 'HEAD^{tree}')).toBe(tree);
  });

  test('a conflict and unrelated histories answer with the own tree of head', async () => {
    sandbox.commit('one', { 'a.ts': 'a\n' });
    sandbox.git('checkout', '-q', '-b', 'side');
    sandbox.commit('side', { 'a.ts': 'side\n' });
    sandbox.git('checkout', '-q', '--orphan', 'other');
    sandbox.commit('other', { 'o.ts': 'o\n' });
    sandbox.git('checkout', '-q', 'main');
    sandbox.commit('main', { 'a.ts': 'main\n' });
    repository = await open();
    for (const head of ['side', 'other']) {
      const own = (await repository.tree(head)).id;
      expect(await repository.mergeTree('main', head)).toEqual({ tree: own, conflicted: true });
    }
    expect(await repository.mergeBase('main', 'side')).toBe(sandbox.git('rev-parse', 'main~1'));
    expect(await repository.mergeBase('main', 'other')).toBeNull();
  });

  test('ahead of base and behind it, the tree is the own tree of head', async () => {
    const first = sandbox.commit('one', { 'a.ts': 'a\n' });
    const second = sandbox.commit('two', { 'a.ts': 'b\n' });
    repository = await open();
    const tree = async (rev: string): Promise<string> => (await repository.tree(rev)).id;
    expect(await repository.mergeTree(first, second)).toEqual({
      tree: await tree(second),
      conflicted: false,
    });
    expect(await repository.mergeTree(second, first)).toEqual({ tree: await tree(first), conflicted: false });
  });
});

describe('history', () => {
  test('first parents, oldest first, with the numbers of pull requests', async () => {
    const first = sandbox.commit('Start');
    sandbox.git('checkout', '-q', '-b', 'feature');
    sandbox.commit('Work on #99');
    sandbox.git('checkout', '-q', 'main');
    sandbox.git('merge', '-q', '--no-ff', '-m', 'Merge pull request #12 from owner/feature', 'feature');
    sandbox.commit('Squashed: ünïcode (#13)');
    const last = sandbox.commit('Direct push, see #14 (really)');
    repository = await open();
    const commits = await repository.firstParents();
    expect(commits.map((commit) => [commit.subject, commit.pullRequest, commit.parents.length])).toEqual([
      ['Start', null, 0],
      ['Merge pull request #12 from owner/feature', 12, 2],
      ['Squashed: ünïcode (#13)', 13, 1],
      ['Direct push, see #14 (really)', null, 1],
    ]);
    expect(commits[3]!.sha).toBe(last);
    expect(
      (await repository.firstParents({ from: first, limit: 2 })).map((commit) => commit.pullRequest),
    ).toEqual([13, null]);
    expect(await repository.firstParents({ from: last })).toEqual([]);
  });

  test('changed paths', async () => {
    sandbox.commit('one', { 'a b.ts': 'a', 'b.ts': 'b', 'c.ts': 'c' });
    sandbox.commit('two', { 'a b.ts': 'x', 'b.ts': null, 'd.ts': 'b' });
    repository = await open();
    expect(await repository.changedPaths('HEAD~1', 'HEAD')).toEqual(['a b.ts', 'b.ts', 'd.ts']);
  });
});
