import path from 'node:path';
import ts from 'typescript';
import { replaced, type Edit, type Mutant } from './mutant.js';
import { specifiersIn, type Project } from './project.js';

/** Where files are moved to, beside where they were. */
const FOLDER = 'relocated';

/** A file with entry points or guards moves into another folder, and everybody who imports it follows. */
export function moveFile(project: Project): Mutant[] {
  const places = [
    ...project.model.entryPoints.flatMap((e) => [e.registration, ...(e.handler ? [e.handler] : [])]),
    ...project.model.guards.filter((g) => g.applications > 0).map((g) => g.place),
  ];
  const files = [...new Set(places.map((p) => p.file))].sort();
  const importers = importersIn(project);
  return files.flatMap((file): Mutant[] => {
    const by = importers.get(file) ?? [];
    // What nobody imports is found by where it lies; an index by its folder.
    if (by.length === 0 || /(?:^|\/)index\.\w+$/.test(file) || !project.texts.has(file)) return [];
    const to = `${path.posix.dirname(file)}/${FOLDER}/${path.posix.basename(file)}`;
    const edits = project.has(to) ? null : followed(file, to, by, project);
    return edits
      ? [
          {
            mutator: 'move-file',
            file,
            line: 1,
            what: `moves to ${to}`,
            edits,
            move: { from: file, to },
            expected: [],
            allowed: [],
          },
        ]
      : [];
  });
}
function importersIn(project: Project): Map<string, string[]> {
  const importers = new Map<string, string[]>();
  for (const [from, text] of project.texts) {
    // Quicker than a tree; finds what `require` names too.
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      const target = project.resolve(from, fileName);
      if (target === null || target === from) continue;
      const known = importers.get(target) ?? [];
      if (!known.includes(from)) importers.set(target, [...known, from]);
    }
  }
  return importers;
}
/** Null where an import cannot be written so that it leads to the same file again. */
function followed(file: string, to: string, importers: readonly string[], project: Project): Edit[] | null {
  const edits: Edit[] = [];
  for (const specifier of specifiersIn(project.tree(file)!)) {
    if (!specifier.text.startsWith('.')) continue;
    if (project.resolve(file, specifier.text) === null) return null;
    const text = specifier.text === '.' || specifier.text === '..' ? `${specifier.text}/` : specifier.text;
    edits.push(quoted(specifier, text.startsWith('./') ? `.${text}` : `../${text}`));
  }
  const graph = project.moved(file, to);
  for (const importer of importers) {
    const specifiers = specifiersIn(project.tree(importer)!).filter(
      (s) => project.resolve(importer, s.text) === file,
    );
    for (const specifier of specifiers) {
      const at = specifier.text.lastIndexOf('/');
      const text = `${specifier.text.slice(0, at)}/${FOLDER}${specifier.text.slice(at)}`;
      const target = at < 0 ? null : graph.resolve(importer, text);
      if (target?.kind !== 'file' || target.path !== to) return null;
      edits.push(quoted(specifier, text));
    }
  }
  return edits;
}
const quoted = (specifier: Parameters<typeof replaced>[0], text: string): Edit =>
  replaced(specifier, `'${text}'`);
