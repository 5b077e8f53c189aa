import type { Evaluator } from '../../wiring/evaluator.js';
import { tried } from '../../wiring/idle.js';
import { passedError, runLink } from '../../wiring/middleware.js';
import { callableName } from '../../wiring/naming.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink, IdleCheck } from '../../wiring/recorder.js';
import { optionIn, record, UNDEFINED, unknown, type Native } from '../../wiring/value.js';
import { SOCKET } from '../sockets/ws-socket.js';
import { isInferred, requestDecorators, type Route } from './fastify-contexts.js';
import { chainOf, misplacedAt, takesCallback, type InFront } from './fastify-hooks.js';
import { configReads, makeFastifyRequest, makeReply, type FastifyRequestState } from './fastify-request.js';

/** Runs what stands in front of a route and its handler, and what stands there without being run. */
export function observeRoute(it: Evaluator, instance: Native, route: Route): void {
  const { method, path, handler, isSocket, options, site } = route;
  const request = makeFastifyRequest(it, {
    method,
    path,
    base: '',
    application: null,
    instance,
    config: optionIn(options, 'config') ?? record([], UNDEFINED),
    decorated: requestDecorators(instance),
  });
  const reply = makeReply(it);
  const run = ({ stage, installed, below }: InFront): AppliedLink => {
    const given = stage === 'preParsing' ? [request, reply, unknown(['body'])] : [request, reply];
    // What middleware sees of the address begins behind the path that it was given.
    const state = request.state as FastifyRequestState;
    state.base = below ?? '';
    const link = runLink(it, installed, {
      args: (next) => [...given, next],
      carries: [request, reply],
      onNext: ([error]) => passedError(error),
      ...(takesCallback(installed.value, given.length) ? {} : { goesOn: () => [] }),
    });
    state.base = '';
    return link;
  };
  configReads(it).any = false;
  observeEntryPoint(it, {
    framework: 'fastify',
    trigger: isSocket ? { kind: 'websocket', path, name: null } : { kind: 'http', method, path },
    registration: site,
    handler,
    unmounted: isInferred(instance) || path === null,
    *chain() {
      for (const link of chainOf(it, instance, route)) yield run(link);
    },
    work: () => {
      if (!isSocket) return it.runHandler(handler, [request, reply], site, instance);
      const socket = it.native(SOCKET, { path, registration: site });
      socket.members.set('socket', socket);
      return it.runHandler(handler, [socket, request], site, instance);
    },
  });
  const seen = it.observations.at(-1);
  const place = it.place(site);
  const idle = misplacedAt(instance, route, configReads(it).any).map(({ written, value }): IdleCheck => {
    const facts = tried(it, place, () => run({ stage: 'preHandler', installed: { value, site } }));
    return { guard: callableName(value), why: 'misplaced', written, facts, place };
  });
  if (idle.length > 0 && seen?.handler === handler) seen.idle = idle;
}
