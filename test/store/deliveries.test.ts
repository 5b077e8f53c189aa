import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Delivery } from '../../store/deliveries.js';
import { openStore, type Store } from '../../store/store.js';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-deliveries-'));
  store = openStore(join(folder, 'postern.sqlite'));
  store.repositories.save({
    id: 1,
    installationId: 1,
    owner: 'o',
    name: 'r',
    defaultBranch: 'main',
    nodeId: 'n',
  });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const receive = (
  guid: string,
  event = 'pull_request.opened',
  pullRequest: number | null = 5,
): Delivery | null =>
  store.deliveries.receive({ guid, repositoryId: 1, pullRequest, event, payload: { guid } });

test('a delivery is kept once, in order of receipt', () => {
  expect(receive('b')).toMatchObject({ guid: 'b', state: 'received', attempts: 0, payload: { guid: 'b' } });
  expect(receive('a')).not.toBeNull();
  expect(receive('b')).toBeNull();
  expect(store.deliveries.unfinished().map(({ guid }) => guid)).toEqual(['b', 'a']);
});

test('what was received, begun or failed is unfinished; what is done or given up is not', () => {
  const [received, begun, failed, done, abandoned] = ['1', '2', '3', '4', '5'].map(
    (guid) => receive(guid)!.id,
  );
  for (const id of [begun, failed, done, abandoned]) expect(store.deliveries.begin(id!)).toBe(1);
  store.deliveries.fail(failed!, 'GitHub was away');
  store.deliveries.finish(done!);
  store.deliveries.abandon(abandoned!, 'refused');
  expect(store.deliveries.unfinished().map(({ id, state, error }) => ({ id, state, error }))).toEqual([
    { id: received, state: 'received', error: null },
    { id: begun, state: 'working', error: null },
    { id: failed, state: 'failed', error: 'GitHub was away' },
  ]);
  expect(store.deliveries.begin(failed!)).toBe(2);
  store.deliveries.release(failed!);
  expect(store.deliveries.get(failed!)).toMatchObject({ state: 'received', attempts: 1 });
});

test('settled deliveries are forgotten one day, unfinished ones never', () => {
  const ids = ['1', '2', '3', '4'].map((guid) => receive(guid)!.id);
  store.deliveries.finish(ids[0]!);
  store.deliveries.abandon(ids[1]!, 'refused');
  store.deliveries.fail(ids[2]!, 'away');
  store.deliveries.prune(2);
  expect(ids.map((id) => store.deliveries.get(id)?.state)).toEqual([
    undefined,
    undefined,
    'failed',
    'received',
  ]);
});

test('only a later delivery of the named events for the same pull request supersedes', () => {
  const first = receive('1')!;
  receive('2', 'pull_request.opened', 6);
  receive('3', 'pull_request.closed');
  expect(store.deliveries.superseded(first, ['pull_request.opened', 'pull_request.synchronize'])).toBe(false);
  receive('4', 'pull_request.synchronize');
  expect(store.deliveries.superseded(first, ['pull_request.opened', 'pull_request.synchronize'])).toBe(true);
});

test('one of which it was found out later that it is the newest supersedes what came meanwhile', () => {
  const newest = receive('1', 'pull_request.synchronize', null)!;
  const older = receive('2', 'pull_request.synchronize')!;
  const placed = store.deliveries.place(newest.id, 5);
  expect(placed).toMatchObject({ guid: '1', pullRequest: 5 });
  expect(store.deliveries.superseded(placed, ['pull_request.synchronize'])).toBe(false);
  expect(store.deliveries.superseded(older, ['pull_request.synchronize'])).toBe(true);
  expect(receive('3')!.id).toBeGreaterThan(placed.id);
});

test('open check runs of earlier deliveries are found until they are concluded', () => {
  const [older, newer] = [receive('1')!, receive('2')!];
  store.checkRuns.opened({ id: 900, deliveryId: older.id, headSha: 'h1' });
  store.checkRuns.annotated(900, 50);
  expect(store.checkRuns.openBefore(1, 5, newer.id)).toEqual([
    { id: 900, deliveryId: older.id, headSha: 'h1', annotationsSent: 50, concluded: false, reviewed: false },
  ]);
  expect(store.checkRuns.openBefore(1, 5, older.id)).toEqual([]);
  store.checkRuns.concluded(900);
  expect(store.checkRuns.openBefore(1, 5, newer.id)).toEqual([]);
  expect(store.checkRuns.ofDelivery(older.id)).toMatchObject({ concluded: true });
});

test('a transaction that fails leaves nothing behind', () => {
  const attempt = (): void =>
    store.transaction(() => {
      receive('1');
      throw new Error('in the middle');
    });
  expect(attempt).toThrow('in the middle');
  expect(store.deliveries.unfinished()).toEqual([]);
});
