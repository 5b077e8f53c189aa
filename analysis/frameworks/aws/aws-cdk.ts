import type { Evaluator } from '../../wiring/evaluator.js';
import {
  yieldsItself,
  type LibraryModel,
  type LibraryType,
  type Method,
  type Operation,
} from '../../wiring/library.js';
import {
  isNullish,
  list,
  literal,
  optionsOf,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { deployedAt, observeLambda, type Deployed } from './aws-lambda.js';
import { httpMethod, httpPath, type LambdaEvent } from './lambda-manifests.js';

/** A function of Lambda, as a stack declares it. */
interface Fn {
  id: string;
  /** File without or with extension, from the repository; null when it is computed. */
  file: string | null;
  exported: string;
  events: LambdaEvent[];
  site: Site;
}
interface Api {
  /** What routes have that say nothing of their own. */
  options: Value;
  integration: Value | null;
}
interface Resource {
  api: Api;
  path: string;
}
interface Authorizer {
  name: string;
  fn: Native | null;
}
const functions = (it: Evaluator): Native[] => it.stateOf<Native[]>('aws-cdk', () => []);
const member = (value: Value | undefined, name: string): Value | undefined =>
  value?.k === 'record' ? value.members.get(name) : undefined;
const idle = { method: '', authorizer: null };

/** What `new LambdaIntegration(fn)`, `new SqsEventSource(queue)` and their like hold. */
const HOLDER: LibraryType = { name: 'construct that calls a function', methods: {} };
const AUTHORIZER: LibraryType = { name: 'authorizer', methods: {} };
const fnIn = (value: Value | null | undefined): Native | null => {
  if (value?.k === 'choice')
    return (
      optionsOf(value)
        .map((o) => fnIn(o.value))
        .find((f) => f !== null) ?? null
    );
  if (value?.k !== 'native') return null;
  if (value.type === FUNCTION) return value;
  return value.type === HOLDER ? fnIn(value.state as Value) : null;
};
const on = (fn: Native | null, event: LambdaEvent): void => void (fn && (fn.state as Fn).events.push(event));
/** Holds the first function that it is given. */
const holder: Operation = (it, args) =>
  it.native(HOLDER, args.flatMap((a) => fnIn(a) ?? fnIn(member(a, 'handler')) ?? [])[0] ?? UNDEFINED);
/** A subscription or notification: whatever it is attached to sends messages. */
const sender: Operation = (it, args, site) => {
  const held = holder(it, args, site);
  const fn = fnIn(held);
  on(fn, { ...idle, kind: 'message', name: fn ? (fn.state as Fn).id : '?' });
  return held;
};

const FUNCTION: LibraryType = {
  name: 'lambda function',
  methods: {
    addEventSource: (_it, self) => {
      on(self, { ...idle, kind: 'message', name: (self.state as Fn).id });
      return UNDEFINED;
    },
    addFunctionUrl: (_it, self, [options]) => {
      const open = stringOf(member(options, 'authType') ?? UNDEFINED) === 'NONE';
      on(self, { kind: 'http', method: 'ALL', name: '*', authorizer: open ? null : 'AWS_IAM' });
      return unknown();
    },
    addAlias: yieldsItself,
  },
  get: (_it, self, name) => (name === 'currentVersion' || name === 'latestVersion' ? self : null),
};
/** `handler: 'folder/file.exported'` below the asset's folder. */
function inAsset(folder: string | null, handler: string | null): Pick<Fn, 'file' | 'exported'> {
  const match = /^(.+)\.(\w+)$/.exec(handler ?? '');
  return folder === null || !match
    ? { file: null, exported: 'handler' }
    : { file: `${folder}/${match[1]}`, exported: match[2]! };
}
const fn =
  (isNodejs: boolean): Operation =>
  (it, [, given, props], site) => {
    const id = (given && textOf(given)) ?? 'function';
    const text = (name: string): string | null => {
      const value = member(props, name);
      return value ? textOf(value) : null;
    };
    // Without an entry: `<file>.<id>.ts` beside the file that declares it.
    const beside = `/${site.module.path.replace(/\.[cm]?[jt]s$/, '')}.${id}`;
    const code = member(props, 'code');
    const folder = code?.k === 'native' && code.type === HOLDER ? textOf(code.state as Value) : null;
    const located = isNodejs
      ? {
          file: member(props, 'entry') ? text('entry') : beside,
          exported: (text('handler') ?? 'handler').replace(/^.*\./, ''),
        }
      : inAsset(folder, text('handler'));
    const made = it.native(FUNCTION, { id, ...located, events: [], site } satisfies Fn);
    functions(it).push(made);
    return made;
  };
const asset: Operation = (it, [path]) => it.native(HOLDER, path ?? UNDEFINED);

// ── API Gateway ───────────────────────────────────────────────────────────────────────────────────────────────────
const authorizer: Operation = (it, args) => {
  const held = fnIn(holder(it, args, it.modules.somewhere));
  const name = args.map((a) => textOf(a)).find((t) => t !== null) ?? 'authorizer';
  return it.native(AUTHORIZER, {
    name: held ? (held.state as Fn).id : name,
    fn: held,
  } satisfies Authorizer);
};
/** Who is asked before a method is called: its own word, else that of what it is in. */
function authorizerOf(...places: (Value | undefined)[]): string | null {
  for (const place of places) {
    const own = member(place, 'authorizer') ?? member(place, 'defaultAuthorizer');
    if (own?.k === 'native' && own.type === AUTHORIZER) return (own.state as Authorizer).name;
    if (own?.k === 'native') return null; // `new HttpNoneAuthorizer()`
    if (own && !isNullish(own)) return 'authorizer';
    const type = stringOf(member(place, 'authorizationType') ?? UNDEFINED);
    if (type !== null) return type === 'NONE' ? null : type;
    const key = member(place, 'apiKeyRequired');
    if (key?.k === 'literal' && key.value === true) return 'api key';
  }
  return null;
}
const addMethod: Method = (_it, self, [method, integration, options]) => {
  const { api, path } = self.state as Resource;
  on(fnIn(integration ?? api.integration), {
    kind: 'http',
    method: httpMethod(method ? stringOf(method) : null),
    name: httpPath(path),
    authorizer: authorizerOf(options, api.options),
  });
  return unknown();
};
const below = (it: Evaluator, self: Native, part: string, options: Value | undefined): Native => {
  const { api, path } = self.state as Resource;
  const own: Api = {
    options: member(options, 'defaultMethodOptions') ?? api.options,
    integration: member(options, 'defaultIntegration') ?? api.integration,
  };
  return it.native(RESOURCE, {
    api: own,
    path: `${path.replace(/\/$/, '')}/${part.replace(/^\//, '')}`,
  } satisfies Resource);
};
const RESOURCE: LibraryType = {
  name: 'resource',
  methods: {
    addResource: (it, self, [part, options]) => below(it, self, (part && textOf(part)) ?? '*', options),
    resourceForPath: (it, self, [path]) => below(it, self, (path && textOf(path)) ?? '*', undefined),
    addMethod,
    addProxy: (it, self, [options], site) => {
      const proxy = below(it, self, '{proxy+}', options);
      const any = member(options, 'anyMethod');
      if (!(any?.k === 'literal' && any.value === false)) addMethod(it, proxy, [literal('ANY')], site);
      return proxy;
    },
    addCorsPreflight: () => UNDEFINED,
  },
};
const REST: LibraryType = {
  name: 'rest api',
  methods: {},
  get: (it, self, name) =>
    name === 'root' ? it.native(RESOURCE, { api: self.state as Api, path: '/' } satisfies Resource) : null,
};
const restApi: Operation = (it, [, , props], site) => {
  const handler = member(props, 'handler');
  const api: Api = {
    options: member(props, 'defaultMethodOptions') ?? UNDEFINED,
    integration: member(props, 'defaultIntegration') ?? handler ?? null,
  };
  const made = it.native(REST, api);
  const proxy = member(props, 'proxy');
  if (handler && !(proxy?.k === 'literal' && proxy.value === false)) {
    const root = it.native(RESOURCE, { api, path: '/' } satisfies Resource);
    RESOURCE.methods['addProxy']!(it, root, [], site);
    addMethod(it, root, [literal('ANY')], site);
  }
  return made;
};
const HTTP: LibraryType = {
  name: 'http api',
  methods: {
    addRoutes: (_it, self, [options]) => {
      const given = member(options, 'methods');
      const methods = given?.k === 'list' ? given.elements.map((m) => stringOf(m)) : ['ANY'];
      const path = member(options, 'path');
      for (const method of methods)
        on(fnIn(member(options, 'integration')), {
          kind: 'http',
          method: httpMethod(method),
          name: httpPath((path && textOf(path)) ?? '*'),
          authorizer: authorizerOf(options, self.state as Value),
        });
      return list([]);
    },
  },
};
const httpApi: Operation = (it, [, , props]) => {
  on(fnIn(member(props, 'defaultIntegration')), {
    kind: 'http',
    method: 'ALL',
    name: '*',
    authorizer: authorizerOf(props),
  });
  return it.native(HTTP, props ?? UNDEFINED);
};
const addRoute = (name: string, options: Value | undefined): void =>
  on(fnIn(member(options, 'integration')), {
    kind: 'websocket',
    method: '',
    name,
    authorizer: authorizerOf(options),
  });
const SOCKETS: LibraryType = {
  name: 'websocket api',
  methods: {
    addRoute: (_it, _self, [name, options]) => {
      addRoute((name && textOf(name)) ?? '?', options);
      return unknown();
    },
  },
};
const socketApi: Operation = (it, [, , props]) => {
  for (const name of ['connect', 'disconnect', 'default'])
    addRoute(`$${name}`, member(props, `${name}RouteOptions`));
  return it.native(SOCKETS, null);
};

// ── schedules and events ──────────────────────────────────────────────────────────────────────────────────────────
const target: Method = (_it, self, [given]) => {
  const held = fnIn(given);
  const kind = self.state === 'schedule' ? 'job' : 'message';
  on(held, { ...idle, kind, name: held ? (held.state as Fn).id : '?' });
  return UNDEFINED;
};
const RULE: LibraryType = { name: 'rule', methods: { addTarget: target } };
const rule: Operation = (it, [, , props], site) => {
  const made = it.native(RULE, member(props, 'schedule') ? 'schedule' : 'pattern');
  const targets = member(props, 'targets') ?? member(props, 'target');
  for (const each of targets?.k === 'list' ? targets.elements : targets ? [targets] : [])
    target(it, made, [each], site);
  return made;
};

/** Classes by the module that they are in. https://docs.aws.amazon.com/cdk/api/v2/ */
const CLASSES: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  'aws-lambda': { Function: fn(false), 'Code.fromAsset': asset, 'AssetCode.fromAsset': asset },
  'aws-lambda-nodejs': { NodejsFunction: fn(true) },
  'aws-apigateway': {
    RestApi: restApi,
    LambdaRestApi: restApi,
    LambdaIntegration: holder,
    TokenAuthorizer: authorizer,
    RequestAuthorizer: authorizer,
    CognitoUserPoolsAuthorizer: authorizer,
  },
  'aws-apigatewayv2': { HttpApi: httpApi, WebSocketApi: socketApi },
  'aws-apigatewayv2-integrations': { HttpLambdaIntegration: holder, WebSocketLambdaIntegration: holder },
  'aws-apigatewayv2-authorizers': {
    ...Object.fromEntries(
      ['HttpJwtAuthorizer', 'HttpLambdaAuthorizer', 'HttpUserPoolAuthorizer', 'HttpIamAuthorizer'].map(
        (name) => [name, authorizer],
      ),
    ),
    WebSocketLambdaAuthorizer: authorizer,
    HttpNoneAuthorizer: holder,
  },
  'aws-events': { Rule: rule },
  'aws-events-targets': { LambdaFunction: holder },
  'aws-scheduler': { Schedule: rule },
  'aws-scheduler-targets': { LambdaInvoke: holder },
  'aws-sns-subscriptions': { LambdaSubscription: sender },
  'aws-s3-notifications': { LambdaDestination: sender },
};
/** `aws-cdk-lib/aws-lambda`, `{ aws_lambda } from 'aws-cdk-lib'`, and a package for each as it used to be. */
const CALLS = Object.fromEntries(
  Object.entries(CLASSES).flatMap(([module, classes]) =>
    Object.entries(classes).flatMap(([name, operation]): [string, Operation][] => [
      [`/${module}.${name}`, operation],
      [`${module.replaceAll('-', '_')}.${name}`, operation],
      [name, operation],
    ]),
  ),
);
const ENUMERATION = /^(?:HttpMethod|AuthorizationType|FunctionUrlAuthType)$/;

/** AWS Cloud Development Kit. https://docs.aws.amazon.com/cdk/v2/guide/home.html */
export const awsCdk: LibraryModel = {
  name: 'aws-cdk',
  packages: ['aws-cdk-lib', ...Object.keys(CLASSES).flatMap((m) => [`@aws-cdk/${m}`, `@aws-cdk/${m}-alpha`])],
  namesFiles: ['NodejsFunction', 'fromAsset('],
  about: {
    title: 'AWS CDK',
    registers:
      '`NodejsFunction` and `Function` with `Code.fromAsset`, behind `RestApi`, `LambdaRestApi`, `HttpApi`, `WebSocketApi` and function URLs; rules and schedules as jobs, event sources, subscriptions and notifications as messages',
    guards: 'authorizers of methods, routes and of the whole API, IAM, API keys; middy; tests in the handler',
    answers: 'as AWS Lambda',
    limits: 'code whose place is computed (a gap); step functions, AppSync, constructs of other packages',
  },
  calls: CALLS,
  member: (_it, path) => (path.length > 1 && ENUMERATION.test(path.at(-2)!) ? literal(path.at(-1)!) : null),
  finish: (it) => {
    const all = functions(it).flatMap((made): { fn: Fn; deployed: Deployed }[] => {
      const each = made.state as Fn;
      const deployed = each.file === null ? null : deployedAt(it, each.id, each.file, each.exported);
      if (deployed) return [{ fn: each, deployed }];
      if (each.events.length > 0)
        it.gap(`which code the function \`${each.id}\` runs is not known`, it.place(each.site));
      return [];
    });
    for (const { fn: each, deployed } of all)
      for (const event of each.events)
        it.attempt(it.place(deployed.site), () =>
          observeLambda(
            it,
            deployed,
            event,
            all.map((a) => a.deployed),
          ),
        );
  },
};
