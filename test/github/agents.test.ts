import { once } from 'node:events';
import { connect as connectTo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { MAINTAINER, OUTSIDER } from '../../app/demo/standin/emulated.js';
import { ENGINE } from '../../app/github/analysis-here.js';
import { postern, program } from '../cli/cli.js';
import { GUARDED_ROUTE, lendingApplication, LOANS, OPEN_ROUTE, withRoutes } from '../cli/lending.js';
import type { Sandbox } from '../git/sandbox.js';
import { asked, PROGRAM, type Connection } from '../mcp/clients.js';
import { SLOW, setUp, type Setting } from './setting.js';

let setting: Setting;
let clone: Sandbox;
let app: string;
const PATH = '/mcp/library/tools';
beforeAll(async () => {
  clone = lendingApplication();
  setting = await setUp({ reading: true, engine: ENGINE });
  app = setting.configuration.reading!.publicUrl;
  const { repository, webhooks } = setting;
  const files = Object.fromEntries(
    clone
      .git('ls-files')
      .split('\n')
      .map((file) => [file, clone.git('show', `HEAD:${file}`)]),
  );
  const before = await repository.tip('refs/heads/main');
  const after = await repository.commit('refs/heads/main', { ...files, 'api.routes': null }, 'Lend');
  await webhooks.push(repository, before!, after);
  await setting.app.idle();
}, SLOW);
afterAll(async () => {
  clone.remove();
  await setting.end();
});
afterEach(() => setting.github.recover());

async function connect(token = MAINTAINER.token, path = PATH): Promise<Connection> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${app}${path}`), { requestInit }));
  return asked(client);
}

test('an agent asks the App what a new entry point must carry, without a clone', async () => {
  const agent = await connect();
  const tools = await agent.client.listTools();
  expect(tools.tools.map(({ name }) => name)).toContain('required_protections');
  const answer = await agent.ask('required_protections', {
    path: '/loans/:id/extend',
    method: 'PATCH',
    reaches: [{ entity: 'Loan', operations: ['update'] }],
    file: LOANS,
  });
  const [first] = answer['required'] as {
    protection: string;
    idiom: { code: { text: string }[]; since: object };
  }[];
  expect(first).toMatchObject({ protection: 'authentication', blocksWhenMissing: true });
  expect(first!.idiom.code.length).toBeGreaterThan(0);
  const tip = await setting.repository.tip('refs/heads/main');
  expect(first!.idiom.since).toEqual({ pullRequest: null, commit: tip });
  expect((await agent.ask('who_reaches', { entity: 'Loan' }))['total']).toBe(4);
  const listed = await agent.ask('list_entry_points', {});
  const id = (listed['entryPoints'] as { id: string }[])[0]!.id;
  expect((await agent.ask('explain', { id }))['entryPoint'].id).toBe(id);
  expect((await agent.ask('how_is_protected', { path: '/loans', method: 'POST' })).text).toContain(
    'signedIn',
  );
  const model = await agent.client.readResource({ uri: 'postern://model' });
  expect(JSON.parse((model.contents[0] as { text: string }).text)).toMatchObject({ notShown: 0 });
  await expect(agent.ask('check_changes')).rejects.toThrow('needs your clone');
  await agent.close();
});

describe('who may not read the code is not answered', () => {
  const post = (headers: Record<string, string>, path = PATH, body = '{}'): Promise<Response> =>
    fetch(`${app}${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  const as = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

  test('without a token, with one that is none, or with one that may not: 401, and 404 as of what is not there', async () => {
    const nobody = await post({});
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    for (const token of ['no-such-token', 'x', `a b`, 'x'.repeat(500), '../../x'])
      expect((await post(as(token))).status).toBe(401);
    const [forbidden, absent] = [
      await post(as(OUTSIDER.token)),
      await post(as(MAINTAINER.token), '/mcp/library/none'),
    ];
    expect([forbidden.status, await forbidden.text()]).toEqual([404, await absent.text()]);
  });

  test('no page of a browser, no other method, no address that leads elsewhere', async () => {
    expect((await post({ ...as(MAINTAINER.token), origin: app })).status).toBe(403);
    expect((await fetch(`${app}${PATH}`, { headers: as(MAINTAINER.token) })).status).toBe(405);
    for (const path of ['/mcp', '/mcp/library/%2e%2e', '/mcp/library/..%2ftools', '/mcp/library/tools/x'])
      expect((await post(as(MAINTAINER.token), path)).status).toBe(404);
  });

  test('no connection is closed over what is still being sent', async () => {
    const { hostname, port } = new URL(app);
    const socket = connectTo(Number(port), hostname);
    let heard = '';
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
    const end = once(socket, 'close');
    socket.write(`POST ${PATH} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: 2\r\n\r\n{`);
    await setTimeout(300);
    expect(heard).toBe('');
    socket.write('}');
    await end;
    expect(heard).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('while GitHub does not answer', async () => {
    setting.github.fail({ times: 1, status: 502, matches: /GET \/repos\/library\/other$/ });
    expect((await post(as(MAINTAINER.token), '/mcp/library/other')).status).toBe(503);
  });

  test('after many wrong tokens from one address; who was known before still is', async () => {
    const answers = [];
    for (let i = 0; i < 31; i++) answers.push((await post(as(`guessed-${i}`))).status);
    expect(answers.at(-1)).toBe(429);
    expect((await post(as(MAINTAINER.token))).status).not.toBe(429);
  });
});

test('questions that nobody means are refused, and it still answers', async () => {
  const agent = await connect();
  const refusal = async (tool: string, given: Record<string, unknown>): Promise<string> => {
    const answer = await agent.client.callTool({ name: tool, arguments: given });
    expect(answer.isError).toBe(true);
    return (answer.content as [{ text: string }])[0].text;
  };
  for (const name of ['drop_everything', '__proto__']) await refusal(name, {});
  expect((await refusal('explain', { id: 'x'.repeat(500_000) })).length).toBeLessThan(2000);
  expect(await refusal('list_entry_points', { path: '*a'.repeat(50) })).toMatch(/stars/);
  for (const file of ['../outside.ts', '/etc/passwd', 'src/../../x.ts', '.git/config', 'a\0b'])
    expect(await refusal('required_protections', { path: '/x', file })).toMatch(
      /outside of the repository|Git’s own/,
    );
  await expect(agent.client.readResource({ uri: 'file:///etc/passwd' })).rejects.toThrow();
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'ping',
    params: { x: 'x'.repeat(1_100_000) },
  });
  const headers = { authorization: `Bearer ${MAINTAINER.token}`, 'content-type': 'application/json' };
  const huge = await fetch(`${app}${PATH}`, { method: 'POST', body, headers }).catch(() => ({ status: 413 }));
  expect(huge.status).toBeGreaterThanOrEqual(400);
  expect((await agent.ask('who_reaches', { entity: 'Loan' }))['total']).toBe(4);
  await agent.close();
});

describe('postern mcp --server', () => {
  const args = (...more: string[]): string[] => ['mcp', '--server', app, '--repo', clone.dir, ...more];
  async function started(...more: string[]): Promise<Connection> {
    const client = new Client({ name: 'test', version: '1.0.0' });
    const env = { PATH: process.env['PATH']!, POSTERN_TOKEN: MAINTAINER.token };
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [PROGRAM, ...args(...more)],
        env,
        stderr: 'inherit',
      }),
    );
    return asked(client);
  }

  test('asks the App what holds, and the clone what was written', async () => {
    clone.git('remote', 'add', 'origin', 'git@github.com:library/tools.git');
    const agent = await started('--no-cache');
    const answer = await agent.ask('required_protections', {
      path: '/loans/:id/extend',
      method: 'PATCH',
      reaches: [{ entity: 'Loan', operations: ['update'] }],
    });
    expect((answer['required'] as object[]).length).toBeGreaterThan(0);
    clone.write(LOANS, withRoutes(OPEN_ROUTE));
    expect((await agent.ask('check_changes'))['blocking']).toBe(true);
    clone.write(LOANS, withRoutes(GUARDED_ROUTE));
    expect((await agent.ask('check_changes'))['blocking']).toBe(false);
    // The App knows what was merged, and nothing else.
    expect((await agent.ask('who_reaches', { entity: 'Loan' }))['total']).toBe(4);
    const wrong = await agent.client.callTool({ name: 'explain', arguments: { id: 'none' } });
    expect(wrong.isError).toBe(true);
    await agent.close();
  });

  test('says what is wrong before it answers anybody', async () => {
    const run = (env: Record<string, string>, ...more: string[]) =>
      postern(args(...more), { cwd: clone.root, env });
    const token = { POSTERN_TOKEN: MAINTAINER.token };
    expect((await run({})).stderr).toContain('set POSTERN_TOKEN in the environment');
    expect((await run(token, '--server', 'http://postern.example.com')).stderr).toContain(
      'begin with https://',
    );
    expect((await run(token, '--repository', '../x')).stderr).toContain('as acme/shop');
    // In processes of their own: here, connections are kept that the App may have closed while something else was worked out.
    const ask = (env: Record<string, string>, ...more: string[]) =>
      program(args(...more), { cwd: clone.root, env });
    const absent = await ask(token, '--repository', 'library/none');
    expect(absent).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('has nothing at /mcp/library/none'),
    });
    const foreign = await ask({ POSTERN_TOKEN: 'gho_notGood' });
    expect(foreign.stderr).toMatch(/does not take the token|too many tokens/);
    expect(foreign.stderr).not.toContain('gho_notGood');
  });
});
