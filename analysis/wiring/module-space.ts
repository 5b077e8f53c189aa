import { hoist } from './binding.js';
import type { Evaluator } from './evaluator.js';
import { globalValue } from './globals.js';
import { ModuleInstance, type ModuleLoader } from './instance.js';
import type { LibraryType } from './library.js';
import { memberOf } from './members.js';
import { UNDEFINED, unknown, type Site, type Value } from './value.js';

/** The modules of one program: each run once, when something first needs it, and what they export. */
export class ModuleSpace {
  private readonly instances = new Map<string, ModuleInstance>();
  private inOrder: readonly ModuleInstance[] | null = null;

  constructor(
    private readonly it: Evaluator,
    private readonly loader: ModuleLoader,
  ) {}

  /** Runs a module, once. */
  instantiate(path: string): ModuleInstance | null {
    const known = this.instances.get(path);
    if (known) {
      if (known.state === 'new') this.run(known);
      return known;
    }
    const module = this.loader.module(path);
    if (!module) return null;
    const instance = new ModuleInstance(path, module);
    this.instances.set(path, instance);
    this.inOrder = null;
    this.run(instance);
    return instance;
  }
  get loaded(): readonly ModuleInstance[] {
    return (this.inOrder ??= [...this.instances.values()]);
  }
  /** What has been run of a path. */
  at(path: string): ModuleInstance | undefined {
    return this.instances.get(path);
  }
  /** A place for what stands in no file: something is made of it though nobody wrote where. */
  get somewhere(): Site {
    return { module: this.instances.values().next().value!, line: 1 };
  }
  get size(): number {
    return this.instances.size;
  }
  /** A module runs once, whatever path first reaches it: its state is no part of that path. */
  private run(instance: ModuleInstance): void {
    const { it } = this;
    instance.state = 'running';
    it.apart(instance.scope, () => {
      for (const declaration of instance.module.imports) {
        if (
          !declaration.typeOnly &&
          (declaration.bindings.length === 0 || this.actsByItself(instance, declaration.source))
        )
          this.follow(instance, declaration.source);
      }
      for (const entry of instance.module.exports) {
        if (entry.k !== 'local' && this.actsByItself(instance, entry.source))
          this.follow(instance, entry.source);
      }
      hoist(it, instance.module.body, instance.scope, instance);
      // It runs for whoever needs it first, and must not be cut short because that one has few steps left.
      const isWhole = it.withBudget(MODULE_STEPS, () => {
        it.statements(instance.module.body, instance.scope, instance);
      });
      if (!isWhole)
        it.gap('running this module took more steps than one is given', { file: instance.path, line: 1 });
    });
    instance.state = 'done';
  }
  private follow(from: ModuleInstance, specifier: string): void {
    const target = this.loader.resolve(from.path, specifier);
    if (target.kind === 'file') this.instantiate(target.path);
  }
  private actsByItself(from: ModuleInstance, specifier: string): boolean {
    const target = this.loader.resolve(from.path, specifier);
    return target.kind === 'file' && this.loader.hasSideEffects(target.path);
  }
  /** A module's namespace, by a specifier or by an absolute path (from `__dirname`). */
  importPath(from: ModuleInstance, named: string): Value {
    // `import(pathToFileURL(path))`, with which a computed path becomes an address.
    const specifier = /^file:\/\/(\/[^?]*)/.exec(named)?.[1] ?? named;
    if (!specifier.startsWith('/')) return this.importValue(from, specifier, '*');
    const target = this.loader.resolve('index.js', `.${specifier}`);
    const instance = target.kind === 'file' ? this.instantiate(target.path) : null;
    return instance ? this.exported(instance, '*') : unknown();
  }
  /** A module's namespace or one export of it, by specifier. */
  importValue(from: ModuleInstance, specifier: string, imported: string): Value {
    const target = this.targetOf(from, specifier);
    if (target.kind === 'package') {
      const path = imported === '*' || imported === 'default' ? [] : [imported];
      return this.externalMember(
        target.name,
        target.subpath ? [...target.subpath.split('/').map((s) => `/${s}`), ...path] : path,
      );
    }
    if (target.kind === 'missing')
      return unknown(
        DEPLOYED.test(specifier) ? [isWhole(imported) ? 'config:?' : `config:${imported}`] : [],
        {
          name: imported,
        },
      );
    const instance = this.instantiate(target.path);
    if (!instance) return unknown([], { name: imported });
    return this.exported(instance, imported);
  }
  private readonly targets = new Map<ModuleInstance, Map<string, ReturnType<ModuleLoader['resolve']>>>();
  private targetOf(from: ModuleInstance, specifier: string): ReturnType<ModuleLoader['resolve']> {
    let known = this.targets.get(from);
    if (!known) this.targets.set(from, (known = new Map()));
    let target = known.get(specifier);
    if (!target) known.set(specifier, (target = this.loader.resolve(from.path, specifier)));
    return target;
  }
  exported(instance: ModuleInstance, name: string): Value {
    // What the module itself declares is most of what is asked for.
    const own = instance.ownExports.get(name);
    const declared = own === undefined ? undefined : instance.scope.variables.get(own);
    if (declared) return declared;
    const key = `${instance.path}|${name}`;
    // Modules may re-export each other in a circle.
    if (this.resolving.has(key)) return unknown();
    this.resolving.add(key);
    try {
      return this.findExport(instance, name);
    } finally {
      this.resolving.delete(key);
    }
  }
  private readonly resolving = new Set<string>();
  private findExport(instance: ModuleInstance, name: string): Value {
    const commonJs = instance.exportsValue;
    const isCommonJs = commonJs !== instance.commonJs || instance.commonJs.members.size > 0;
    if (name === '*') {
      // `module.exports = …` beside exports of the language: compiled, it takes their place for who requires it.
      if (commonJs !== instance.commonJs || (isCommonJs && instance.module.exports.length === 0))
        return commonJs;
      return { k: 'native', type: NAMESPACE, state: instance, members: new Map() };
    }
    for (const entry of instance.module.exports) {
      if (entry.k === 'local' && entry.exported === name)
        return this.it.lookup(entry.local, instance.scope, instance, entry.line);
      if (entry.k === 'from' && entry.exported === name)
        return this.importValue(instance, entry.source, entry.imported);
    }
    if (isCommonJs) {
      if (name === 'default') {
        const explicit =
          commonJs.k === 'record' && commonJs.members.has('__esModule')
            ? commonJs.members.get('default')
            : undefined;
        return explicit ?? commonJs;
      }
      return memberOf(this.it, commonJs, name, { module: instance, line: 1 });
    }
    for (const entry of instance.module.exports) {
      if (entry.k !== 'all' || name === 'default') continue;
      const target = this.loader.resolve(instance.path, entry.source);
      if (target.kind === 'file') {
        const inner = this.instantiate(target.path);
        const value = inner && this.exported(inner, name);
        if (value && !(value.k === 'literal' && value.value === undefined)) return value;
      } else if (target.kind === 'package') return this.externalMember(target.name, [name]);
    }
    return instance.isReadInPart ? unknown([], { name }) : UNDEFINED;
  }
  externalMember(packageName: string, path: readonly string[]): Value {
    const model = this.it.knowledge.model(packageName);
    return (
      model?.member?.(this.it, path) ??
      this.alsoGlobal(packageName, path) ?? { k: 'external', package: packageName, path }
    );
  }
  /** `import process from 'node:process'`, `import { URL } from 'node:url'`: what is there without an import, too. */
  private alsoGlobal(packageName: string, [name]: readonly string[]): Value | null {
    const site = this.somewhere;
    if (packageName === 'process') {
      const process = globalValue(this.it, 'process', site);
      return name === undefined ? process : memberOf(this.it, process, name, site);
    }
    return name !== undefined && ALSO_GLOBAL.get(packageName)?.has(name)
      ? globalValue(this.it, name, site)
      : null;
  }
}
const ALSO_GLOBAL: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['url', new Set(['URL', 'URLSearchParams'])],
  ['buffer', new Set(['Buffer'])],
]);

/** Data that is not in the repository is written where the program is deployed, as settings are. */
const DEPLOYED = /^[./@~#].*\.json$/;
const isWhole = (imported: string): boolean => imported === '*' || imported === 'default';

/** Steps for the top level of one module, without those that it imports. */
const MODULE_STEPS = 1_000_000;

/** What `import * as ns` of a module in the repository is. */
const NAMESPACE: LibraryType = {
  name: 'module namespace',
  methods: {},
  get: (it, self, name) => it.modules.exported(self.state as ModuleInstance, name),
};
