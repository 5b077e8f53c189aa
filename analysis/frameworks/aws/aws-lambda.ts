import type { Trigger } from '../../model/model.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import { joinFacts, type Fact, type Refusal } from '../../wiring/fact.js';
import { yieldsItself, type LibraryModel, type LibraryType, type Operation } from '../../wiring/library.js';
import { runLink } from '../../wiring/middleware.js';
import { observeEntryPoint } from '../../wiring/observe.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { atom } from '../../wiring/tests.js';
import {
  isNullish,
  literal,
  optionsOf,
  record,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { siteOf } from '../web/file-routes.js';
import { functionsIn, isManifest, type LambdaEvent, type LambdaFunction } from './lambda-manifests.js';
import { HEADERS, pathValue } from '../web/web-request.js';

/** What API Gateway, a load balancer or a function URL hands to a function. */
const EVENT: LibraryType = {
  name: 'event',
  methods: {},
  get: (it, self, name) => {
    const assigned = self.members.get(name);
    if (assigned) return assigned;
    const { method, name: path } = self.state as LambdaEvent;
    switch (name) {
      case 'headers':
      case 'multiValueHeaders':
        return it.native(HEADERS, null);
      case 'cookies':
        return unknown(['credential']);
      case 'body':
        return unknown(['body']);
      case 'pathParameters':
        return unknown(['params']);
      case 'queryStringParameters':
      case 'multiValueQueryStringParameters':
      case 'rawQueryString':
        return unknown(['query']);
      case 'httpMethod':
        return method === 'ALL' ? unknown(['request.method']) : literal(method);
      case 'path':
      case 'rawPath':
        return pathValue(path.includes('*') ? null : path);
      case 'requestContext':
        return record(
          [
            ['authorizer', unknown(['identity'])],
            ['identity', unknown(['request.ip'])],
          ],
          unknown(['request']),
        );
      default:
        return unknown([`request.${name}`]);
    }
  },
};
/** `{ statusCode: 401, body }` returned is an answer. */
function answerOf(value: Value): Refusal | null {
  const status = value.k === 'record' ? value.members.get('statusCode') : undefined;
  return status?.k === 'literal' && typeof status.value === 'number'
    ? { how: 'answer', status: status.value }
    : null;
}

// ── middy ─────────────────────────────────────────────────────────────────────────────────────────────────────────
interface Middy {
  handler: Value;
  before: { value: Value; site: Site }[];
}
const MIDDY: LibraryType = {
  name: 'middy',
  methods: {
    use: (_it, self, [given], site) => {
      for (const value of given?.k === 'list' ? given.elements : given ? [given] : [])
        (self.state as Middy).before.push({ value, site });
      return self;
    },
    before: (_it, self, [value], site) => {
      if (value) (self.state as Middy).before.push({ value: record([['before', value]]), site });
      return self;
    },
    handler: (_it, self, [handler]) => {
      if (handler) (self.state as Middy).handler = handler;
      return self;
    },
    after: yieldsItself,
    onError: yieldsItself,
  },
  call: (it, self, args, site) => it.call((self.state as Middy).handler, args, UNDEFINED, site),
};
const middy: Operation = (it, [handler]) =>
  it.native(MIDDY, { handler: handler ?? UNDEFINED, before: [] } satisfies Middy);

/** Runs what middy runs before the handler: what returns something has answered. */
function* runBefore(it: Evaluator, { before }: Middy, event: Value): Iterable<AppliedLink> {
  for (const { value, site } of before) {
    const hook = value.k === 'record' ? value.members.get('before') : value;
    if (!hook) continue;
    yield runLink(
      it,
      { value: hook, site },
      {
        args: () => [record([['event', event]], UNKNOWN)],
        carries: event.k === 'native' ? [event] : [],
        goesOn: (result) => {
          const on = optionsOf(result).filter((o) => isNullish(o.value) || o.value.k === 'unknown');
          return on.length === 0 ? null : on.map((o) => o.facts).reduce(joinFacts);
        },
      },
    );
  }
}

// ── authorizers ───────────────────────────────────────────────────────────────────────────────────────────────────
/** Does this policy let the caller in? `{ isAuthorized }`, or a statement with its effect. */
function denies(value: Value, depth = 0): boolean {
  if (value.k === 'list') return value.elements.some((e) => denies(e, depth + 1));
  if (value.k !== 'record' || depth > 4) return false;
  return [...value.members].some(
    ([name, v]) =>
      (name === 'Effect' && v.k === 'literal' && v.value === 'Deny') ||
      (name === 'isAuthorized' && v.k === 'literal' && v.value === false) ||
      denies(v, depth + 1),
  );
}
function authorize(it: Evaluator, name: string, own: Deployed | null, site: Site): AppliedLink {
  if (own)
    return runLink(
      it,
      { value: own.value, site: own.site, name },
      {
        args: () => [it.native(EVENT, { kind: 'http', method: 'ALL', name: '*', authorizer: null }), UNKNOWN],
        carries: [],
        goesOn: (result): readonly Fact[] | null => {
          const on = optionsOf(result).filter((o) => !denies(o.value));
          return on.length === 0 ? null : on.map((o) => o.facts).reduce(joinFacts);
        },
      },
    );
  const known = { protection: 'authentication', library: 'API Gateway', arguments: [] };
  const passed = atom(it, 'verified', ['credential'], site, { known });
  it.facts = [...it.facts, passed];
  return { name, arguments: [], place: it.place(site), definition: null, facts: [passed], opaque: false };
}

/** A function with the code that it runs. */
export interface Deployed {
  fn: Pick<LambdaFunction, 'name'>;
  value: Value;
  site: Site;
}
function triggerOf({ kind, method, name }: LambdaEvent): Trigger {
  if (kind === 'http') return { kind, method, path: name };
  return kind === 'websocket' ? { kind, path: '/', name } : { kind, name };
}
/** An event that sets off a function; `all` are those that may be asked before. */
export function observeLambda(
  it: Evaluator,
  { value, site }: Deployed,
  event: LambdaEvent,
  all: readonly Deployed[],
): void {
  const wrapped = value.k === 'native' && value.type === MIDDY ? (value.state as Middy) : null;
  const handler = wrapped?.handler ?? value;
  const given: Value =
    event.kind === 'http' || event.kind === 'websocket'
      ? (it.native(EVENT, event) satisfies Native)
      : unknown(['message']);
  observeEntryPoint(it, {
    framework: 'aws-lambda',
    trigger: triggerOf(event),
    registration: site,
    handler,
    *chain() {
      if (event.authorizer !== null) {
        const own = all.find((d) => d.fn.name === event.authorizer) ?? null;
        yield authorize(it, event.authorizer, own, site);
      }
      if (wrapped) yield* runBefore(it, wrapped, given);
    },
    work: () => it.runHandler(handler, [given, UNKNOWN], site),
    answerOf,
  });
}
/** The export of a file that stands somewhere in the repository: an absolute path, or one from its root or the program's. */
export function deployedAt(it: Evaluator, name: string, file: string, exported: string): Deployed | null {
  const places = file.startsWith('/') ? [`.${file}`] : [`./${file}`, `./${it.loader.root}/${file}`];
  for (const place of places) {
    const target = it.loader.resolve('package.json', place);
    const instance = target.kind === 'file' ? it.modules.instantiate(target.path) : null;
    const value = instance ? it.modules.exported(instance, exported) : UNDEFINED;
    if (instance && !isNullish(value))
      return { fn: { name }, value, site: siteOf(value, instance, exported) };
  }
  return null;
}
const declared = (it: Evaluator): LambdaFunction[] => it.stateOf<LambdaFunction[]>('aws-lambda', () => []);

/** Functions that a Serverless Framework or SAM manifest declares. */
export const awsLambda: LibraryModel = {
  name: 'aws-lambda',
  packages: ['@middy/core'],
  onlyByConvention: true,
  about: {
    title: 'AWS Lambda',
    registers:
      'functions in `serverless.yml` and SAM templates: `http`, `httpApi`, `websocket`, function URLs, schedules; every other event as a message',
    guards: 'authorizers, IAM and API keys that the manifest asks for; middy; tests in the handler',
    answers: 'a returned `{ statusCode }`, a throw',
    limits: '`serverless.ts`, functions in files of their own (a gap), handlers that no manifest names',
  },
  calls: { '': middy, default: middy },
  reads: isManifest,
  prepare: (it, texts) => {
    for (const [path, text] of texts) declared(it).push(...(functionsIn(path, text) ?? []));
  },
  isEntry: () => false,
  named: (texts) =>
    [...texts]
      .filter(([path]) => isManifest(path))
      .flatMap(([path, text]) => functionsIn(path, text) ?? [])
      .flatMap((f) => f.file ?? []),
  finish: (it) => {
    const files = new Set(it.loader.entryFiles('aws-lambda'));
    const deployed = declared(it).flatMap((fn): (Deployed & { fn: LambdaFunction })[] => {
      const target = fn.file === null ? null : it.loader.resolve('package.json', `./${fn.file}`);
      if (target?.kind !== 'file' || !files.has(target.path)) return [];
      const instance = it.modules.instantiate(target.path);
      const value = instance ? it.modules.exported(instance, fn.exported) : UNDEFINED;
      return instance && !isNullish(value) ? [{ fn, value, site: siteOf(value, instance, fn.exported) }] : [];
    });
    for (const each of deployed)
      for (const event of each.fn.events)
        it.attempt(it.place(each.site), () => observeLambda(it, each, event, deployed));
    const inside = (path: string): boolean => it.loader.root === '' || path.startsWith(`${it.loader.root}/`);
    for (const { file, manifest, name } of declared(it))
      if (file === null && inside(manifest))
        it.gap(`which code the function \`${name}\` of this manifest runs is not known`, {
          file: manifest,
          line: 1,
        });
  },
};
