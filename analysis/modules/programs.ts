import { type CommandTarget, commandTargets, containerCommands, processCommands } from './commands.js';
import { findFile, sourceOf } from './files.js';
import type { Manifest } from './manifests.js';
import { ancestors, directoryOf, join, type Project } from './project.js';
import { apartFolder, sourceRole } from './roles.js';

/** A deployable root of a repository: a server, a worker, an application. */
export interface Program {
  /** Unique in the repository. */
  name: string;
  /** Directory; '' is the repository. */
  root: string;
  /** Files that something starts, sorted; empty where a framework finds its files by itself. */
  entries: string[];
}

/** Name of a repository's program where nothing gives it another. */
const NAMELESS = 'app';
const STARTING_SCRIPT =
  /^(?:start|dev|develop|development|serve|server|worker|workers|watch|prod|production|debug|launch|run|api|web|app|preview|cron|jobs|queue|build|bundle|main)(?:$|[:._-])/;
const SERVING_SCRIPT = /^(?:start|dev|develop|serve|server|preview|prod|production)(?:$|[:._-])/;

/** The programs of a project: found by what starts them, else by package. */
export class Programs {
  /** In order of directory. */
  readonly all: readonly Program[];
  private readonly byRoot: ReadonlyMap<string, Program>;
  private readonly others = new Map<string, Program>();

  constructor(private readonly project: Project) {
    const entries = findEntries(project);
    const roots = [...new Set([...entries.keys(), ...servingPackages(project)])].sort(byDepth);
    const names = new Set<string>();
    const programs = roots.map((root): Program => {
      const plain = plainName(project, root);
      const name = names.has(plain) ? root : plain;
      names.add(name);
      return { name, root, entries: [...(entries.get(root) ?? [])].sort() };
    });
    this.byRoot = new Map(programs.map((program) => [program.root, program]));
    this.all = programs.sort((a, b) => (a.root < b.root ? -1 : 1));
  }

  /** The program that a file belongs to. Tests and examples belong to programs of their own. */
  of(path: string): Program {
    const directory = directoryOf(path);
    const apart = apartFolder(path);
    // An example may be a package, or hold several.
    const inner = apart === null ? null : (this.project.nearestManifest(directory)?.directory ?? null);
    if (apart !== null) return this.named(inner !== null && inner.length > apart.length ? inner : apart);
    for (const at of ancestors(directory)) {
      const program = this.byRoot.get(at);
      if (program) return program;
    }
    const root = this.project.nearestManifest(directory)?.directory ?? '';
    return this.named(root, plainName(this.project, root));
  }

  private named(root: string, name = root): Program {
    const known = this.byRoot.get(root) ?? this.others.get(root);
    if (known) return known;
    const taken = this.all.some((program) => program.name === name);
    const program = { name: taken && root !== '' ? root : name, root, entries: [] };
    this.others.set(root, program);
    return program;
  }
}

const byDepth = (a: string, b: string): number =>
  a.split('/').length - b.split('/').length || a.length - b.length || (a < b ? -1 : 1);

function plainName(project: Project, root: string): string {
  const name = project.manifests.get(root)?.name?.replace(/^@[^/]+\//, '');
  return name || root.slice(root.lastIndexOf('/') + 1) || NAMELESS;
}

/** Files that something starts, by the directory of their package. */
function findEntries(project: Project): Map<string, Set<string>> {
  const entries = new Map<string, Set<string>>();
  const add = (path: string | null): void => {
    if (path === null || sourceRole(path) === 'test' || sourceRole(path) === 'declaration') return;
    if (!/\.[cm]?[jt]sx?$/.test(path)) return;
    const root = project.nearestManifest(directoryOf(path))?.directory ?? '';
    entries.set(root, (entries.get(root) ?? new Set()).add(path));
  };
  for (const manifest of project.manifests.values())
    for (const path of manifestEntries(project, manifest)) add(path);
  for (const [path, text] of project.texts) {
    const file = path.slice(path.lastIndexOf('/') + 1);
    const commands = /dockerfile/i.test(file)
      ? containerCommands(text)
      : file.startsWith('Procfile')
        ? processCommands(text)
        : [];
    for (const command of commands) {
      for (const target of commandTargets(command)) add(locateDeployed(project, directoryOf(path), target));
    }
  }
  return entries;
}

function* manifestEntries(project: Project, manifest: Manifest): Generator<string | null> {
  const { directory, fields, scripts } = manifest;
  for (const field of [fields['main'], fields['module'], ...manifest.bin]) {
    if (typeof field === 'string') yield locate(project, directory, field);
  }
  for (const [name, command] of Object.entries(scripts)) {
    if (!STARTING_SCRIPT.test(name)) continue;
    for (const target of commandTargets(command)) {
      const from = join(directory, target.directory);
      yield from === null ? null : locate(project, from, target.path);
    }
    const nest = /\bnest\s+(?:start|build)(?:\s+([\w-]+))?/.exec(command);
    if (nest) {
      const application =
        nest[1] === undefined ? null : locate(project, directory, `apps/${nest[1]}/src/main`);
      yield application ?? locate(project, directory, 'src/main');
    }
  }
  // What npm runs when nothing is said.
  const server = join(directory, 'server.js');
  if (scripts['start'] === undefined && server !== null && project.files.has(server)) yield server;
}

function locate(project: Project, directory: string, target: string): string | null {
  const path = join(directory, target);
  if (path === null || (path === '' && target !== '.')) return null;
  return findFile(project, path) ?? sourceOf(project, path);
}

/** A container has other folders than the repository: leading ones are dropped until a file fits. */
function locateDeployed(
  project: Project,
  directory: string,
  { directory: inner, path }: CommandTarget,
): string | null {
  const segments = [...inner.split('/'), ...path.split('/')].filter(
    (segment) => segment !== '' && segment !== '.',
  );
  for (let dropped = 0; dropped < Math.min(segments.length, 4); dropped++) {
    const rest = segments.slice(dropped).join('/');
    for (const from of new Set([directory, ''])) {
      const found = locate(project, from, rest);
      if (found !== null) return found;
    }
  }
  return null;
}

/** Packages that are started by a framework's command (`next dev`), whose files it finds by itself. */
function servingPackages(project: Project): string[] {
  return [...project.manifests.values()]
    .filter(({ scripts, workspaces, directory }) => {
      const delegates =
        workspaces.length > 0 || project.files.has(join(directory, 'pnpm-workspace.yaml') ?? '');
      return !delegates && Object.keys(scripts).some((name) => SERVING_SCRIPT.test(name));
    })
    .map(({ directory }) => directory);
}
