import type { Evaluator } from '../../wiring/evaluator.js';
import { yieldsItself, type LibraryModel, type LibraryType } from '../../wiring/library.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import { ownSite } from '../../wiring/own-site.js';
import {
  builtin,
  isNullish,
  literal,
  UNDEFINED,
  unknown,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { declareMethods, GRPC_STATUS, isProto, methodsOf, serviceName } from './grpc-services.js';
import { HEADERS } from '../web/web-request.js';

interface Service {
  name: string;
  implementation: Value;
  site: Site;
}
const services = (it: Evaluator): Service[] => it.stateOf<Service[]>('grpc', () => []);
const SERVER: LibraryType = {
  name: 'grpc server',
  methods: {
    addService: (it, _self, [service, implementation], site) => {
      if (implementation) services(it).push({ name: serviceName(it, service), implementation, site });
      return UNDEFINED;
    },
  },
};
/** `UNAUTHENTICATED` is `Unauthenticated` in the other libraries. */
const NUMBERS = Object.entries(GRPC_STATUS).map(
  ([name, status]) => [name.replace(/(?<!^)([A-Z])/g, '_$1').toUpperCase(), status] as const,
);

/** A call as a method gets it: what was sent, and its metadata. */
const CALL: LibraryType = {
  name: 'call',
  methods: {
    on: (it, self, args, site) => {
      it.handToUnknown(args, ['body'], site);
      return self;
    },
    write: (it, self) => {
      it.recorder?.endings.push(it.facts);
      return self;
    },
    end: yieldsItself,
    // A stream refuses by emitting an error.
    emit: (it, self, [event, error]) => {
      if (event?.k === 'literal' && event.value === 'error')
        it.answer({ how: 'answer', status: statusIn(error) });
      return self;
    },
    destroy: (it, self, [error]) => {
      it.answer({ how: 'answer', status: statusIn(error) });
      return self;
    },
  },
  get: (it, _self, name) =>
    name === 'request' ? unknown(['body']) : name === 'metadata' ? it.native(HEADERS, null) : null,
};
/** `{ code: status.UNAUTHENTICATED }`, as the HTTP status that it stands for. */
function statusIn(error: Value | undefined): number {
  const code = error?.k === 'record' ? error.members.get('code') : undefined;
  return (code?.k === 'literal' && NUMBERS.find(([name]) => name === code.value)?.[1]) || 500;
}

/** Services of gRPC for Node. https://grpc.github.io/grpc/node/ */
export const grpc: LibraryModel = {
  name: 'grpc',
  packages: ['@grpc/grpc-js', 'grpc'],
  about: {
    title: 'gRPC',
    registers: '`server.addService(service, implementation)`, each method',
    guards: 'tests in the method',
    answers: "`callback(error | null, response)`, `write` and `emit('error')` of streams",
    limits: 'server interceptors',
  },
  calls: { Server: (it) => it.native(SERVER, null) },
  member: (_it, path) => (path.length === 2 && path[0] === 'status' ? literal(path[1]!) : null),
  reads: isProto,
  prepare: declareMethods,
  finish: (it) => {
    for (const { name, implementation, site } of services(it))
      for (const [method, handler] of methodsOf(it, implementation, site)) {
        const callback = builtin('callback', ([error, response]) => {
          if (error && !isNullish(error)) it.answer({ how: 'answer', status: statusIn(error) });
          else {
            it.recorder?.endings.push(it.facts);
            it.answer({ how: 'answer', status: 200 });
            if (response) it.recorder?.release(response.k === 'unknown' ? response.sources : []);
          }
          return UNDEFINED;
        });
        observeEntryPoint(it, {
          framework: 'grpc',
          trigger: { kind: 'rpc', name: `${name}.${method}` },
          registration: ownSite(handler, site),
          handler,
          work: () => void it.runHandler(handler, [it.native(CALL, null), callback], site),
        });
      }
  },
};
