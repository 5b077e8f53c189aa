import type { Trigger } from '../../model/model.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { Atom, Fact } from '../../wiring/fact.js';
import type { LibraryType } from '../../wiring/library.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { literal, textOf, unknown, UNKNOWN, type Site, type Value } from '../../wiring/value.js';

/** Work that something else than a request sets off. */
export interface Job {
  /** A broker's message, or work of a queue, a schedule or a workflow. */
  kind: 'job' | 'message';
  name: string;
  /** Names that it stands for, where a test chooses one of them. */
  oneOf?: readonly string[];
  handler: Value;
  site: Site;
  arguments: readonly Value[];
}

/** What a worker is given: its data is whoever put it into the queue; its name may choose what is done. */
const JOB: LibraryType = {
  name: 'job',
  methods: {},
  get: (_it, self, name) =>
    name === 'name' ? unknown(['message.name']) : (self.members.get(name) ?? unknown([`message.${name}`])),
};
export const makeJob = (it: Evaluator): Value => it.native(JOB, null);

const jobs = (it: Evaluator, framework: string): Job[] => it.stateOf<Job[]>(`jobs:${framework}`, () => []);
export function addJob(it: Evaluator, framework: string, job: Job): void {
  // Made again by code that runs several times, of which nothing else is known: the same job.
  const isSame = (other: Job): boolean =>
    other.name === job.name &&
    other.site.module === job.site.module &&
    other.site.line === job.site.line &&
    other.handler.k === 'function' &&
    job.handler.k === 'function' &&
    other.handler.fn === job.handler.fn;
  if (!jobs(it, framework).some(isSame)) jobs(it, framework).push(job);
}

const byName = (atom: Atom): boolean =>
  atom.test === 'equal' && atom.arguments.length > 0 && atom.sources.join() === 'message.name';
const nameIn = (facts: readonly Fact[]): string | undefined =>
  facts.find((f): f is Atom => f.k === 'atom' && byName(f))?.arguments[0];

/** Runs the jobs that a library has been given; a worker that compares a job's name has one entry point for each. */
export function observeJobs(it: Evaluator, framework: string): void {
  for (const { kind, name, oneOf, handler, site, arguments: args } of jobs(it, framework)) {
    const trigger = (of: string): Trigger => ({ kind, name: of });
    const work = processorOf(it, handler, site);
    observeEntryPoint(it, {
      framework,
      trigger: trigger(name),
      registration: site,
      handler: work,
      work: () => void it.runHandler(work, args, site),
      dispatch: {
        chooses: byName,
        triggerOf: (facts) => {
          const chosen = nameIn(facts);
          if (chosen === undefined) return null;
          return trigger(oneOf?.includes(chosen) ? chosen : `${name}.${chosen}`);
        },
      },
    });
  }
}
/** A processor may be the path of a file whose default export it is. */
function processorOf(it: Evaluator, handler: Value, site: Site): Value {
  const path = handler.k === 'native' ? null : textOf(handler);
  if (path === null) return handler;
  const file = path.replace(/^file:\/\//, '');
  const module = it.modules.importPath(site.module, /^[./]/.test(file) ? file : `./${file}`);
  return module.k === 'native' ? (module.type.get?.(it, module, 'default', site) ?? UNKNOWN) : module;
}
/** A name as it is written; `fallback` where it is computed. */
export const nameOf = (value: Value | undefined, fallback: string): string =>
  (value && textOf(value ?? literal(fallback))) || fallback;
