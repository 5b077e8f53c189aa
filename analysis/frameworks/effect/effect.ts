import type { LibraryModel } from '../../wiring/library.js';
import { COMPUTATIONS, effectMember } from './effect-computations.js';
import { HTTP_API, observeGroups, requestService } from './effect-http-api.js';

/** Effect, and HTTP APIs that are described with it. https://effect.website/docs/platform/introduction/ */
export const effect: LibraryModel = {
  name: 'effect',
  packages: ['effect', '@effect/platform'],
  about: {
    title: 'Effect HttpApi, of `@effect/platform` and of `effect/unstable/httpapi`',
    registers:
      '`HttpApiBuilder.group(api, name, …)`: each `handle`, by method and path of the endpoint, with prefixes; definitions extended by classes',
    guards:
      '`middleware` of endpoints, groups and the API, as `Layer.effect` and `Layer.succeed` implement it, with its `security`; tests in the handler and in services that it yields',
    answers: 'what the computation yields; `Effect.fail` and errors that are yielded, with their status',
    limits:
      '`HttpRouter` and `HttpLayerRouter` (a gap); layers by `Layer.unwrapEffect` and kin; streams and fibres; operators of `Effect` other than the common ones',
  },
  calls: { ...COMPUTATIONS, ...HTTP_API },
  member: (it, path) => effectMember(it, path) ?? requestService(it, path),
  finish: observeGroups,
};
