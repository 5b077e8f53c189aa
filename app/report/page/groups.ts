import type { ReportedEntryPoint } from '../report.js';
import { transportName } from '../wording.js';
import type { PageEntity, PageGroup } from './contract.js';

const WRITES = ['create', 'update', 'delete'];
const READS = ['read', 'list'];
/** Parts of a path that many unrelated ones begin with. */
const PREFIX = /^(?:api|v\d+)$/i;

/** Entities with the entry points that reach them, by name. */
export function entitiesOf(entryPoints: readonly ReportedEntryPoint[]): PageEntity[] {
  const found = new Map<string, PageEntity>();
  entryPoints.forEach((entryPoint, index) => {
    const { writes, reads } = reached(entryPoint);
    for (const name of new Set([...writes, ...reads])) {
      const entity = found.get(name) ?? { name, writes: [], reads: [] };
      found.set(name, entity);
      (writes.has(name) ? entity.writes : entity.reads).push(index);
    }
  });
  return [...found.values()].sort(byName);
}

/**
 * An entry point stands with each entity that it writes or, where it writes none, with each that it reads; one that
 * reaches none, with those whose path or name begins alike. Entities come first.
 */
export function groupsOf(entryPoints: readonly ReportedEntryPoint[]): PageGroup[] {
  const found = new Map<string, PageGroup>();
  const add = (about: PageGroup['about'], name: string, row: number): void => {
    const key = `${about} ${name}`;
    const group = found.get(key) ?? { about, name, rows: [] };
    found.set(key, group);
    group.rows.push(row);
  };
  entryPoints.forEach((entryPoint, index) => {
    const { writes, reads } = reached(entryPoint);
    const entities = writes.size > 0 ? writes : reads;
    for (const name of entities) add('entity', name, index);
    if (entities.size === 0) add('path', familyOf(entryPoint), index);
  });
  return [...found.values()].sort((a, b) =>
    a.about === b.about ? byName(a, b) : a.about === 'entity' ? -1 : 1,
  );
}

function reached({ effects }: ReportedEntryPoint): { writes: Set<string>; reads: Set<string> } {
  const targets = (operations: string[]): Set<string> =>
    new Set(effects.filter(({ effect }) => operations.includes(effect)).map(({ target }) => target));
  return { writes: targets(WRITES), reads: targets(READS) };
}

/** `/api/v1/loans` of `/api/v1/loans/:id/extend`, `procedure loan` of `loan.extend`. */
function familyOf(entryPoint: ReportedEntryPoint): string {
  const { path, name } = entryPoint;
  if (path !== null) {
    const parts = path.split('/').filter(Boolean);
    const own = parts.findIndex((part) => !PREFIX.test(part));
    return `/${(own === -1 ? parts : parts.slice(0, own + 1)).join('/')}`;
  }
  if (name === null) return `${transportName(entryPoint)}, path unknown`;
  return `${transportName(entryPoint)} ${name.split(/[.:/]/, 1)[0]}`;
}

const byName = (a: { name: string }, b: { name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
