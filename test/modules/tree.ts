import { configurationFiles, ModuleGraph } from '../../analysis/modules/index.js';

/** The graph of a tree of files, given by path; an object is written as JSON. */
export function graphOf(files: Record<string, string | object>): ModuleGraph {
  const paths = Object.keys(files).sort();
  const texts = new Map(
    configurationFiles(paths).map((path) => {
      const content = files[path]!;
      return [path, typeof content === 'string' ? content : JSON.stringify(content)];
    }),
  );
  return new ModuleGraph(paths, texts);
}

/** Empty files at these paths. */
export function empty(...paths: string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, '']));
}
