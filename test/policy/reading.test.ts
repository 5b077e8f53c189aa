import fc from 'fast-check';
import { readPolicyFile } from '../../analysis/policy-file/read.js';
import { merged, NO_POLICY } from '../../analysis/policy-file/policy.js';

const FILE = '.github/postern.yml';
const read = (text: string) => readPolicyFile(text, FILE);
const mistakesIn = (text: string): string[] =>
  read(text).mistakes.map(({ file, line, key, reason }) => {
    expect(file).toBe(FILE);
    return `${line} ${key}: ${reason}`;
  });

test('a mistake names line and key, and costs the entry that it is in', () => {
  const text = `
waivers:
  - finding: a1b2c3d4
    who: Ada
    why: on purpose
  - finding: 1234567890
    whoo: Ada
    why: ''
    until: 2027-02-30
  - finding: b1b2c3d4
    who: Ada
    why: on purpose too
public:
  - reason: everything
  - path: /health
    reason: the load balancer asks
levels:
  opt-owt: note
  opt-out: quiet
  dead-guard: note
blok: nobody
`;
  expect(mistakesIn(text)).toEqual([
    '6 waivers: `finding` has to be text: put it in quotes',
    '6 waivers: `who` is missing',
    '7 waivers: `whoo` is not known here; did you mean `who`?',
    '8 waivers: `why` must not be empty',
    '9 waivers: `until` has to be a date, as 2027-01-31',
    '14 public: an entry of `public` needs one of `path`, `method`, `name`, `kind`, `program`, `entryPoint`',
    '18 levels: `opt-owt` is not known here; did you mean `opt-out`?',
    '19 levels: `opt-out` has to be one of error, warning, note, off',
    '21 blok: `blok` is not known here; did you mean `block`?',
  ]);
  const { waivers, public: open, levels } = read(text);
  expect(waivers.map((w) => [w.finding, w.at.line])).toEqual([
    ['a1b2c3d4', 3],
    ['b1b2c3d4', 10],
  ]);
  expect(open.map((p) => p.path)).toEqual(['/health']);
  expect(levels).toEqual({ 'dead-guard': 'note' });
});

test.each([
  ['block: agents\nblock: nobody\n', '2 block: `block` is there twice, so that neither counts'],
  [
    'public:\n  - path: /a\n    path: /b\n    reason: x\n  - path: /c\n    reason: x\n',
    '3 public: `path` is there twice',
  ],
  ['require: authentication\n', '1 require: `require` has to be a list'],
  ['levels: [note]\n', '1 levels: `levels` has to be a map from rules to levels'],
  ['- waivers\n', '1 null: the file has to be a map of keys, as `waivers:`'],
  [
    'a: &a [x, x, x, x]\nb: &b [*a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b]\nignore: [[*c, *c, *c, *c]]\n',
    expect.stringContaining('4 ignore: this cannot be read'),
  ],
  ['# long\n'.repeat(40_000), '1 null: the file is longer than 256 KB'],
  ['require: [{\n', expect.stringMatching(/^\d null: this is no YAML: /)],
  [
    `ignore: ${'['.repeat(20_000)}`,
    expect.stringMatching(/^1 null: this (could not be read|is no YAML): Maximum call stack/),
  ],
])('%#: told, and nothing of it counts', (text, told) => {
  expect(mistakesIn(text)).toContainEqual(told);
  const { block, require, levels, ignore } = read(text);
  expect({ block, require, levels, ignore }).toEqual({ require: [], levels: {}, ignore: [] });
});

test.each(['', '\n', '# nothing yet\n', 'waivers:\nrequire:\n'])(
  '%j says nothing, and that is fine',
  (text) => {
    expect(read(text)).toEqual({ ...NO_POLICY, files: [FILE] });
  },
);

test('what is said once by an anchor may be used again', () => {
  const { public: open, mistakes } = read(
    'public:\n  - path: &paths [/a, /b]\n    reason: x\n  - path: *paths\n    method: GET\n    reason: y\n',
  );
  expect([mistakes, open.map((p) => p.path)]).toEqual([
    [],
    [
      ['/a', '/b'],
      ['/a', '/b'],
    ],
  ]);
});

test('whatever it is given, it answers, with places that are in the file', () => {
  const words = [
    'waivers',
    'public',
    'path',
    'levels',
    ':',
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    '&a',
    '*a',
    '!!map',
    "'",
    '"',
    '#',
    '|',
    '~',
    '0',
  ];
  const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3 })), { maxLength: 40 });
  fc.assert(
    fc.property(text, (parts) => {
      const given = parts.join('');
      const lines = given.split(/\r\n|\r|\n/).length;
      for (const { line } of read(given).mistakes) expect(line >= 1 && line <= lines).toBe(true);
    }),
    { numRuns: 500, seed: 7 },
  );
});

test('a repository has the defaults and its own: lists are joined, its own settings win', () => {
  const defaults = readPolicyFile(
    'block: agents\nshadow: true\nlevels: { opt-out: off, dead-guard: note }\nrequire:\n  - protection: authentication\n',
    'acme/.github/postern.yml',
  );
  const own = read('block: everyone\nlevels: { opt-out: error }\nrequire:\n  - protection: csrf\nnope: 1\n');
  const { files, block, shadow, levels, require, mistakes } = merged(defaults, own);
  expect({ files, block, shadow, levels }).toEqual({
    files: ['acme/.github/postern.yml', FILE],
    block: 'everyone',
    shadow: true,
    levels: { 'opt-out': 'error', 'dead-guard': 'note' },
  });
  expect(require.map((r) => `${String(r.protection)} ${r.at.file}:${r.at.line}`)).toEqual([
    'authentication acme/.github/postern.yml:5',
    `csrf ${FILE}:4`,
  ]);
  expect(mistakes).toHaveLength(1);
});
