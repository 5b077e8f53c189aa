import { readPolicyFile } from '../../analysis/policy-file/read.js';
import { withWaiver } from '../../analysis/policy-file/write.js';

const NEW = {
  finding: 'b1b2c3d4',
  who: 'Bo <bo@example.org>',
  why: 'a form',
  until: null,
  effects: ['Note: create'],
};

test('the rest of the file stays as it is', () => {
  const text = `# What we decided.
levels:
  opt-out: 'off' # noisy

waivers:
  # An old one.
  - finding: a1b2c3d4 # the form
    who: Ada
    why: "anybody may: write"
    effects: ['Note: create']

block: agents # people know what they do
`;
  const got = withWaiver(text, { ...NEW, until: '2027-03-01' });
  const added = `  - finding: b1b2c3d4
    who: Bo <bo@example.org>
    why: a form
    until: 2027-03-01
    effects:
      - "Note: create"
`;
  expect(got).toBe(text.replace('\nblock', `${added}\nblock`));
  expect(readPolicyFile(got, 'f').mistakes).toEqual([]);
});

test('a waiver is given anew in its place', () => {
  const text = `waivers:\n- finding: b1b2c3d4 # kept\n  who: Ada\n  why: x\n  until: 2020-01-01\n- finding: c1\n  who: y\n  why: y\n`;
  const got = withWaiver(text, NEW);
  expect(got).toContain('- finding: b1b2c3d4 # kept\n  who: Bo <bo@example.org>\n  why: a form\n');
  expect(got).not.toContain('2020');
  expect(readPolicyFile(got, 'f').waivers.map((w) => w.finding)).toEqual(['b1b2c3d4', 'c1']);
});

test.each([null, '', '# Nothing yet.\n', 'waivers:\n', 'waivers: []\n', 'block: nobody\n'])(
  '%j gets its first',
  (text) => {
    const got = withWaiver(text, { ...NEW, finding: '12345678' });
    const { waivers, mistakes, block } = readPolicyFile(got, 'f');
    expect([mistakes, waivers.map((w) => w.finding)]).toEqual([[], ['12345678']]);
    if (text?.startsWith('#')) expect(got).toContain(text.trim());
    if (text?.startsWith('block')) expect(block).toBe('nobody');
  },
);

test.each(['waivers: [', '- a', 'waivers: x'])('%j cannot be added to', (text) => {
  expect(() => withWaiver(text, NEW)).toThrow(/no YAML|a map of keys|a list/);
});
