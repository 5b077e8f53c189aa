import { stat } from 'node:fs/promises';
import type { Place } from '../../analysis/model/model.js';
import type { TreeSource } from '../../analysis/source.js';
import { BlobReader, OBJECT_ID } from './blobs.js';
import { parseChanges, parseHunks, type ChangedFile, type Hunk } from './changes.js';
import { withoutFilters } from './configuration.js';
import { GitError, lastLine, NotARepositoryError, UnknownRevisionError } from './errors.js';
import {
  AUTHOR_FORMAT,
  COMMIT_FORMAT,
  parseAuthored,
  parseCommits,
  type Authored,
  type Commit,
} from './history.js';
import { trialMerge, type MergeResult } from './merge.js';
import type { ObjectFormat } from './object-id.js';
import { decodePath, splitNul } from './path.js';
import { runGit, type GitOptions, type GitResult } from './process.js';
import { ShadowRepository } from './shadow.js';
import { GitTree, emptyTree, parseTree } from './tree.js';
import { broughtBy, establishing, type Brought } from './blame.js';
import { readIndex } from './index-tree.js';
import { WarmWorkTree } from './warm-work-tree.js';

/**
 * A git repository to read from: a work tree or a bare directory. Nothing is checked out, nothing in the repository
 * is written or executed, and the network is never reached. Every method throws GitError when git fails.
 */
export class GitRepository {
  private readonly shadow: ShadowRepository;
  private readonly blobs: BlobReader;
  private readonly warm: WarmWorkTree;
  /** Trees that were listed lately: of a change, two are often the same. */
  private readonly trees = new Map<string, TreeSource>();

  private constructor(
    /** Absolute path of the git directory. */
    readonly gitDirectory: string,
    /** Absolute path of the work tree, null for a bare repository. */
    readonly topLevel: string | null,
    private readonly format: ObjectFormat,
    places: { objects: string; shallow: string },
  ) {
    this.shadow = new ShadowRepository({ ...places, format });
    this.blobs = new BlobReader(() => ['--git-dir', this.shadow.directory]);
    this.warm = new WarmWorkTree(gitDirectory);
  }

  /**
   * Opens the repository that `folder` belongs to.
   * @throws NotARepositoryError when it belongs to none, or does not exist
   */
  static async open(folder: string): Promise<GitRepository> {
    const found = await stat(folder).catch(() => null);
    if (!found?.isDirectory()) {
      throw new NotARepositoryError(
        `${folder} is not a git repository: ${found ? 'it is a file' : 'there is no such folder'}`,
      );
    }
    const ask = async (...args: string[]): Promise<string> =>
      line(await runGit(['rev-parse', '--path-format=absolute', ...args], { cwd: folder }));
    try {
      const what = ['--is-inside-work-tree', '--show-object-format'];
      const places = [['--absolute-git-dir'], ['--git-path', 'objects'], ['--git-path', 'shallow']];
      const [inside, format, ...together] = (await ask(...what, ...places.flat())).split('\n');
      // A path may contain line breaks: then each is asked for by itself.
      const [gitDirectory, objects, shallow] =
        together.length === places.length
          ? together
          : await Promise.all(places.map((place) => ask(...place)));
      const topLevel = inside === 'true' ? await ask('--show-toplevel') : null;
      return new GitRepository(gitDirectory!, topLevel, format === 'sha256' ? 'sha256' : 'sha1', {
        objects: objects!,
        shallow: shallow!,
      });
    } catch (error) {
      // Without a status, git itself did not run: that says nothing about the folder.
      if (!(error instanceof GitError) || error.status === null) throw error;
      throw new NotARepositoryError(
        `${folder} is not a git repository: ${lastLine(error.stderr)}`,
        error.status,
        error.stderr,
      );
    }
  }

  /**
   * The commit that a revision names.
   * @throws UnknownRevisionError
   */
  resolve(revision: string): Promise<string> {
    return this.peel(revision, 'commit');
  }

  /** The files of a commit, tag or tree. */
  async tree(revision: string): Promise<TreeSource> {
    const id = await this.peel(revision, 'tree');
    const known = this.trees.get(id);
    if (known) return known;
    const listed = await this.objects(['ls-tree', '-r', '-z', '--full-tree', '--long', id]);
    const { files, links } = parseTree(listed.stdout);
    const tree = new GitTree(id, files, links, this.blobs);
    if (this.trees.size === KEPT_TREES) this.trees.clear();
    this.trees.set(id, tree);
    return tree;
  }

  /** A tree without files; git's own id for it. */
  async emptyTree(): Promise<TreeSource> {
    return emptyTree(line(await this.objects(['hash-object', '-t', 'tree', '--stdin'], { input: '' })));
  }

  /**
   * What lies on disk, uncommitted changes and untracked files included, ignored files not. Its id is that of the
   * tree which a commit of all this would have. Asked again when nothing changed, it gives the same answer at once.
   */
  async workTree(): Promise<TreeSource> {
    const topLevel = this.needTopLevel();
    const env = await withoutFilters(['--git-dir', this.gitDirectory]);
    return this.warm.read({ topLevel, format: this.format, blobs: this.blobs, env });
  }

  /** What is staged: the tree that a commit made now would have. */
  async index(): Promise<TreeSource> {
    const { gitDirectory, format, blobs } = this;
    return readIndex({ gitDirectory, topLevel: this.needTopLevel(), format, blobs });
  }

  private needTopLevel(): string {
    if (this.topLevel) return this.topLevel;
    throw new GitError(`${this.gitDirectory} has no work tree: name the revision to look at`);
  }

  /**
   * The tree that merging `head` into `base` would produce; head's own tree, marked, when there is a conflict or no
   * common history. Where `head` is an ancestor of `base` there is nothing to merge: the answer is head's own tree
   * too, so that going back is seen as taking away what base has.
   */
  async mergeTree(base: string, head: string): Promise<MergeResult> {
    const [ours, theirs] = await Promise.all([this.resolve(base), this.resolve(head)]);
    const [ancestor, own] = await Promise.all([this.mergeBase(ours, theirs), this.peel(theirs, 'tree')]);
    if (ancestor === null) return { tree: own, conflicted: true };
    if (ancestor === ours || ancestor === theirs) return { tree: own, conflicted: false };
    const tree = await trialMerge(['--git-dir', this.shadow.directory], ours, theirs);
    return tree === null ? { tree: own, conflicted: true } : { tree, conflicted: false };
  }

  /** The best common ancestor, null when there is none. */
  async mergeBase(a: string, b: string): Promise<string | null> {
    const [left, right] = await Promise.all([this.resolve(a), this.resolve(b)]);
    const found = await this.history(['merge-base', left, right], { accept: [0, 1] });
    return found.status === 0 ? line(found).split('\n')[0]! : null;
  }

  /**
   * Commits on the first-parent line that leads to `to` (default HEAD), oldest first: those after `from`, and of
   * these the newest `limit`.
   */
  async firstParents(range: { from?: string; to?: string; limit?: number } = {}): Promise<Commit[]> {
    const args = [
      'rev-list',
      '--first-parent',
      '--reverse',
      '--no-commit-header',
      '--encoding=UTF-8',
      `--format=${COMMIT_FORMAT}`,
    ];
    if (range.limit !== undefined) args.push(`--max-count=${range.limit}`);
    args.push(await this.resolve(range.to ?? 'HEAD'));
    if (range.from !== undefined) args.push(`^${await this.resolve(range.from)}`);
    return parseCommits((await this.history(args)).stdout);
  }

  /** Who made the commits of `head` that `base` has not, merges left out, and what they wrote; of many the newest. */
  async authored(base: string, head: string, limit = 250): Promise<Authored[]> {
    const args = [
      'rev-list',
      '--no-merges',
      '--no-commit-header',
      '--encoding=UTF-8',
      `--max-count=${limit}`,
      `--format=${AUTHOR_FORMAT}`,
      await this.resolve(head),
      `^${await this.resolve(base)}`,
    ];
    return parseAuthored((await this.history(args)).stdout);
  }

  /**
   * What a change is merged into where nobody says otherwise: the default branch of the remote, else a local one of the
   * usual names; null where there is none of these.
   */
  async defaultBase(): Promise<string | null> {
    const known = await this.usualBases();
    return USUAL_BASES.find((name) => known.has(name)) ?? null;
  }

  /** Differs when the current commit, or what `defaultBase` depends on, is another one. */
  async stampOfReferences(): Promise<string> {
    const [head, bases] = await Promise.all([
      this.history(['rev-parse', '--verify', '--quiet', 'HEAD'], { accept: [0, 1, 128] }),
      this.usualBases(),
    ]);
    return JSON.stringify([line(head), [...bases]]);
  }

  private async usualBases(): Promise<Map<string, string>> {
    const listed = await this.history(['for-each-ref', '--format=%(refname) %(objectname)', ...USUAL_BASES]);
    const refs = line(listed).split('\n').filter(Boolean);
    return new Map(refs.map((ref) => ref.split(' ') as [string, string]));
  }

  /** The commit on the first-parent line that brought a line of a commit; null where it is not found in a moment. */
  async establishing(commit: string, place: Place): Promise<Commit | null> {
    const id = await this.resolve(commit);
    // Through the shadow: what the repository's configuration would have run on files is not.
    return establishing(['--git-dir', this.shadow.directory], id, place).catch(() => null);
  }

  /**
   * By line of a file of a commit, which commit on the first-parent line brought it; what is not found is left out.
   * `cutOff` is only said where history was: the first commit of all is one.
   */
  async broughtBy(
    commit: string,
    file: string,
    lines: readonly number[],
    signal: AbortSignal,
  ): Promise<Brought> {
    const history = ['--git-dir', this.shadow.directory];
    const [found, shallow] = await Promise.all([
      broughtBy({ history, commit, file, lines, signal }).catch((): Brought => new Map()),
      this.history(['rev-parse', '--is-shallow-repository']),
    ]);
    if (line(shallow) !== 'true') for (const each of found.values()) each.cutOff = false;
    return found;
  }

  /** Paths that differ between two commits or trees, sorted; a rename is two paths. */
  async changedPaths(a: string, b: string): Promise<string[]> {
    const [left, right] = await Promise.all([this.peel(a, 'tree'), this.peel(b, 'tree')]);
    const changed = await this.objects(['diff-tree', '-r', '-z', '--name-only', '--no-renames', left, right]);
    return [...splitNul(changed.stdout)].map(decodePath).sort();
  }

  /** Files that differ between two commits or trees, renamed ones recognised as GitHub does: where half of a file is left. */
  async changes(a: string, b: string): Promise<ChangedFile[]> {
    const [left, right] = await Promise.all([this.peel(a, 'tree'), this.peel(b, 'tree')]);
    const args = ['diff-tree', '-r', '-z', '-M', '--raw', '--no-abbrev', left, right];
    return parseChanges((await this.objects(args)).stdout);
  }

  /** Lines that differ between two blobs, with `context` unchanged lines around them. */
  async hunks(a: string, b: string, context: number): Promise<Hunk[]> {
    const shown = ['--no-color', '--no-ext-diff', '--no-textconv', '--diff-algorithm=myers'];
    const found = await this.objects(['diff', ...shown, `--unified=${context}`, a, b]);
    return parseHunks(found.stdout.toString('latin1'));
  }

  /** `Robin <robin@example.org>`, as git's configuration has it; null where it names nobody. */
  async whoWorksHere(): Promise<string | null> {
    const [name, email] = [await this.configured('user.name'), await this.configured('user.email')];
    return [name, name && email ? `<${email}>` : email].filter(Boolean).join(' ') || null;
  }

  /** The address of the remote `origin`, as it is written; null where there is none. */
  async origin(): Promise<string | null> {
    return (await this.configured('remote.origin.url')) || null;
  }

  private async configured(key: string): Promise<string> {
    return line(await runGit(['--git-dir', this.gitDirectory, 'config', '--get', key], { accept: [0, 1] }));
  }

  /** Ends git's reader and removes what merges have left. The repository can be used again afterwards. */
  async close(): Promise<void> {
    await this.blobs.close();
    this.shadow.remove();
  }

  /** For what depends on references and on where history was cut off. */
  private history(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
    return runGit(['--git-dir', this.gitDirectory, '--bare', ...args], options);
  }

  /** For what objects alone can answer, those of trial merges included. */
  private objects(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
    return runGit(['--git-dir', this.shadow.directory, ...args], options);
  }

  private async peel(revision: string, type: 'commit' | 'tree'): Promise<string> {
    const refuse = (why: string): UnknownRevisionError =>
      new UnknownRevisionError(
        `${JSON.stringify(revision)} is not a revision in ${this.topLevel ?? this.gitDirectory}: ${why}`,
      );
    // A revision is never an option, whoever named it.
    if (revision.startsWith('-')) throw refuse('a revision cannot begin with "-"');
    if (revision === '' || /[\0\n]/.test(revision)) throw refuse('it is empty or contains a line break');
    const id = await (OBJECT_ID.test(revision)
      ? this.blobs.peel(revision, type)
      : this.named(`${revision}^{${type}}`));
    if (id === null) throw refuse(`no ${type} has this name here; fetch it first, or correct the name`);
    return id;
  }

  /** The object that a name which may be a reference leads to. */
  private async named(name: string): Promise<string | null> {
    const command = ['rev-parse', '--verify', '--quiet', '--end-of-options', name];
    const found = await this.history(command, { accept: [0, 1, 128] });
    const id = line(found);
    return found.status === 0 && /^[0-9a-f]+$/.test(id) ? id : null;
  }
}

const KEPT_TREES = 4;
const USUAL_BASES = [
  'refs/remotes/origin/HEAD',
  'refs/remotes/origin/main',
  'refs/remotes/origin/master',
  'refs/heads/main',
  'refs/heads/master',
];

/** Output without the newline that ends it; a path may contain others. */
function line(result: GitResult): string {
  return result.stdout.toString('utf8').replace(/\n$/, '');
}

/** Opens a repository for the time of one piece of work, and closes it whatever happens. */
export async function withRepository<T>(
  directory: string,
  work: (repository: GitRepository) => Promise<T>,
): Promise<T> {
  const repository = await GitRepository.open(directory);
  try {
    return await work(repository);
  } finally {
    await repository.close();
  }
}
