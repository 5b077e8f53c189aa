import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import { isCallable, promise, UNDEFINED, unknown, type Value } from '../../wiring/value.js';
import { addJob, nameOf, observeJobs } from './jobs.js';

const MESSAGE = unknown(['message']);
const later: Method = () => promise(unknown());
const QUEUE: LibraryType = { name: 'queue', methods: {}, get: (_it, self) => self.state as Value };
const CHANNEL: LibraryType = {
  name: 'channel',
  methods: {
    // Answers `{ queue }`, the name that was given or one that the broker chooses.
    assertQueue: (it, _self, [queue]) => promise(it.native(QUEUE, queue ?? UNDEFINED)),
    assertExchange: later,
    bindQueue: later,
    prefetch: later,
    addSetup: (it, self, [setup], site) => {
      if (setup) it.call(setup, [self], UNDEFINED, site);
      return promise(UNDEFINED);
    },
    consume: (it, _self, [queue, handler], site) => {
      if (handler)
        addJob(it, 'amqp', {
          kind: 'message',
          name: nameOf(queue, '?'),
          handler,
          site,
          arguments: [MESSAGE],
        });
      return promise(unknown());
    },
    publish: () => unknown(),
    sendToQueue: () => unknown(),
    ack: () => UNDEFINED,
    nack: () => UNDEFINED,
    reject: () => UNDEFINED,
    close: later,
    on: yieldsItself,
  },
};
const channel =
  (isLater: boolean): Method =>
  (it, _self, [options], site) => {
    const made = it.native(CHANNEL, null);
    const setup = options?.k === 'record' ? options.members.get('setup') : undefined;
    if (setup) it.call(setup, [made], UNDEFINED, site);
    if (options && isCallable(options)) it.call(options, [UNDEFINED, made], UNDEFINED, site);
    return isLater ? promise(made) : made;
  };
const CONNECTION: LibraryType = {
  name: 'connection',
  methods: {
    createChannel: (it, self, args, site) => channel(self.state as boolean)(it, self, args, site),
    createConfirmChannel: (it, self, args, site) => channel(self.state as boolean)(it, self, args, site),
    close: later,
    on: yieldsItself,
  },
};
/** `connect(url)`, and `connect(url, (error, connection) => …)` of the callback form. */
const connect =
  (isLater: boolean): Operation =>
  (it, args, site) => {
    const connection = it.native(CONNECTION, isLater);
    const callback = args.find((a) => isCallable(a));
    if (callback) it.call(callback, [UNDEFINED, connection], UNDEFINED, site);
    return isLater ? promise(connection) : connection;
  };

/** https://amqp-node.github.io/amqplib/channel_api.html */
export const amqp: LibraryModel = {
  name: 'amqp',
  packages: ['amqplib', 'amqp-connection-manager'],
  about: {
    title: 'amqplib (RabbitMQ)',
    registers: '`channel.consume`, under the name of the queue; also through `amqp-connection-manager`',
    guards: 'tests in the handler',
    answers: 'nothing',
  },
  calls: { connect: connect(true), '/callback_api.connect': connect(false) },
  typed: (it, type) =>
    /^(?:amqp\.|amqplib\.)?(?:Confirm)?Channel(?:Wrapper)?$/.test(type) ? it.native(CHANNEL, null) : null,
  finish: (it) => observeJobs(it, 'amqp'),
};
