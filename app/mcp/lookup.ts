import path from 'node:path';
import { identityOf } from '../../analysis/model/trigger.js';
import type { EntryPoint, EntryPointKind, Model, Trigger } from '../../analysis/model/model.js';
import { isEntityEffect } from '../../analysis/precedents/acting.js';
import { Refusal } from './answer.js';

/** How many near ones are named where nothing fits. */
const NEAR = 5;

export interface Described {
  kind?: EntryPointKind;
  method?: string;
  path?: string;
  name?: string;
  program?: string;
}

/** Entry points that fit a description: whatever their parameters are called, and without regard to case. */
export function matching(model: Model, wanted: Described): EntryPoint[] {
  return model.entryPoints.filter(({ trigger, program }) => {
    if (wanted.program !== undefined && wanted.program !== program) return false;
    if (wanted.kind !== undefined && wanted.kind !== trigger.kind) return false;
    if (wanted.method !== undefined) {
      if (!('method' in trigger)) return false;
      if (trigger.method !== 'ALL' && trigger.method !== wanted.method.toUpperCase()) return false;
    }
    if (wanted.path !== undefined) {
      if (!('path' in trigger) || trigger.path === null) return false;
      if (plain(trigger.path) !== plain(wanted.path)) return false;
    }
    if (wanted.name !== undefined) {
      if (!('name' in trigger) || trigger.name === null) return false;
      if (trigger.name.toLowerCase() !== wanted.name.toLowerCase()) return false;
    }
    return true;
  });
}
/** `/users/:id`, `/users/{userId}`, `/users/[id]/` and `/users/<id>` are one path. */
const plain = (text: string): string =>
  text
    .replace(/:\w+(?:\([^)]*\))?[?+*]?|\{[^}]*\}|\[\[?[^\]]*\]\]?|<[^>]*>/g, ':')
    .replace(/(?<=.)\/+$/, '')
    .toLowerCase();

/** Ids of what is nearest to a text, for who mistyped or guessed. */
export function nearest(model: Model, text: string): string[] {
  return closest(
    model.entryPoints.map((e) => e.id),
    text,
    (id) => id.slice(id.indexOf(': ') + 2),
  );
}

/** The entity as the model spells it. */
export function entityNamed(model: Model, name: string): string | null {
  const all = entitiesOf(model);
  if (all.has(name)) return name;
  const same = [...all].filter((each) => loose(each) === loose(name));
  return same.length === 1 ? same[0]! : null;
}
/** `Allergy`, `allergies` and `allergy` are meant alike. */
const loose = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/ies$/, 'y')
    .replace(/s$/, '');

export function nearestEntities(model: Model, name: string): string[] {
  return closest([...entitiesOf(model)], name, (each) => each);
}
const entitiesOf = (model: Model): Set<string> =>
  new Set(model.entryPoints.flatMap((e) => e.effects.filter(isEntityEffect).map((x) => x.target)));

function closest(all: readonly string[], wanted: string, textOf: (each: string) => string): string[] {
  const pieces = pairs(wanted);
  const scored = all.map((each) => {
    const own = pairs(textOf(each));
    const shared = [...own].filter((pair) => pieces.has(pair)).length;
    return { each, score: (2 * shared) / Math.max(1, own.size + pieces.size) };
  });
  return scored
    .filter(({ score }) => score > 0.2)
    .sort((a, b) => b.score - a.score || (a.each < b.each ? -1 : 1))
    .slice(0, NEAR)
    .map(({ each }) => each);
}
const pairs = (text: string): Set<string> => {
  const lower = text.toLowerCase();
  return new Set(Array.from({ length: Math.max(0, lower.length - 1) }, (_, at) => lower.slice(at, at + 2)));
};

/** The program that a file belongs to, by what is registered there or nearest to it. */
export function programOf(model: Model, file: string | null, chosen: string | undefined): string | null {
  const programs = [...new Set(model.entryPoints.map((e) => e.program))];
  if (chosen !== undefined) {
    if (programs.includes(chosen)) return chosen;
    throw new Refusal('There is no program of this name; there are:', programs.slice(0, 20));
  }
  if (programs.length < 2) return programs[0] ?? '';
  if (file === null) return null;
  const near = model.entryPoints.map((e) => ({
    program: e.program,
    shared: sharedFolders(e.registration.file, file),
  }));
  const most = Math.max(...near.map(({ shared }) => shared));
  const nearby = [...new Set(near.filter(({ shared }) => shared === most).map(({ program }) => program))];
  return nearby.length === 1 ? nearby[0]! : null;
}
function sharedFolders(a: string, b: string): number {
  if (a === b) return Infinity;
  const [left, right] = [a.split('/').slice(0, -1), b.split('/').slice(0, -1)];
  let count = 0;
  while (count < left.length && count < right.length && left[count] === right[count]) count++;
  return count;
}

/**
 * A file as the model names it: relative to the root of the repository, separated by slashes.
 * @throws Refusal for what lies outside of it
 */
export function fileInside(topLevel: string | null, file: string): string {
  const relative =
    topLevel !== null && path.isAbsolute(file) ? path.relative(topLevel, file) : path.normalize(file);
  const inside = relative.split(path.sep).join('/').replace(/^\.\//, '');
  if (/^\.\.(?:\/|$)/.test(inside) || path.isAbsolute(relative) || /[\0\n\r]/.test(inside))
    throw new Refusal(
      'The file lies outside of the repository: name one relative to its root, such as src/routes/users.ts.',
    );
  if (/^\.git(?:\/|$)/i.test(inside))
    throw new Refusal('Git’s own folder is no part of the repository’s files.');
  return inside;
}

/** Entry points with the same trigger, as a first draft of a planned one is. */
export function draftOf(model: Model, trigger: Trigger, program: string): string | null {
  const found = model.entryPoints.filter(
    (e) => e.program === program && plain(identityOf(e.trigger)) === plain(identityOf(trigger)),
  );
  return found.length === 1 ? found[0]!.id : null;
}
