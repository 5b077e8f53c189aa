import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation } from '../../wiring/library.js';
import { optionsOf, promise, textOf, UNDEFINED, unknown, type Site, type Value } from '../../wiring/value.js';
import { broadcast, subscribe } from '../sockets/broadcasts.js';

/** `asyncIterator('ADDED')`, `asyncIterator(['ADDED', 'REMOVED'])`. */
const listen: Method = (it, _self, [topics], site) => {
  for (const topic of topics?.k === 'list' ? topics.elements : [topics]) ofTopic(it, topic, site);
  return unknown(['stored']);
};
function ofTopic(it: Evaluator, topic: Value | undefined, site: Site): void {
  for (const { value } of topic ? optionsOf(topic) : []) subscribe(it, textOf(value) ?? '*', value, site);
}
const PUB_SUB: LibraryType = {
  name: 'publisher',
  methods: {
    publish: (it, _self, args, site) => {
      broadcast(it, args, site);
      return promise(UNDEFINED);
    },
    asyncIterator: listen,
    asyncIterableIterator: listen,
    subscribe: listen,
  },
};
const make: Operation = (it) => it.native(PUB_SUB, null);
/** By the names under which packages export it. */
export const PUB_SUBS: LibraryModel['calls'] = {
  PubSub: make,
  RedisPubSub: make,
  PostgresPubSub: make,
  createPubSub: make,
};

/**
 * What mutations tell and subscriptions listen for, by topic.
 * https://github.com/apollographql/graphql-subscriptions, https://the-guild.dev/graphql/yoga-server/docs/features/subscriptions
 */
export const graphqlPubSub: LibraryModel = {
  name: 'graphql-pubsub',
  packages: [
    'graphql-subscriptions',
    'graphql-redis-subscriptions',
    'graphql-postgres-subscriptions',
    '@graphql-yoga/subscription',
  ],
  calls: PUB_SUBS,
  typed: (it, type) =>
    /^(?:Redis|Postgres)?PubSub(?:Engine|Async)?(?:<.*>)?$/s.test(type)
      ? make(it, [], it.modules.somewhere)
      : null,
};
