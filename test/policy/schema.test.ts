import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { format } from 'prettier';
import { parse } from 'yaml';
import { readPolicyFile } from '../../analysis/policy-file/read.js';
import { jsonSchema } from '../../analysis/policy-file/schema.js';

/**
 * `docs/postern.schema.json` is made from what the reader goes by; `UPDATE_DOCS=1` writes it. Both are held to the same
 * examples, those of the documentation among them.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCHEMA = path.join(ROOT, 'docs/postern.schema.json');
const validate = new Ajv({ strict: false, formats: { date: true } }).compile(jsonSchema());

test('the schema for editors is what the reader goes by', async () => {
  const text = await format(JSON.stringify(jsonSchema()), { parser: 'json', printWidth: 110 });
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(SCHEMA, text);
  expect(existsSync(SCHEMA)).toBe(true);
  expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(JSON.parse(text));
});

describe.each(['policy', 'own-guards', 'own-framework'])('docs/%s.md', (page) => {
  const text = readFileSync(path.join(ROOT, `docs/${page}.md`), 'utf8');
  const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, yaml]) => yaml!);

  test('has examples', () => expect(examples.length).toBeGreaterThan(0));

  test.each(examples)('%#: counts, for the reader and for editors', (yaml) => {
    expect(readPolicyFile(yaml, page).mistakes).toEqual([]);
    validate(parse(yaml));
    expect(validate.errors ?? []).toEqual([]);
  });
});

test('every key has a place in docs/policy.md', () => {
  const text = readFileSync(path.join(ROOT, 'docs/policy.md'), 'utf8');
  const { properties } = jsonSchema() as { properties: Record<string, { items?: { properties?: object } }> };
  const keys = Object.entries(properties).flatMap(([key, { items }]) =>
    // What functions register and guard has pages of its own.
    [key, ...(['registers', 'guards'].includes(key) ? [] : Object.keys(items?.properties ?? {}))],
  );
  expect(keys.filter((key) => !text.includes(`\`${key}`))).toEqual([]);
});

test.each([
  ['a key that is not known', 'gards: []'],
  ['a list that is none', 'waivers: {}'],
  ['a waiver without who', 'waivers: [{ finding: a1b2c3, why: x }]'],
  ['a waiver of nothing', 'waivers: [{ who: x, why: x }]'],
  ['a waiver of a rule everywhere', 'waivers: [{ rule: opt-out, who: x, why: x }]'],
  ['a day that is none', 'waivers: [{ finding: a1b2c3, who: x, why: x, until: 2027-02-30 }]'],
  ['a fingerprint that is a number', 'waivers: [{ finding: 123456, who: x, why: x }]'],
  ['nothing but a reason', 'public: [{ reason: x }]'],
  ['an open door without a reason', 'public: [{ path: /x }]'],
  ['an assumption about everything', 'assume: [{ protection: authentication, by: x }]'],
  ['an assumption that nobody makes', 'assume: [{ protection: authentication, path: /x }]'],
  ['a protection that is not known', 'require: [{ protection: authentification }]'],
  ['one of several that is not known', 'require: [{ protection: [csrf, authentification] }]'],
  ['an empty list', 'require: [{ protection: csrf, path: [] }]'],
  ['a level that is none', 'levels: { opt-out: quiet }'],
  ['a rule that is none', 'levels: { opt-in: note }'],
  ['somebody else to block', 'block: people'],
  ['a shadow without an end', 'shadow: soon'],
  ['a pattern that is no text', 'ignore: [1]'],
  ['a module that is a file', 'guards: [{ module: ./x, enforces: csrf }]'],
  ['a call without a path', 'registers: [{ function: f, handler: 1 }]'],
])('%s is a mistake, for the reader and for editors', (_, yaml) => {
  expect(readPolicyFile(yaml, 'f').mistakes).not.toEqual([]);
  expect(validate(parse(yaml))).toBe(false);
});
