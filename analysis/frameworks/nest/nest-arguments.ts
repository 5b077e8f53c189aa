import { DECORATION, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { classNamed } from '../../wiring/injection.js';
import type { LibraryType, Operation } from '../../wiring/library.js';
import { memberOf } from '../../wiring/members.js';
import { runLink } from '../../wiring/middleware.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { atom } from '../../wiring/tests.js';
import {
  isNullish,
  record,
  sourcesOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import type { Activation } from './nest-context.js';
import { guardName } from './nest-guards.js';
import { hasRules, type Handler } from '../web/controllers.js';
import type { Container, Global } from './nest-modules.js';
import { partsOf } from '../rpc/ts-rest-contract.js';

/** `createParamDecorator(factory)`: what it is applied to gets what the factory makes of the request. */
const PARAMETER: LibraryType = {
  name: 'parameter decorator',
  methods: {},
  call: (it, self, args, site) =>
    it.native(DECORATION, {
      package: '@nestjs/common',
      name: 'createParamDecorator.()',
      args,
      callee: self,
      site,
    } satisfies Decoration),
};
export const parameterDecorator: Operation = (it, [factory]) => it.native(PARAMETER, factory ?? UNDEFINED);

/** Arguments of a handler, each from its decorators; the links are pipes and factories that check something. */
export function* argumentsOf(
  it: Evaluator,
  container: Container,
  handler: Handler,
  activation: Activation,
  context: Native,
  pipes: readonly Global[],
  args: Value[],
): Iterable<AppliedLink> {
  const positional = positionalArguments(activation, handler);
  const told = new Set<string>();
  for (const [i, parameter] of handler.method.fn.params.entries()) {
    const decorations = handler.parameters[i] ?? [];
    const source = decorations.find((d) => isSource(d));
    if (!source) {
      args.push(decorations.length === 0 ? (positional[i] ?? UNDEFINED) : UNKNOWN);
      continue;
    }
    const own = source.args.filter((a) => isPipe(a));
    const name = source.args.find((a) => !isPipe(a));
    const value = { now: UNDEFINED as Value };
    if (source.callee.k === 'native' && source.callee.type === PARAMETER) {
      const factory = source.callee.state as Value;
      const link = runLink(
        it,
        { value: factory, site: source.site, name: source.written, isRoute: true },
        {
          args: () => [name ?? UNDEFINED, context],
          carries: [activation.request],
          goesOn: (result) => {
            value.now = result;
            return [];
          },
        },
      );
      yield { ...link, isIncidental: true };
      if (isNullish(value.now)) value.now = UNKNOWN;
    } else value.now = fromRequest(it, source, name, activation);
    for (const pipe of [...pipes, ...own.map((value_) => ({ value: value_, site: source.site }))])
      for (const link of runPipe(it, container, pipe, value, handler, parameter.type, source.name)) {
        // A pipe looks at several arguments; it is one guard.
        if (!told.has(link.name)) yield link;
        told.add(link.name);
      }
    args.push(value.now);
  }
}
const SOURCES = new Set([
  'Param',
  'Query',
  'Body',
  'Headers',
  'Req',
  'Request',
  'Res',
  'Response',
  'Next',
  'Session',
  'Ip',
  'HostParam',
  'UploadedFile',
  'UploadedFiles',
  'RawBody',
  'Args',
  'Parent',
  'Root',
  'Context',
  'Info',
  'ConnectedSocket',
  'MessageBody',
  'Payload',
  'Ctx',
  'TypedBody',
  'TypedParam',
  'TypedQuery',
  'TypedHeaders',
  'TsRestRequest',
]);
/** Packages of others whose decorators take parts of a request. */
const OTHERS = new Set(['@nestia/core', '@ts-rest/nest']);
const isSource = (d: Decoration): boolean =>
  (d.callee.k === 'native' && d.callee.type === PARAMETER) ||
  ((d.package.startsWith('@nestjs/') || OTHERS.has(d.package)) && SOURCES.has(d.name.split('.').at(-1)!));
const isPipe = (value: Value): boolean =>
  value.k === 'class' ||
  value.k === 'external' ||
  value.k === 'native' ||
  (value.k === 'unknown' && value.origin !== null) ||
  (value.k === 'record' && value.cls !== null);

function positionalArguments({ kind, context, data, request }: Activation, { mark }: Handler): Value[] {
  if (kind === 'graphql') return [unknown(['parent']), data, context, UNKNOWN];
  // A connection has said nothing yet: beside the client there is what asked for it, with its cookies.
  if (kind === 'ws') return [context, mark.name === 'WebSocketGateway' ? request : data];
  return kind === 'rpc' ? [data, context] : [];
}
function fromRequest(
  it: Evaluator,
  { name: decorator }: Decoration,
  name: Value | undefined,
  a: Activation,
): Value {
  const key =
    name?.k === 'record'
      ? textOf(name.members.get('name') ?? UNDEFINED)
      : name
        ? (textOf(name) ?? '*')
        : null;
  const part = (source: string): Value => unknown([key === null ? source : `${source}.${key}`]);
  const site: Site = it.modules.somewhere;
  switch (decorator.split('.').at(-1)) {
    case 'Param':
    case 'TypedParam':
    case 'HostParam':
      return part('params');
    case 'Query':
    case 'TypedQuery':
      return part('query');
    case 'Body':
    case 'TypedBody':
      return key === null ? unknown(['body'], { sentBut: [] }) : part('body');
    case 'Args':
      return part('body');
    case 'RawBody':
      return unknown(['body']);
    case 'MessageBody':
    case 'Payload':
      return part('message');
    case 'Headers':
    case 'TypedHeaders': {
      const headers = memberOf(it, a.request, 'headers', site);
      return key === null ? headers : memberOf(it, headers, key, site);
    }
    case 'TsRestRequest':
      return record(partsOf(memberOf(it, a.request, 'headers', site)));
    case 'Req':
    case 'Request':
      return a.request;
    case 'Res':
    case 'Response':
      return a.response;
    case 'Session': {
      const session = memberOf(it, a.request, 'session', site);
      return key === null ? session : memberOf(it, session, key, site);
    }
    case 'Ip':
      return unknown(['request.ip']);
    case 'UploadedFile':
    case 'UploadedFiles':
      return unknown(['file']);
    case 'Parent':
    case 'Root':
      return unknown(['parent']);
    case 'ConnectedSocket':
    case 'Ctx':
      return a.context;
    case 'Context':
      return key === null ? a.context : memberOf(it, a.context, key, site);
    default:
      return UNKNOWN;
  }
}

const BUILT_IN =
  /^(Validation|ParseInt|ParseFloat|ParseBool|ParseArray|ParseUUID|ParseEnum|ParseFile|ParseDate|ZodValidation)Pipe/;
function* runPipe(
  it: Evaluator,
  container: Container,
  { value: pipe, site }: Global,
  value: { now: Value },
  handler: Handler,
  type: string | null,
  decorator: string,
): Iterable<AppliedLink> {
  const origin =
    pipe.k === 'external'
      ? pipe.path
      : pipe.k === 'unknown'
        ? (pipe.origin?.path ?? null)
        : pipe.k === 'native' && pipe.type === DECORATION
          ? (pipe.state as Decoration).name.split('.')
          : null;
  const name = origin?.find((p) => BUILT_IN.test(p));
  if (origin) {
    if (!name || (/^(Zod)?ValidationPipe$/.test(name) && !validates(it, handler, type, decorator))) return;
    const place = it.place(site);
    const fact = atom(it, 'verified', sourcesOf(value.now), site, {
      known: { protection: 'validation', library: '@nestjs/common', arguments: [] },
    });
    it.learn([fact]);
    yield { name, arguments: [], place, definition: null, facts: [fact], opaque: false };
    return;
  }
  const instance = pipe.k === 'class' ? container.get(pipe) : pipe;
  if (instance.k !== 'record' || (decorator === 'createParamDecorator.()' && pipe.k !== 'class')) return;
  const transform = memberOf(it, instance, 'transform', site);
  if (transform.k !== 'function') return;
  const metadata = record([
    ['type', { k: 'literal', value: decorator.toLowerCase() }],
    ['data', UNKNOWN],
    ['metatype', (type && classNamed(it, type, handler.owner.module)) || UNDEFINED],
  ]);
  const link = runLink(
    it,
    { value: transform, site, self: instance, name: guardName(pipe), isRoute: true },
    {
      args: () => [value.now, metadata],
      carries: [],
      goesOn: (result) => {
        if (!isNullish(result) && !(result.k === 'unknown' && sourcesOf(result).length === 0))
          value.now = result;
        return [];
      },
    },
  );
  yield { ...link, isIncidental: true };
}
/** `ValidationPipe` looks at what has rules: a class whose members are decorated. */
function validates(it: Evaluator, handler: Handler, type: string | null, decorator: string): boolean {
  if (!/^(Body|Query|Param|Args|MessageBody|Payload)$/.test(decorator) || type === null) return false;
  const cls = classNamed(it, type.replace(/\[\]$/, ''), handler.owner.module);
  return cls !== null && hasRules(it, cls);
}
