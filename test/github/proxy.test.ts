import { createServer, request as send, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { proxied } from '../../app/github/proxy.js';
import { SLOW, setUp, type Setting } from './setting.js';

let setting: Setting;
let proxy: Server;
/** What was asked of the proxy. */
let asked: string[];
const VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'];
const before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));

beforeEach(async () => {
  asked = [];
  proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { method, headers } = request;
    request.pipe(
      send(request.url!, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  proxy.on('connect', ({ url }, client, head) => {
    asked.push(`CONNECT ${url}`);
    const [host, port] = url!.split(':');
    const server = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      server.write(head);
      server.pipe(client).pipe(server);
    });
    server.on('error', () => client.destroy());
    client.on('error', () => server.destroy());
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  for (const name of VARIABLES) delete process.env[name];
  process.env['http_proxy'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await setting.end();
  proxy.closeAllConnections();
  proxy.close();
});

const FILES = { 'live.routes': 'GET /tools/live authentication\n' };

test(
  'requests to GitHub and those of git go through the proxy of the environment',
  async () => {
    setting = await setUp({ fetch: proxied(process.env) });
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    expect(github.checksOf(opened.headSha)).toEqual([expect.objectContaining({ conclusion: 'success' })]);
    expect(asked).toContain(`CONNECT ${new URL(github.url).host}`);
    expect(asked.some((request) => request.includes('/tools.git/git-upload-pack'))).toBe(true);
  },
  SLOW,
);

test(
  'what is to go without a proxy goes without',
  async () => {
    process.env['no_proxy'] = '127.0.0.1';
    setting = await setUp({ fetch: proxied(process.env) });
    const { github, repository, webhooks, app } = setting;
    const opened = await repository.openPullRequest({ title: 'Live', files: FILES });
    await webhooks.pullRequest(repository, opened, 'opened');
    await app.idle();
    expect(github.checksOf(opened.headSha)).toEqual([expect.objectContaining({ conclusion: 'success' })]);
    expect(asked).toEqual([]);
    expect(proxied({})).toBeUndefined();
  },
  SLOW,
);
