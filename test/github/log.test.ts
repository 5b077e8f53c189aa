import { createLog, inContext } from '../../app/github/log.js';

const TOKEN = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
let text: string;
const log = createLog({
  level: 'trace',
  secrets: [
    'the secret of the webhooks',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n',
  ],
  destination: { write: (line) => void (text += line) },
});
const lines = (): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
beforeEach(() => (text = ''));

test('of an error of a request, what was asked is written, and neither its headers nor its bodies', () => {
  const error = Object.assign(new Error('Server Error'), {
    name: 'HttpError',
    status: 502,
    request: {
      method: 'POST',
      url: 'https://api.github.com/repos/a/b/check-runs?access_token=abc',
      headers: { authorization: `token ${TOKEN}` },
      body: 'what is in the request',
    },
    response: {
      headers: { 'x-github-request-id': 'C0FF:EE', 'set-cookie': 'session' },
      data: { token: TOKEN },
    },
  });
  log.error({ err: error }, 'failed');
  log.child({ name: 'probot' }).error(error);
  for (const line of lines()) {
    expect(line['err']).toEqual({
      type: 'HttpError',
      message: 'Server Error',
      stack: expect.stringContaining('log.test') as string,
      status: 502,
      asked: 'POST https://api.github.com/repos/a/b/check-runs',
      githubRequest: 'C0FF:EE',
    });
  }
});

test('payloads that errors carry are not written, and errors below them are', () => {
  const inner = Object.assign(new Error('inner'), {
    event: { payload: 'a whole payload' },
    cause: new Error('the cause'),
  });
  log.error({
    err: Object.assign(new AggregateError([inner], 'outer'), { event: { payload: 'a whole payload' } }),
  });
  expect(text).not.toContain('payload');
  expect(lines()[0]!['err']).toMatchObject({
    message: 'outer',
    errors: [{ message: 'inner', cause: { message: 'the cause' } }],
  });
});

test.each([
  ['a token of an installation', TOKEN, TOKEN],
  ['a token of an older GitHub', `v1.1f699f1069f60${'0'.repeat(27)}`, 'v1.1f699f1069f60'],
  ['a token of a person', 'github_pat_11ABCDEFG0abcdefghijkl', 'github_pat'],
  ['the address of a clone', `https://x-access-token:${TOKEN}@github.com/a/b.git`, 'x-access-token'],
  ['the address of a proxy', 'http://user:pass@proxy.test:3128/', 'user:pass'],
  ['a header', 'Authorization: Basic eC1hY2Nlc3MtdG9rZW46Z2hzXzEyMzQ=', 'eC1hY2Nlc3'],
  ['a JSON web token', 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0NzExIn0.c2lnbmF0dXJl', 'eyJpc3Mi'],
  ['a key', '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----', 'MIIEvQ'],
  ['the secret of the webhooks', 'wrong: the secret of the webhooks', 'the secret of'],
])('%s is struck out wherever it stands', (_, secret, telling) => {
  log.warn(`could not fetch (${secret})`);
  log.info({ deep: { in: [{ a: secret }] } }, 'kept');
  log.error({ err: new Error(`git said: ${secret}`) });
  expect(text).not.toContain(telling);
  expect(lines()).toHaveLength(3);
});

test('words are left as they are', () => {
  const said = 'the token verification failed at https://github.com/a/b: Basic understanding is missing';
  log.info(said);
  expect(lines()[0]!['msg']).toBe(said);
});

test('a line says what it belongs to, in what is awaited too, and in loggers of libraries', async () => {
  const library = log.child({ name: 'probot' });
  await inContext({ request: 'r1' }, () =>
    inContext({ delivery: 'd1' }, async () => {
      await Promise.resolve();
      library.warn('within');
    }),
  );
  log.warn('without');
  expect(lines()).toEqual([
    expect.objectContaining({ request: 'r1', delivery: 'd1', msg: 'within' }),
    expect.not.objectContaining({ request: 'r1' }),
  ]);
});
