import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel, LibraryType, Method, Operation as Made } from '../../wiring/library.js';
import {
  list,
  optionIn,
  optionsOf,
  promise,
  record,
  sourcesOf,
  stringOf,
  textOf,
  UNDEFINED,
  unknown,
  UNKNOWN,
  type Native,
  type Site,
  type Value,
} from '../../wiring/value.js';
import { asked, placeholdersOf, plain, setBy } from './dynamodb-expressions.js';
import { act, type Operation } from './record-queries.js';
import { recordsOf, withCallback } from './record-values.js';
import { entityName } from './sql-statements.js';

/** What a request is given, by name. */
type Input = (name: string) => Value | undefined;
const inputOf = (value: Value | undefined): Input => {
  const given = optionsOf(value ?? UNDEFINED).find((o) => o.value.k === 'record')?.value;
  return (name) => optionIn(given, name) ?? (given?.k === 'record' ? (given.open ?? undefined) : value);
};

// ── of what it is ─────────────────────────────────────────────────────────────────────────────────────────────────
/** Words of a table's name that say nothing of what is in it. */
const GENERIC =
  /^(?:config:)?(?:(?:aws|dynamo|dynamodb|ddb|db|app|main|single|my|the|data)(?:[_-]|(?=[A-Z])|$))*(?:table)?(?:[_-]?(?:name|arn))?$/i;
const wordsOf = (name: string): string =>
  name
    .replace(/(?:[_-]?table)?(?:[_-]?(?:name|arn))?$/i, '')
    .replace(/^(?:aws|dynamo|dynamodb|ddb)[_-]/i, '');
/**
 * The table, by its name or by that of the setting that holds it. Where one table holds everything, what stands in front of a key says what
 * an item is: `NOTE#1`, beside whose it is, `USER#1`.
 */
function entityOf(table: Value | undefined, key: Value): string {
  const text = table && textOf(table, '');
  const setting = table && sourcesOf(table).find((s) => s.startsWith('config:'));
  const name = text ?? setting?.replace('config:', '') ?? '';
  const isOfOne = name !== '' && name !== '?' && !GENERIC.test(name);
  const kinds = each(key).flatMap((k) =>
    k.k === 'record' ? [...k.members.values()].flatMap((v) => kindOf(v) ?? []) : [],
  );
  return entityName(isOfOne ? wordsOf(name) : (kinds.at(-1) ?? 'item'));
}
const each = (value: Value | undefined): readonly Value[] =>
  value?.k === 'list' ? [...value.elements, ...(value.open ? [value.open] : [])] : value ? [value] : [];
const kindOf = (value: Value): string | null =>
  /^([a-z][\w-]*?)s?[#:|]/i.exec(textOf(value, '#') ?? '')?.[1]?.toLowerCase() ?? null;

// ── operations ────────────────────────────────────────────────────────────────────────────────────────────────────
const all = (conditions: readonly Value[]): Value => list([...conditions]);
const reached = (it: Evaluator, operation: Operation, input: Input, site: Site): Value => {
  const placeholders = placeholdersOf(input);
  const key = plain(input('Key') ?? record());
  const conditions = ['KeyConditionExpression', 'FilterExpression', 'ConditionExpression'].flatMap((name) =>
    asked(input(name), placeholders),
  );
  const sources = act(it, {
    entity: entityOf(input('TableName'), all([key, ...conditions])),
    operation,
    where: all([key, ...conditions]),
    data: operation === 'update' ? setBy(input('UpdateExpression'), placeholders) : undefined,
    isProjected: input('ProjectionExpression') !== undefined,
    site,
  });
  return unknown(sources);
};
/** What is put takes the place of whatever has its key: of an item that the request names, that is a change. */
function put(it: Evaluator, input: Input, site: Site): Value {
  const item = plain(input('Item') ?? UNKNOWN);
  const conditions = asked(input('ConditionExpression'), placeholdersOf(input));
  const isNew = /attribute_not_exists/.test(textOf(input('ConditionExpression') ?? UNDEFINED) ?? '');
  const members = item.k === 'record' ? [...item.members] : [];
  const entity = entityOf(input('TableName'), item);
  const isAbout = ([, v]: [string, Value], from: string): boolean =>
    sourcesOf(v, 0).some((s) => s.startsWith(from));
  const isId = ([name]: [string, Value]): boolean =>
    /^(?:id|uuid|key|pk|sk)$/i.test(name) || name.toLowerCase() === `${entity.toLowerCase()}id`;
  const isNamed = !isNew && members.some((m) => isId(m) && isAbout(m, 'params.'));
  const isKeyOf = (m: [string, Value]): boolean => isId(m) || isAbout(m, 'identity');
  return unknown(
    act(it, {
      entity,
      operation: isNamed ? 'update' : 'create',
      where: isNamed ? all([record(members.filter(isKeyOf)), ...conditions]) : record(),
      data: item,
      site,
    }),
  );
}
const found = (it: Evaluator, one: Value): Value =>
  record(
    [
      ['Items', recordsOf(it, one)],
      ['Count', unknown(['count', ...sourcesOf(one)])],
      ['LastEvaluatedKey', UNKNOWN],
    ],
    UNKNOWN,
  );
const attributes = (of: Value): Value => record([['Attributes', of]], UNKNOWN);
type Run = (it: Evaluator, input: Input, site: Site) => Value;
const get: Run = (it, input, site) => record([['Item', reached(it, 'read', input, site)]], UNKNOWN);
const many: Run = (it, input, site) => found(it, reached(it, 'list', input, site));
const write: Run = (it, input, site) => attributes(put(it, input, site));
const update: Run = (it, input, site) => attributes(reached(it, 'update', input, site));
const remove: Run = (it, input, site) => attributes(reached(it, 'delete', input, site));

/** `{ notes: [...] }`: what is to be done, table by table. */
const tables = (input: Input): [Value, Value][] => {
  const given = input('RequestItems');
  if (given?.k !== 'record') return [];
  const named = [...given.members].map(([name, v]): [Value, Value] => [{ k: 'literal', value: name }, v]);
  return given.open ? [...named, [UNKNOWN, given.open]] : named;
};
const batchGet: Run = (it, input, site) => {
  const read = tables(input).map(([table, request]): [string, Value] => {
    const keys = each(optionIn(request, 'Keys')).map(plain);
    const sources = act(it, {
      entity: entityOf(table, keys[0] ?? UNDEFINED),
      operation: 'list',
      where: record([['$or', list(keys)]]),
      site,
    });
    return [stringOf(table) ?? '*', recordsOf(it, unknown(sources))];
  });
  return record([['Responses', record(read, read[0]?.[1] ?? UNKNOWN)]], UNKNOWN);
};
const batchWrite: Run = (it, input, site) => {
  for (const [table, requests] of tables(input)) {
    // Requests that are made of what is not known are writes all the same; of whose items, nothing is said.
    if (requests.k !== 'list' && requests.k !== 'record')
      act(it, {
        entity: entityOf(table, UNDEFINED),
        operation: 'update',
        where: record(),
        site,
      });
    const of =
      (inner: Value): Input =>
      (name) =>
        name === 'TableName' ? table : optionIn(inner, name);
    for (const request of each(requests)) {
      const [putting, removing] = ['PutRequest', 'DeleteRequest'].map((n) => optionIn(request, n));
      if (putting) put(it, of(putting), site);
      if (removing) reached(it, 'delete', of(removing), site);
    }
  }
  return record([], UNKNOWN);
};
const TOGETHER: Readonly<Record<string, Run>> = { Get: get, Put: write, Update: update, Delete: remove };
const transact: Run = (it, input, site) => {
  const done = each(input('TransactItems')).flatMap((item) =>
    Object.entries(TOGETHER).flatMap(([name, run]) => {
      const inner = optionIn(item, name);
      return inner ? [run(it, inputOf(inner), site)] : [];
    }),
  );
  return record([['Responses', list(done)]], UNKNOWN);
};
/** By the names that a client for documents gives them; the others say of what: `getItem`. */
const RUNS: Readonly<Record<string, Run>> = {
  get,
  query: many,
  scan: many,
  put: write,
  update,
  delete: remove,
  batchGet,
  batchWrite,
  transactGet: transact,
  transactWrite: transact,
  getItem: get,
  putItem: write,
  updateItem: update,
  deleteItem: remove,
  batchGetItem: batchGet,
  batchWriteItem: batchWrite,
  transactGetItems: transact,
  transactWriteItems: transact,
};

// ── clients ───────────────────────────────────────────────────────────────────────────────────────────────────────
interface Asked {
  run: Run;
  input: Value | undefined;
}
const perform = (it: Evaluator, asked_: Asked, site: Site): Value =>
  asked_.run(it, inputOf(asked_.input), site);
/** `new GetCommand(input)`, which a client is to send. */
const COMMAND: LibraryType = {
  name: 'dynamodb command',
  methods: {},
  get: (_it, self, name) => (name === 'input' ? ((self.state as Asked).input ?? null) : null),
};
const command =
  (run: Run): Made =>
  (it, [input]) =>
    it.native(COMMAND, { run, input } satisfies Asked);
const isCommand = (value: Value | undefined): value is Native =>
  value?.k === 'native' && value.type === COMMAND;
const answered = (it: Evaluator, asked_: Asked, args: readonly Value[], site: Site): Value => {
  const done = perform(it, asked_, site);
  return withCallback(it, args, () => done, site) ? UNDEFINED : promise(done);
};
const send: Method = (it, _self, [sent, ...args], site) => {
  const commands = optionsOf(sent ?? UNDEFINED).flatMap((o) => (isCommand(o.value) ? [o.value] : []));
  if (commands.length === 0) return promise(UNKNOWN);
  return commands.map((c) => answered(it, c.state as Asked, args, site)).at(-1)!;
};
const CLIENT: LibraryType = {
  name: 'dynamodb client',
  methods: {
    send,
    ...Object.fromEntries(
      Object.entries(RUNS).map(([name, run]): [string, Method] => [
        name,
        (it, _self, [input, ...args], site) => answered(it, { run, input }, args, site),
      ]),
    ),
  },
};
/** https://docs.aws.amazon.com/AWSJavaScriptSDK/latest/AWS/Request.html: sent by `promise()`, by `send()`, or by being given a callback. */
const REQUEST: LibraryType = {
  name: 'dynamodb request',
  methods: {
    promise: (it, self, _args, site) => promise(perform(it, self.state as Asked, site)),
    send: (it, self, args, site) => answered(it, self.state as Asked, args, site),
  },
};
const FORMER_CLIENT: LibraryType = {
  name: 'dynamodb client',
  methods: Object.fromEntries(
    Object.entries(RUNS).map(([name, run]): [string, Method] => [
      name,
      (it, _self, [input, ...args], site) => {
        const made: Asked = { run, input };
        return args.length > 0 ? answered(it, made, args, site) : it.native(REQUEST, made);
      },
    ]),
  ),
};
const client: Made = (it) => it.native(CLIENT, null);
const formerClient: Made = (it) => it.native(FORMER_CLIENT, null);
const commandsFor = (names: Readonly<Record<string, Run>>): Record<string, Made> =>
  Object.fromEntries(
    Object.entries(names).map(([name, run]) => [
      `${name[0]!.toUpperCase()}${name.slice(1)}Command`,
      command(run),
    ]),
  );
/** Pages of what is found, one after the other. */
const pages: Made = (it, [, input], site) => list([], perform(it, { run: many, input }, site));

/** https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/client/dynamodb, …/lib-dynamodb */
export const dynamodb: LibraryModel = {
  name: 'dynamodb',
  packages: ['@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb'],
  about: {
    title: 'DynamoDB (AWS SDK)',
    registers:
      'nothing; commands and methods of clients are effects, entities are tables, or what stands in front of a key where one table holds everything',
    guards: "the caller's identity in a key, in a condition of a query, a filter or a write is ownership",
    answers: '',
    limits: 'PartiQL; expressions that are put together; which attributes are the key of a table',
  },
  calls: {
    DynamoDBClient: client,
    DynamoDB: client,
    'DynamoDBDocumentClient.from': client,
    'DynamoDBDocument.from': client,
    ...commandsFor(RUNS),
    paginateQuery: pages,
    paginateScan: pages,
  },
  typed: (it, type, isImported) =>
    /^DynamoDB(?:Client|DocumentClient|Document)?$/.test(type) &&
    (isImported || it.loader.uses('@aws-sdk/client-dynamodb') || it.loader.uses('@aws-sdk/lib-dynamodb'))
      ? it.native(CLIENT, null)
      : null,
};
/** Values with and without their types are the same values. */
const itself: Made = (_it, [value]) => value ?? UNKNOWN;
/** https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-aws-sdk-util-dynamodb */
export const dynamodbValues: LibraryModel = {
  name: 'dynamodb-values',
  packages: ['@aws-sdk/util-dynamodb'],
  calls: { marshall: itself, unmarshall: itself, convertToAttr: itself, convertToNative: itself },
};
/** https://docs.aws.amazon.com/xray/latest/devguide/xray-sdk-nodejs-awssdkclients.html: what it yields is what it was given, traced. */
export const awsTracing: LibraryModel = {
  name: 'aws-tracing',
  packages: ['aws-xray-sdk-core', 'aws-xray-sdk'],
  calls: { captureAWS: itself, captureAWSClient: itself, captureAWSv3Client: itself },
};
/** https://github.com/awslabs/aws-embedded-metrics-node: the handler is what is made for one set of metrics. */
export const awsMetrics: LibraryModel = {
  name: 'aws-metrics',
  packages: ['aws-embedded-metrics'],
  calls: { metricScope: (it, [make], site) => (make ? it.call(make, [UNKNOWN], UNDEFINED, site) : UNKNOWN) },
};
/** https://docs.aws.amazon.com/AWSJavaScriptSDK/latest/AWS/DynamoDB/DocumentClient.html */
export const formerDynamodb: LibraryModel = {
  name: 'former-dynamodb',
  packages: ['aws-sdk', 'aws-sdk/clients/dynamodb'],
  calls: {
    DynamoDB: formerClient,
    'DynamoDB.DocumentClient': formerClient,
    '/clients/dynamodb.DocumentClient': formerClient,
    '/clients/dynamodb': formerClient,
  },
  typed: (it, type) =>
    /^(?:AWS\.)?(?:DynamoDB\.)?DocumentClient$/.test(type) && it.loader.uses('aws-sdk')
      ? it.native(FORMER_CLIENT, null)
      : null,
};
