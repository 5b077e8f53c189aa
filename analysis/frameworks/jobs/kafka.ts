import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { list, promise, record, textOf, UNDEFINED, unknown, type Value } from '../../wiring/value.js';
import { addJob, observeJobs } from './jobs.js';

const MESSAGE = unknown(['message']);
const later: Method = () => promise(unknown());
interface Consumer {
  topics: string[];
}
const topicsIn = (value: Value | undefined): string[] =>
  value === undefined
    ? []
    : value.k === 'list'
      ? value.elements.flatMap((e) => topicsIn(e))
      : [textOf(value) ?? (value.k === 'native' ? '*' : '?')];
const CONSUMER: LibraryType = {
  name: 'consumer',
  methods: {
    connect: later,
    disconnect: later,
    subscribe: (_it, self, [options]) => {
      const { topics } = self.state as Consumer;
      const of = (name: string): Value | undefined =>
        options?.k === 'record' ? options.members.get(name) : options;
      topics.push(...topicsIn(of('topics') ?? of('topic')));
      return promise(UNDEFINED);
    },
    run: (it, self, [options], site) => {
      const { topics } = self.state as Consumer;
      const of = (name: string): Value | undefined =>
        options?.k === 'record' ? options.members.get(name) : undefined;
      const payload = record(
        [
          ['topic', unknown(['message.name'])],
          ['message', MESSAGE],
          ['batch', record([['messages', list([], MESSAGE)]], MESSAGE)],
        ],
        unknown(),
      );
      for (const handler of [of('eachMessage'), of('eachBatch')])
        if (handler)
          addJob(it, 'kafka', {
            kind: 'message',
            name: [...new Set(topics)].sort().join(', ') || '?',
            oneOf: topics,
            handler,
            site,
            arguments: [payload],
          });
      return promise(UNDEFINED);
    },
  },
};
const KAFKA: LibraryType = {
  name: 'kafka',
  methods: { consumer: (it) => it.native(CONSUMER, { topics: [] } satisfies Consumer) },
};
const makeKafka: Operation = (it) => it.native(KAFKA, null);

/** https://kafka.js.org/docs/consuming */
export const kafka: LibraryModel = {
  name: 'kafka',
  packages: ['kafkajs'],
  about: {
    title: 'KafkaJS',
    registers: '`consumer.run` with `eachMessage` or `eachBatch`, under the topics subscribed to',
    guards: 'tests in the handler; a test of `topic` makes an entry point for each',
    answers: 'nothing',
  },
  calls: { Kafka: makeKafka },
  typed: (it, type) => (/^Consumer\b/.test(type) ? it.native(CONSUMER, { topics: [] }) : null),
  finish: (it) => observeJobs(it, 'kafka'),
};
