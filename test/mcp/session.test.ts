import path from 'node:path';
import type { Sandbox } from '../git/sandbox.js';
import { lendingApplication, LOANS, OPEN_ROUTE, withRoutes } from '../cli/lending.js';
import { overHttp, overStandardStreams, startHttp, type Connection, type HttpServer } from './clients.js';

let sandbox: Sandbox;
let server: HttpServer | null = null;
let connection: Connection;
beforeEach(() => {
  sandbox = lendingApplication();
});
afterEach(async () => {
  await connection.close();
  await server?.stop();
  server = null;
  sandbox.remove();
});

const connect = {
  'standard streams': async () => overStandardStreams(sandbox.dir, path.join(sandbox.root, 'cache')),
  'streamable HTTP': async () => {
    server = await startHttp(sandbox.dir, path.join(sandbox.root, 'cache'));
    return overHttp(server);
  },
};

describe.each(Object.keys(connect) as (keyof typeof connect)[])('over %s', (transport) => {
  test('asked, written as told, clean; written otherwise, told what to do', async () => {
    connection = await connect[transport]();
    const { client, ask } = connection;
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual([
      'required_protections',
      'check_changes',
      'list_entry_points',
      'explain',
      'how_is_protected',
      'who_reaches',
    ]);
    expect(tools.every((tool) => tool.outputSchema && tool.annotations?.readOnlyHint)).toBe(true);

    // It asks.
    const told = await ask('required_protections', {
      method: 'PATCH',
      path: '/loans/:id/extend',
      file: LOANS,
      reaches: [{ entity: 'loan', operations: ['update'] }],
    });
    expect(told['planned']).toMatchObject({
      kind: 'http',
      program: 'lending',
      reaches: [{ entity: 'Loan', operation: 'update' }],
    });
    expect(told['required']).toEqual([
      expect.objectContaining({
        protection: 'authentication',
        blocksWhenMissing: true,
        confidence: 'high',
        having: 4,
        of: 4,
        why: 'all 4 other entry points that write Loan have it.',
      }),
    ]);
    const { idiom } = told['required'][0];
    expect(idiom).toMatchObject({
      guard: 'signedIn',
      how: 'in front of the handler',
      place: { file: LOANS },
      definition: { file: 'src/signed-in.js', line: 1 },
      since: { pullRequest: 1 },
      registration: { place: idiom.place, code: idiom.code },
    });
    const [{ text: line }] = idiom.code;
    expect(line).toMatch(/^loans\.\w+\('[^']*', signedIn, async \(req, res\) => \{$/);

    // It writes the entry point the way it was told: that very line, for its own method and path.
    const handler =
      '\n  res.json(await prisma.loan.update({ where: { id: req.params.id }, data: req.body }));\n});\n';
    const written = line.replace(/^loans\.\w+\('[^']*'/, "loans.patch('/:id/extend'") + handler;
    sandbox.write(LOANS, withRoutes(written));
    const clean = await ask('check_changes');
    expect(clean).toMatchObject({ blocking: false, findings: [], status: 'complete' });
    expect(clean['affected']).toEqual([
      expect.objectContaining({
        change: 'added',
        method: 'PATCH',
        path: '/loans/:id/extend',
        protections: ['authentication'],
      }),
    ]);

    // It writes it the way it was not told.
    sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
    const refused = await ask('check_changes');
    expect(refused['blocking']).toBe(true);
    const [finding] = refused['findings'];
    expect(finding).toMatchObject({
      rule: 'missing-protection',
      missing: 'authentication',
      blocking: true,
      remedy: expect.stringContaining('Put `signedIn` in front of it, as src/loans.js:'),
    });
    expect(finding.precedents[0].code[0].text).toContain('signedIn');
    expect(refused.text).toContain('to do: Put `signedIn` in front of it');

    // It asks why.
    const why = await ask('explain', { id: finding.id });
    expect(why['entryPoint']).toMatchObject({
      path: '/loans/:id/extend',
      protections: [],
      effects: [{ operation: 'update', entity: 'Loan', covered: [] }],
      peers: [{ protection: 'authentication', has: false, having: 4, of: 4 }],
    });
  });
});

describe('questions', () => {
  beforeEach(async () => {
    connection = await connect['standard streams']();
  });

  test('who reaches, how is it protected, which are there', async () => {
    const { ask } = connection;
    const reaching = await ask('who_reaches', { entity: 'Loan', operation: 'update' });
    expect(reaching).toMatchObject({ entity: 'Loan', total: 2, nextOffset: null });
    expect(reaching['entryPoints'][0].effects[0]).toMatchObject({
      operation: 'update',
      covered: [{ protection: 'authentication', by: 'signedIn' }],
      notCovered: ['authorization', 'ownership'],
    });
    const how = await ask('how_is_protected', { method: 'put', path: '/loans/{loanId}/' });
    expect(how['total']).toBe(1);
    expect(how['entryPoints'][0].chain.map((l: any) => [l.guard, l.protections])).toContainEqual([
      'signedIn',
      ['authentication'],
    ]);
    const page = await ask('list_entry_points', { path: '/loans/**', limit: 3 });
    expect([page['total'], page['entryPoints'].length, page['nextOffset']]).toEqual([4, 3, 3]);
    expect((await ask('list_entry_points', { lacking: 'authentication' }))['total']).toBe(0);
    expect((await ask('list_entry_points', { file: 'src/*.ts' }))['total']).toBe(0);
    sandbox.write(LOANS, withRoutes(OPEN_ROUTE));
    // Saved a moment ago, and known at once.
    expect((await ask('list_entry_points', { lacking: 'authentication' }))['total']).toBe(1);
  });

  test('what is not known is said', async () => {
    const unknown = await connection.ask('required_protections', {
      method: 'POST',
      path: '/readers',
      reaches: [{ entity: 'Lones' }],
    });
    expect(unknown['required']).toEqual([]);
    expect(unknown['notKnown'].join(' ')).toMatch(/no entry point reaches one; near are Loan/);
    const vague = await connection.ask('required_protections', { path: '/readers' });
    expect(vague['notKnown'].join(' ')).toMatch(/Name entity and operations/);
    await expect(connection.ask('required_protections', {})).rejects.toThrow(/Say what sets it off/);
    await expect(connection.ask('how_is_protected', { path: '/loan/:id' })).rejects.toThrow(
      /No entry point fits.*Near are:[\s\S]*\/loans\/:id/,
    );
  });

  test('the model and the policy can be read', async () => {
    const { client } = connection;
    const { resources } = await client.listResources();
    expect(resources.map((resource) => resource.uri)).toEqual(['postern://model', 'postern://policy']);
    const read = async (uri: string): Promise<string> =>
      ((await client.readResource({ uri })).contents[0] as { text: string }).text;
    expect(JSON.parse(await read('postern://model'))).toMatchObject({ total: 4, notShown: 0, gaps: [] });
    expect(await read('postern://policy')).toContain('There is no .github/postern.yml');
    sandbox.write('.github/postern.yml', 'guards: []\n');
    expect(await read('postern://policy')).toBe('guards: []\n');
  });

  test('asked at once, answered alike', async () => {
    const asked = Array.from({ length: 12 }, () => connection.ask('check_changes'));
    const answers = await Promise.all(asked);
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
  });
});
