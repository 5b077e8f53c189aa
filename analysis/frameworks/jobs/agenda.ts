import { yieldsItself, type LibraryModel, type LibraryType } from '../../wiring/library.js';
import { UNDEFINED, UNKNOWN } from '../../wiring/value.js';
import { addJob, makeJob, nameOf, observeJobs } from './jobs.js';

const AGENDA: LibraryType = {
  name: 'agenda',
  methods: {
    define: (it, _self, args, site) => {
      const handler = args.find((a) => a.k === 'function') ?? args.at(-1);
      if (handler)
        addJob(it, 'agenda', {
          kind: 'job',
          name: nameOf(args[0], '?'),
          handler,
          site,
          arguments: [makeJob(it), UNKNOWN],
        });
      return UNDEFINED;
    },
    on: yieldsItself,
  },
};

/** Jobs of Agenda. https://github.com/agenda/agenda#defining-job-processors */
export const agenda: LibraryModel = {
  name: 'agenda',
  packages: ['agenda', '@hokify/agenda'],
  about: {
    title: 'Agenda',
    registers: '`define(name, …)` of an `Agenda`',
    guards: 'tests in the job',
    answers: 'nothing: a throw fails the job',
  },
  calls: { '': (it) => it.native(AGENDA, null), Agenda: (it) => it.native(AGENDA, null) },
  typed: (it, type) => (/^Agenda\b/.test(type) ? it.native(AGENDA, null) : null),
  finish: (it) => observeJobs(it, 'agenda'),
};
