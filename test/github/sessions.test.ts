import type { IncomingMessage } from 'node:http';
import { addressOf, Limit } from '../../app/github/readers/limits.js';
import { Sessions } from '../../app/github/readers/sessions.js';

const HOUR = 3_600_000;

test('a session ends after an hour of nothing, and with its token, however busy it is', () => {
  let now = 0;
  const sessions = new Sessions(() => now);
  const idle = sessions.begin('robin', 't', undefined);
  const busy = sessions.begin('robin', 't', undefined);
  const short = sessions.begin('robin', 't', 60);
  for (let at = 0; at < 8 * HOUR; at += HOUR / 2) {
    now = at;
    expect(sessions.find(busy)?.login).toBe('robin');
    expect(sessions.find(short) === null).toBe(at > 0);
  }
  expect(sessions.find(idle)).toBeNull();
  now = 8 * HOUR;
  expect(sessions.find(busy)).toBeNull();
  for (const id of ['', 'guessed', undefined]) expect(sessions.find(id)).toBeNull();
});

test('of more sessions than are kept, the one goes that was idle for longest', () => {
  const sessions = new Sessions();
  const [first, second] = [sessions.begin('a', 't', undefined), sessions.begin('b', 't', undefined)];
  sessions.find(first);
  for (let i = 0; i < 4_999; i++) sessions.begin('c', 't', undefined);
  expect(sessions.find(second)).toBeNull();
  expect(sessions.find(first)?.login).toBe('a');
});

const from = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

test('one address may little, and all together more', async () => {
  const limit = new Limit({ ofOne: 2, ofAll: 3 });
  const ask = (address: string) => limit.refuses(from(address));
  expect([await ask('203.0.113.1'), await ask('203.0.113.1')]).toEqual([null, null]);
  expect(await ask('203.0.113.1')).toBeGreaterThan(0);
  expect(await ask('203.0.113.2')).toBeNull();
  expect(await ask('203.0.113.3')).toBeGreaterThan(0);
});

test('who asks is what a proxy of our own has seen, and never what a stranger says', () => {
  expect(addressOf(from('203.0.113.1', '198.51.100.9'))).toBe('203.0.113.1');
  expect(addressOf(from('::ffff:10.0.0.2', '1.1.1.1, 198.51.100.9'))).toBe('198.51.100.9');
  expect(addressOf(from('127.0.0.1', 'no address'))).toBe('127.0.0.1');
  expect(addressOf(from('10.0.0.2'))).toBe('10.0.0.2');
});
