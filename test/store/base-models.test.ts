import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntryPoint, Model, Protection } from '../../analysis/model/model.js';
import { openStore, type Store } from '../../store/store.js';

const REPOSITORY = 41;
let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-store-'));
  store = openStore(join(folder, 'postern.sqlite'));
  store.repositories.save({
    id: REPOSITORY,
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

function model(entryPoints: Record<string, Protection[]>, unknown: Record<string, Protection[]> = {}): Model {
  const made = Object.entries(entryPoints).map(
    ([id, protections]): EntryPoint => ({
      id,
      program: 'app',
      trigger: { kind: 'http', method: 'GET', path: id },
      framework: 'express',
      registration: { file: 'a.ts', line: 1 },
      handler: null,
      chain: [],
      protections,
      unknown: unknown[id] ?? [],
      effects: [],
      public: null,
      unmounted: false,
    }),
  );
  return {
    extractor: '1',
    tree: Object.keys(entryPoints).join(),
    entryPoints: made,
    guards: [],
    gaps: [],
    notLookedAt: [],
  };
}

const by = (id: string, protection: Protection): string | null =>
  store.baseModels.provenanceOf(REPOSITORY)(id, protection).establishedBy;
const advance = (commit: string, pullRequest: number | null, next: Model): void =>
  store.baseModels.advance(REPOSITORY, { commit, pullRequest }, next);

test('a model survives the file', () => {
  const first = model({ '/a': ['authentication'] });
  store.baseModels.begin(REPOSITORY, 'c0', first);
  store.close();
  store = openStore(join(folder, 'postern.sqlite'));
  expect(store.baseModels.get(REPOSITORY)).toEqual({ commit: 'c0', model: first });
  expect(store.baseModels.position(REPOSITORY)).toEqual({ commit: 'c0', extractor: '1' });
});

test('nobody is named for what is older than the records', () => {
  store.baseModels.begin(REPOSITORY, 'c0', model({ '/a': ['authentication'] }));
  expect(by('/a', 'authentication')).toBeNull();
  expect(store.baseModels.addedBy(REPOSITORY, '/a')).toBeNull();
});

test('what appears is attributed to what brought it, and keeps that name while it stays', () => {
  store.baseModels.begin(REPOSITORY, 'c0', model({ '/a': [] }));
  advance('c1', 12, model({ '/a': ['authentication'], '/b': ['csrf'] }));
  advance('c2', null, model({ '/a': ['authentication', 'rate-limit'], '/b': ['csrf'] }));
  expect(by('/a', 'authentication')).toBe('#12');
  expect(by('/a', 'rate-limit')).toBe('c2');
  expect(store.baseModels.addedBy(REPOSITORY, '/a')).toBeNull();
  expect(store.baseModels.addedBy(REPOSITORY, '/b')).toBe('#12');
});

test('what disappears is forgotten, and what comes back is new', () => {
  store.baseModels.begin(REPOSITORY, 'c0', model({}));
  advance('c1', 1, model({ '/a': ['authentication'] }));
  advance('c2', 2, model({ '/a': [] }));
  expect(by('/a', 'authentication')).toBeNull();
  advance('c3', 3, model({ '/a': ['authentication'] }));
  expect(by('/a', 'authentication')).toBe('#3');
  advance('c4', 4, model({}));
  expect(store.baseModels.addedBy(REPOSITORY, '/a')).toBeNull();
});

test('a protection that is not understood for a while keeps its name', () => {
  store.baseModels.begin(REPOSITORY, 'c0', model({}));
  advance('c1', 1, model({ '/a': ['authentication'] }));
  advance('c2', 2, model({ '/a': [] }, { '/a': ['authentication'] }));
  advance('c3', 3, model({ '/a': ['authentication'] }));
  expect(by('/a', 'authentication')).toBe('#1');
});

describe('a merged pull request', () => {
  const overlay = [
    { change: 'added' as const, entryPoint: '/b', gained: ['authentication' as const] },
    { change: 'changed' as const, entryPoint: '/a', gained: ['csrf' as const] },
    { change: 'removed' as const, entryPoint: '/c', gained: [] },
  ];
  const after = model({ '/a': ['csrf'], '/b': ['authentication'] });

  beforeEach(() => {
    store.baseModels.begin(REPOSITORY, 'c0', model({ '/a': [], '/c': [] }));
    store.pullRequests.open(REPOSITORY, 7, 'h1', 'main');
    store.pullRequests.judged(REPOSITORY, 7, { headSha: 'h1', baseSha: 'c0', judgedTree: 't', overlay });
  });

  test('names what it brought, whatever the commit says', () => {
    store.pullRequests.promote(REPOSITORY, 7, 'm');
    advance('x1', 99, after);
    expect([
      by('/a', 'csrf'),
      by('/b', 'authentication'),
      store.baseModels.addedBy(REPOSITORY, '/b'),
    ]).toEqual(['#7', '#7', '#7']);
  });

  test('names it afterwards too, when the base had moved already', () => {
    advance('m', null, after);
    expect(by('/b', 'authentication')).toBe('m');
    store.pullRequests.promote(REPOSITORY, 7, 'm');
    expect([
      by('/a', 'csrf'),
      by('/b', 'authentication'),
      store.baseModels.addedBy(REPOSITORY, '/b'),
    ]).toEqual(['#7', '#7', '#7']);
  });

  test('claims nothing once its overlay was absorbed', () => {
    store.pullRequests.promote(REPOSITORY, 7, 'm');
    advance('m', null, after);
    store.pullRequests.absorbed(REPOSITORY, 7);
    advance('c2', null, model({}));
    advance('c3', null, after);
    expect(by('/b', 'authentication')).toBe('c3');
  });

  test('claims nothing while it is open, and is forgotten with its findings when given up', () => {
    advance('c1', null, after);
    expect(by('/b', 'authentication')).toBe('c1');
    store.pullRequests.drop(REPOSITORY, 7);
    expect(store.pullRequests.overlay(REPOSITORY, 7)).toBeNull();
  });

  test('an overlay of an older head is not taken for that of a newer', () => {
    store.pullRequests.open(REPOSITORY, 7, 'h2', 'main');
    store.pullRequests.judged(REPOSITORY, 7, {
      headSha: 'h1',
      baseSha: 'c0',
      judgedTree: 'late',
      overlay: [],
    });
    expect(store.pullRequests.overlay(REPOSITORY, 7)?.judgedTree).not.toBe('late');
    expect(store.pullRequests.byHead(REPOSITORY, 'h1')).toBeNull();
    expect(store.pullRequests.byHead(REPOSITORY, 'h2')).toBe(7);
  });
});
