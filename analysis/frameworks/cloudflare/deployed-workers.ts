import type { Evaluator } from '../../wiring/evaluator.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import { startedBy, type WorkerConfig } from './wrangler.js';

/** The name of the model, which its entry points carry. */
export const FRAMEWORK = 'cloudflare-workers';

/** A module that a configuration of wrangler starts, with what it binds to it. */
export interface Worker {
  instance: ModuleInstance;
  queues: readonly string[];
  classes: ReadonlySet<string>;
}
/** What the configurations of wrangler say that were read. */
export const configs = (it: Evaluator): WorkerConfig[] => it.stateOf<WorkerConfig[]>('wrangler', () => []);
/** The Workers of this program. */
export function workers(it: Evaluator): Worker[] {
  const files = it.loader.entryFiles(FRAMEWORK);
  const found = new Map<string, WorkerConfig[]>();
  for (const config of configs(it).filter((c) => inside(it, c.path)))
    for (const start of startedBy(config)) {
      const target = it.loader.resolve('package.json', `./${start}`);
      if (target.kind !== 'file' || !files.includes(target.path)) continue;
      found.set(target.path, [...(found.get(target.path) ?? []), config]);
      break;
    }
  return [...found].flatMap(([file, of]): Worker[] => {
    const instance = it.modules.instantiate(file);
    if (!instance) return [];
    return [
      {
        instance,
        queues: [...new Set(of.flatMap((c) => c.queues))],
        classes: new Set(of.flatMap((c) => [...c.classes])),
      },
    ];
  });
}
const inside = (it: Evaluator, path: string): boolean =>
  it.loader.root === '' || path.startsWith(`${it.loader.root}/`);
