import type { Evaluator } from '../../wiring/evaluator.js';
import type { ModuleInstance } from '../../wiring/instance.js';
import { optionIn, type Record_, type Site, type Value } from '../../wiring/value.js';
import { exportsOf } from './sails-files.js';

/** The module of `config/<name>.js`. */
export function configModule(it: Evaluator, name: string): ModuleInstance | null {
  const pattern = new RegExp(`(?:^|/)config/${name}\\.[cm]?[jt]s$`);
  const file = it.loader.entryFiles('sails').find((f) => pattern.test(f));
  return file === undefined ? null : it.modules.instantiate(file);
}
/** The setting of that name in `config/<name>.js`. */
export function configured(it: Evaluator, name: string): { value: Record_; site: Site } | null {
  const instance = configModule(it, name);
  if (!instance) return null;
  const value = optionIn(exportsOf(it, instance), name) ?? it.modules.exported(instance, name);
  return value.k === 'record' ? { value, site: { module: instance, line: 1 } } : null;
}
/** What is given by itself or in lists, which may hold further ones. */
export const flat = (value: Value | undefined): Value[] =>
  value === undefined ? [] : value.k === 'list' ? value.elements.flatMap(flat) : [value];
/** The line on which a key of an object is written; 1 where it cannot be told. */
export function lineOf({ module }: Site, key: string): number {
  const waiting: unknown[] = [module.module.body];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (typeof node !== 'object' || node === null) continue;
    const { k, key: own, line } = node as Record<string, unknown>;
    if (k === 'property' && own === key && typeof line === 'number') return line;
    waiting.push(...(Object.values(node) as unknown[]));
  }
  return 1;
}
