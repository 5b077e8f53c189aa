import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import {
  CYCLES,
  LONG_FILES,
  MAX_LINES,
  PURE_PACKAGES,
  SHARED_BY_FRAMEWORKS,
  TYPE_ONLY_BETWEEN_FOLDERS,
} from './architecture.exceptions.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['app', 'store', 'analysis'].flatMap((folder) => sourcesIn(folder));

interface Import {
  from: string;
  /** Path in the repository, or the name of a package or builtin module. */
  to: string;
  typeOnly: boolean;
}
const IMPORTS = SOURCES.flatMap(importsOf);
const INTERNAL = IMPORTS.filter((each) => SOURCES.includes(each.to));

function sourcesIn(folder: string): string[] {
  const place = path.join(ROOT, folder);
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) =>
        file.endsWith('.ts') &&
        !file.startsWith(`application${path.sep}`) &&
        !file.includes('demo/application/'),
    )
    .map((file) => `${folder}/${file}`)
    .sort();
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(path.join(ROOT, file), 'utf8'), ts.ScriptTarget.ES2022, true);
}

function importsOf(file: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const local = specifier.text.startsWith('.');
    const to = local
      ? path.posix.join(path.posix.dirname(file), specifier.text).replace(/\.js$/, '.ts')
      : specifier.text;
    found.push({ from: file, to, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly ?? false);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    // What is loaded only once it is needed.
    else if (
      ts.isCallExpression(node) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === 'require'
    )
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(parse(file));
  return found;
}

const linesOf = (file: string): number => readFileSync(path.join(ROOT, file), 'utf8').split('\n').length - 1;
const top = (file: string): string => file.split('/')[0]!;
const areaOf = (file: string): string => file.split('/').slice(0, -1).join('/');
const show = ({ from, to }: Import): string => `${from} → ${to}`;
const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Groups of two or more that reach each other (Tarjan). */
function cyclesIn(edges: readonly { from: string; to: string }[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    for (const other of next.get(node) ?? []) {
      if (!index.has(other)) visit(other);
      if (stack.includes(other)) low.set(node, Math.min(low.get(node)!, low.get(other)!));
    }
    if (low.get(node) !== index.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1) cycles.push(group.sort());
  };
  for (const node of next.keys()) if (!index.has(node)) visit(node);
  return cycles.sort();
}

test('there is something to look at', () => {
  expect(SOURCES.length).toBeGreaterThan(20);
  expect(INTERNAL.length).toBeGreaterThan(20);
});

describe('direction', () => {
  test('every relative import leads to a file', () => {
    expect(
      IMPORTS.filter(
        (each) =>
          each.to.includes('/') &&
          SOURCES.some((file) => top(file) === top(each.to)) &&
          !SOURCES.includes(each.to),
      ).map(show),
    ).toEqual([]);
  });

  test('app → store → analysis, and from store to analysis types only', () => {
    const rank: Record<string, number> = { app: 0, store: 1, analysis: 2 };
    const wrong = INTERNAL.filter(({ from, to, typeOnly }) => {
      if (rank[top(from)]! > rank[top(to)]!) return true;
      return top(from) === 'store' && top(to) === 'analysis' && !typeOnly;
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('no cycles between folders of the analysis, types included', () => {
    const edges = INTERNAL.filter(({ from, to }) => top(from) === 'analysis' && top(to) === 'analysis')
      .filter((each) => !TYPE_ONLY_BETWEEN_FOLDERS.some(({ edge }) => edge === show(each) && each.typeOnly))
      .map(({ from, to }) => ({ from: areaOf(from), to: areaOf(to) }))
      // The files directly in analysis/ are its face and its contracts, above and below every folder.
      .filter(({ from, to }) => from !== to && from !== 'analysis' && to !== 'analysis');
    expect(cyclesIn(edges)).toEqual([]);
    const needless = TYPE_ONLY_BETWEEN_FOLDERS.filter(
      ({ edge }) => !INTERNAL.some((each) => show(each) === edge),
    );
    expect(needless).toEqual([]);
  });

  test('no cycles between files, types included; known ones only shrink', () => {
    const known = new Set(CYCLES.flatMap(({ files }) => files));
    const cycles = cyclesIn(INTERNAL);
    expect(
      cycles.map((files) => files.filter((file) => !known.has(file))).filter((files) => files.length > 0),
    ).toEqual([]);
    const still = new Set(cycles.flat());
    expect([...known].filter((file) => !still.has(file))).toEqual([]);
  });
});

describe('analysis', () => {
  const analysis = IMPORTS.filter(({ from }) => top(from) === 'analysis');

  test('only its syntax folder knows tree-sitter', () => {
    const knows = analysis.filter(({ to }) => to.startsWith('tree-sitter')).map(({ from }) => areaOf(from));
    expect(knows.filter((area) => area !== 'analysis/syntax')).toEqual([]);
  });

  test('no input, output, clock, logger or database: what it imports is listed, with reasons', () => {
    const packages = analysis
      .filter(({ to }) => !to.startsWith('analysis/'))
      .filter(({ to }) => !(packageName(to) in PURE_PACKAGES));
    expect(packages.map(show)).toEqual([]);
    const builtins = Object.keys(PURE_PACKAGES).filter((name) =>
      builtinModules.includes(name.replace('node:', '')),
    );
    expect(
      builtins.every((name) =>
        ['node:module', 'node:path', 'node:timers/promises', 'node:crypto'].includes(name),
      ),
    ).toBe(true);
  });

  test('no clock and no randomness', () => {
    const wrong = SOURCES.filter((file) => top(file) === 'analysis').filter((file) =>
      /^(?:Date\.now|new Date\(\)|performance\.now|Math\.random|crypto\.random\w+|process\.\w+|console\.\w+)$/m.test(
        reached(file),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test('wiring and behaviour know no framework', () => {
    const inside = (file: string): boolean => /^analysis\/(?:wiring|behaviour)\//.test(file);
    expect(
      INTERNAL.filter(({ from, to }) => inside(from) && to.startsWith('analysis/frameworks/')).map(show),
    ).toEqual([]);
    const names = new Set(
      frameworkPackages().filter(
        // What middleware calls to go on is named like a framework, what it skips and what a function does like others.
        (name) =>
          !builtinModules.includes(name) &&
          !['global', 'next', 'effect', 'router'].includes(name) &&
          name.length > 2,
      ),
    );
    expect(names.size).toBeGreaterThan(0);
    const named = SOURCES.filter(inside).flatMap((file) =>
      stringsIn(file)
        .filter((text) => names.has(text))
        .map((text) => `${file}: '${text}'`),
    );
    expect(named).toEqual([]);
  });
});

describe('frameworks', () => {
  const folder = 'analysis/frameworks';
  const files = SOURCES.filter((file) => file.startsWith(`${folder}/`));
  const nameOf = (file: string): string => path.basename(file, '.ts');
  const models = files.map(nameOf).filter((name) => name !== 'index' && !(name in SHARED_BY_FRAMEWORKS));

  test('each is in the list', () => {
    const listed = IMPORTS.filter(({ from }) => from === `${folder}/index.ts`).map(({ to }) =>
      path.basename(to, '.ts'),
    );
    expect(models.filter((name) => !listed.includes(name))).toEqual([]);
  });

  test('each has fixtures', () => {
    expect(models.filter((name) => !existsSync(path.join(ROOT, 'test/fixtures', name)))).toEqual([]);
  });

  test('half of them are read at a glance: at most 120 lines', () => {
    const lengths = files
      .filter((file) => models.includes(nameOf(file)))
      .map(linesOf)
      .sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(120);
  });

  test('what they share is still there, and is no model', () => {
    for (const name of Object.keys(SHARED_BY_FRAMEWORKS)) {
      expect(files.map(nameOf)).toContain(name);
    }
  });
});

describe('files', () => {
  test('no dumping grounds', () => {
    const names = /^(?:utils?|helpers?|common|types|misc|shared)\.ts$/;
    expect(
      SOURCES.filter(
        (file) => names.test(path.basename(file)) || /\/(?:utils?|helpers?|common)\//.test(file),
      ),
    ).toEqual([]);
  });

  test(`at most ${MAX_LINES} lines; known longer ones only shrink`, () => {
    const tooLong = SOURCES.filter((file) => linesOf(file) > (LONG_FILES[file]?.lines ?? MAX_LINES));
    expect(tooLong.map((file) => `${file}: ${linesOf(file)}`)).toEqual([]);
    expect(
      Object.keys(LONG_FILES).filter((file) => !SOURCES.includes(file) || linesOf(file) <= MAX_LINES),
    ).toEqual([]);
  });
});

/** Packages whose exports the framework models speak for: the string elements of their `packages: […]`. */
function frameworkPackages(): string[] {
  const found: string[] = [];
  for (const file of SOURCES.filter((each) => each.startsWith('analysis/frameworks/'))) {
    const visit = (node: ts.Node): void => {
      if (
        ts.isPropertyAssignment(node) &&
        node.name.getText() === 'packages' &&
        ts.isArrayLiteralExpression(node.initializer)
      ) {
        for (const element of node.initializer.elements)
          if (ts.isStringLiteralLike(element)) found.push(element.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(parse(file));
  }
  return found;
}

function stringsIn(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) && !ts.isImportDeclaration(node.parent)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parse(file));
  return found;
}

/** Member accesses and constructions, as text: what could reach a clock or the environment. */
function reached(file: string): string {
  let text = '';
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) text += `${node.getText().replace(/\s+/g, '')}\n`;
    else if (ts.isNewExpression(node))
      text += `new ${node.expression.getText()}(${node.arguments?.length ? '…' : ''})\n`;
    ts.forEachChild(node, visit);
  };
  visit(parse(file));
  return text;
}
