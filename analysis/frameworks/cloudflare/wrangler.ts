import { parse } from 'jsonc-parser';
import { folderOf } from '../web/paths.js';

/** What a configuration of wrangler deploys. https://developers.cloudflare.com/workers/wrangler/configuration/ */
export interface WorkerConfig {
  path: string;
  /** The module it starts, from the repository; null where nothing is named. */
  main: string | null;
  /** Queues that it works off. */
  queues: readonly string[];
  /** Classes that are bound as Durable Objects or workflows. */
  classes: ReadonlySet<string>;
}
export const isWranglerConfig = (path: string): boolean =>
  /(?:^|\/)wrangler(?:[.-][\w-]+)*\.(?:toml|jsonc?)(?:\.example)?$/.test(path);

/** `[[env.production.queues.consumers]]`, then its keys. */
const CONSUMER = /\[\[(?:env\.[\w-]+\.)?queues\.consumers\]\]([^[]*)/g;
const valueOf = (text: string, key: string): string | null =>
  new RegExp(`^\\s*${key}\\s*=\\s*["']([^"'\\n]+)["']`, 'm').exec(text)?.[1] ?? null;

function fromToml(text: string): Omit<WorkerConfig, 'path'> {
  return {
    main: valueOf(text, 'main') ?? valueOf(text, 'entry-point'),
    queues: [...text.matchAll(CONSUMER)].flatMap((m) => valueOf(m[1]!, 'queue') ?? []),
    classes: new Set([...text.matchAll(/\bclass_name\s*=\s*["'](\w+)["']/g)].map((m) => m[1]!)),
  };
}
type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const texts = (values: readonly unknown[], key: string): string[] =>
  values.map((v) => fields(v)[key]).filter((v): v is string => typeof v === 'string');

function fromJson(text: string): Omit<WorkerConfig, 'path'> {
  const root = fields(parse(text, [], { allowTrailingComma: true }));
  const all = [root, ...Object.values(fields(root['env'])).map(fields)];
  const of = (read: (one: Fields) => readonly unknown[], key: string): string[] =>
    all.flatMap((one) => texts(read(one), key));
  return {
    main: texts(all, 'main')[0] ?? null,
    queues: of((one) => list(fields(one['queues'])['consumers']), 'queue'),
    classes: new Set([
      ...of((one) => list(fields(one['durable_objects'])['bindings']), 'class_name'),
      ...of((one) => list(one['workflows']), 'class_name'),
    ]),
  };
}
export function readWranglerConfig(path: string, text: string): WorkerConfig {
  const config = /\.toml/.test(path) ? fromToml(text) : fromJson(text);
  const folder = path.split('/').slice(0, -1);
  for (const part of config.main?.split('/') ?? []) {
    if (part === '..') folder.pop();
    else if (part !== '.' && part !== '') folder.push(part);
  }
  return { ...config, path, main: config.main === null ? null : folder.join('/') };
}
/** Files that a configuration may start: the one that it names, else those that wrangler used to look for. */
export function startedBy(config: WorkerConfig): string[] {
  if (config.main !== null) return [config.main];
  const folder = folderOf(config.path);
  const inside = folder === '' ? '' : `${folder}/`;
  return ['src/index', 'index', 'workers-site/index', '_worker'].map((f) => `${inside}${f}`);
}
