import type { Module } from '../syntax/ast.js';
import { Scope } from './scope.js';
import { record, unknown, type Record_, type Value } from './value.js';

/** A module being run. */
export class ModuleInstance {
  readonly scope = new Scope(null, true);
  readonly imports = new Map<string, { source: string; imported: string; line: number }>();
  /** Names that may stand in types: imports, those of types only included. */
  readonly typeImports = new Map<string, { source: string; imported: string }>();
  /** `module.exports`, for CommonJS. */
  readonly commonJs: Record_;
  readonly moduleObject: Record_;
  /** Names of variables by the names under which they are exported. */
  readonly ownExports = new Map<string, string>();
  state: 'new' | 'running' | 'done' = 'new';

  constructor(
    readonly path: string,
    readonly module: Module,
  ) {
    this.commonJs = record([], this.isReadInPart ? unknown() : null);
    this.moduleObject = record([['exports', this.commonJs]]);
    for (const entry of module.exports)
      if (entry.k === 'local' && !this.ownExports.has(entry.exported))
        this.ownExports.set(entry.exported, entry.local);
    for (const declaration of module.imports) {
      for (const binding of declaration.bindings) {
        this.typeImports.set(binding.local, { source: declaration.source, imported: binding.imported });
        if (!binding.typeOnly)
          this.imports.set(binding.local, {
            source: declaration.source,
            imported: binding.imported,
            line: declaration.line,
          });
      }
    }
  }
  /** The grammar could not read all of it: what else it exports is not known. */
  get isReadInPart(): boolean {
    return this.module.errors.length > 0;
  }
  get exportsValue(): Value {
    return this.moduleObject.members.get('exports') ?? this.commonJs;
  }
}

/** How the evaluator gets at modules; implemented over the loaded tree. */
export interface ModuleLoader {
  /** What a specifier means in a module. */
  resolve(
    from: string,
    specifier: string,
  ):
    | { kind: 'file'; path: string }
    | { kind: 'package'; name: string; subpath: string | null }
    | { kind: 'missing' };
  /** The lowered module; null when it was not loaded (not code, too large, missing). */
  module(path: string): Module | null;
  /** Does running it for its side effects alone matter? */
  hasSideEffects(path: string): boolean;
  /** Paths in a folder, for loaders that read directories. */
  list(folder: string): readonly string[];
  /** Files of this program that a framework runs by itself, by the name of its model; sorted. */
  entryFiles(model: string): readonly string[];
  /** Directory of the program; '' is the repository. */
  readonly root: string;
  /** Does some module of this program import it? */
  uses(packageName: string): boolean;
}
