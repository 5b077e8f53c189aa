import { parse } from 'yaml';

/** What sets off a function, as a manifest says. */
export interface LambdaEvent {
  kind: 'http' | 'websocket' | 'job' | 'message';
  /** Of `http`. */
  method: string;
  /** Of `http`: the path; of others: the name. */
  name: string;
  /** What API Gateway asks before it calls the function; null for nothing. */
  authorizer: string | null;
}
export interface LambdaFunction {
  name: string;
  manifest: string;
  /** File without extension, and the export in it; null when it is computed. */
  file: string | null;
  exported: string;
  events: LambdaEvent[];
}
export const isManifest = (path: string): boolean =>
  /(?:^|\/)(?:serverless(?:[.-]\w+)?|template|sam|template[.-]\w+)\.ya?ml$/.test(path);

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The functions of a Serverless Framework or SAM manifest; null when it is neither. */
export function functionsIn(path: string, source: string): LambdaFunction[] | null {
  let document: unknown;
  try {
    // Tags such as `!Ref` are left as what they stand before.
    document = parse(source, { logLevel: 'silent', uniqueKeys: false, maxAliasCount: 100 });
  } catch {
    return null;
  }
  const root = fields(document);
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  if ('Resources' in root) return samFunctions(path, folder, root);
  return 'functions' in root && 'provider' in root ? serverlessFunctions(path, folder, root) : null;
}
function located(folder: string, base: string, handler: unknown): Pick<LambdaFunction, 'file' | 'exported'> {
  const match = /^([^${}]+)\.(\w+)$/.exec(text(handler) ?? '');
  if (!match) return { file: null, exported: 'handler' };
  const parts = [folder, base, match[1]!].join('/').split('/');
  return { file: parts.filter((p) => p !== '' && p !== '.').join('/'), exported: match[2]! };
}
export const httpPath = (path: string): string =>
  path === '*' || path === '$default'
    ? '*'
    : `/${path.replace(/^\//, '')}`.replace(/\{(\w+)\+\}/g, '*$1').replace(/\{(\w+)\}/g, ':$1');
export const httpMethod = (method: unknown): string =>
  /^(?:any|\*)$/i.test(text(method) ?? 'any') ? 'ALL' : String(method).toUpperCase();
const idle = { method: '', authorizer: null };

// ── Serverless Framework ──────────────────────────────────────────────────────────────────────────────────────────
function serverlessFunctions(manifest: string, folder: string, root: Fields): LambdaFunction[] {
  const groups = Array.isArray(root['functions']) ? root['functions'] : [root['functions']];
  return groups.flatMap((group: unknown) =>
    typeof group === 'string'
      ? [{ name: group, manifest, file: null, exported: 'handler', events: [] }]
      : Object.entries(fields(group)).map(([name, value]) => {
          const { handler, events, url } = fields(value);
          return {
            name,
            manifest,
            ...located(folder, '', handler),
            events: [
              ...(Array.isArray(events) ? events : []).flatMap((e: unknown) => serverlessEvent(name, e)),
              ...(url === undefined || url === false
                ? []
                : [
                    {
                      kind: 'http' as const,
                      method: 'ALL',
                      name: '*',
                      authorizer: text(fields(url)['authorizer']),
                    },
                  ]),
            ],
          };
        }),
  );
}
function serverlessEvent(name: string, event: unknown): LambdaEvent[] {
  const [kind, value] =
    typeof event === 'string' ? [event, {}] : (Object.entries(fields(event))[0] ?? ['', {}]);
  const options = fields(value);
  switch (kind) {
    case 'http':
    case 'httpApi': {
      const short = /^(\S+)\s+(\S+)$/.exec(text(value) ?? '');
      const [method, path] = short ? [short[1], short[2]!] : [options['method'], options['path']];
      return [
        {
          kind: 'http',
          method: httpMethod(method),
          name: httpPath(text(path) ?? '*'),
          authorizer: authorizerOf(options['authorizer']) ?? (options['private'] === true ? 'api key' : null),
        },
      ];
    }
    case 'websocket':
      return [
        {
          kind: 'websocket',
          method: '',
          name: text(value) ?? text(options['route']) ?? '$default',
          authorizer: authorizerOf(options['authorizer']),
        },
      ];
    case 'alb':
      return [
        {
          kind: 'http',
          method: 'ALL',
          name: httpPath(text(fields(options['conditions'])['path']) ?? '*'),
          authorizer: null,
        },
      ];
    case 'schedule':
      return [{ ...idle, kind: 'job', name }];
    case '':
      return [];
    default:
      return [{ ...idle, kind: 'message', name }];
  }
}
function authorizerOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const options = fields(value);
  return (
    text(value) ?? text(options['name']) ?? text(options['type']) ?? text(options['arn']) ?? 'authorizer'
  );
}

// ── SAM ───────────────────────────────────────────────────────────────────────────────────────────────────────────
function samFunctions(manifest: string, folder: string, root: Fields): LambdaFunction[] {
  const globals = fields(root['Globals']);
  const resources = fields(root['Resources']);
  const common = fields(globals['Function']);
  return Object.entries(resources).flatMap(([name, resource]) => {
    if (fields(resource)['Type'] !== 'AWS::Serverless::Function') return [];
    const own: Fields = { ...common, ...fields(fields(resource)['Properties']) };
    const events = Object.values(fields(own['Events'])).flatMap((e) => samEvent(name, e, globals, resources));
    const url = fields(own['FunctionUrlConfig'])['AuthType'];
    if (url !== undefined)
      events.push({
        kind: 'http',
        method: 'ALL',
        name: '*',
        authorizer: url === 'NONE' ? null : String(url),
      });
    return [{ name, manifest, ...located(folder, text(own['CodeUri']) ?? '', own['Handler']), events }];
  });
}
function samEvent(name: string, event: unknown, globals: Fields, resources: Fields): LambdaEvent[] {
  const type = text(fields(event)['Type']) ?? '';
  const own = fields(fields(event)['Properties']);
  if (type === 'Schedule' || type === 'ScheduleV2') return [{ ...idle, kind: 'job', name }];
  if (type !== 'Api' && type !== 'HttpApi') return type === '' ? [] : [{ ...idle, kind: 'message', name }];
  const api = text(own['RestApiId']) ?? text(own['ApiId']);
  const of = (value: unknown): Fields => fields(fields(value)['Auth']);
  const auth: Fields = {
    ...of(globals[type]),
    ...(api === null ? {} : of(fields(resources[api])['Properties'])),
    ...of(own),
  };
  const named = text(auth['Authorizer']) ?? text(auth['DefaultAuthorizer']);
  return [
    {
      kind: 'http',
      method: httpMethod(own['Method']),
      name: httpPath(text(own['Path']) ?? '*'),
      authorizer:
        named !== null && named !== 'NONE' ? named : auth['ApiKeyRequired'] === true ? 'api key' : null,
    },
  ];
}
