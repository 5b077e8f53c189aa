import type { Snapshot } from '../../app/live/snapshot.js';
import { codeAt, withoutComments } from '../../app/mcp/code-lines.js';

const snapshot = (text: string): Snapshot => ({ text: async () => text }) as unknown as Snapshot;
async function code(text: string, line: number, whole: boolean): Promise<string[]> {
  const found = await codeAt(snapshot(text), { file: 'a.ts', line }, whole);
  return found.map((each) => `${each.line}: ${each.text}`);
}

test.each([
  ['a(); // out', 'a(); '],
  ['a(/* out */ b);', 'a(  b);'],
  ['a();\n/* out\nout */\nb();', 'a();\n \n\nb();'],
  ['f(\'http://x\', "/* in */", `// in`);', 'f(\'http://x\', "/* in */", `// in`);'],
  ['`in ${f(/* out */ `// in ${1 /* out */}`)} // in`; // out', '`in ${f(  `// in ${1  }`)} // in`; '],
  ['x.match(/[/]// in/g) // out', 'x.match(/[/]// in/g) '],
  ['const r = /a\\/\\/b/; // out', 'const r = /a\\/\\/b/; '],
  ['a / b; // out\nc / d;', 'a / b; \nc / d;'],
  ["'it\\'s'; // out", "'it\\'s'; "],
  ['<p>don’t</p> // out', '<p>don’t</p> '],
  ['/* never closed', ' '],
  ['`never ${closed', '`never ${closed'],
])('comments are left out of %j', (text, wanted) => {
  expect(withoutComments(text)).toBe(wanted);
});

const FILE = `loans.put('/:id', signedIn, async (req, res) => { // one
  if (!mine(req)) {
    return res.status(403).end();
  } else if (!open) {
    return res.status(409).end();
  }
  res.end();
});
export const loans = router({
  create: memberProcedure
    .input(
      z.object({ id: z.string() }),
    )
    .mutation(async ({ input }) => {
      await lend(input);
    }),
});
`;
test('what stands in front of a handler is shown up to where that begins', async () => {
  expect(await code(FILE, 1, false)).toEqual(["1: loans.put('/:id', signedIn, async (req, res) => {"]);
});
test('a check is shown whole', async () => {
  expect(await code(FILE, 2, true)).toEqual([
    '2:   if (!mine(req)) {',
    '3:     return res.status(403).end();',
    '4:   } else if (!open) {',
    '5:     return res.status(409).end();',
    '6:   }',
  ]);
  expect(await code(FILE, 4, true)).toEqual([
    '4:   } else if (!open) {',
    '5:     return res.status(409).end();',
    '6:   }',
  ]);
});
test('a chain of calls is shown with its beginning', async () => {
  expect(await code(FILE, 14, false)).toEqual([
    '10:   create: memberProcedure',
    '14:     .mutation(async ({ input }) => {',
  ]);
});
test('no more than a few lines, none of them long, and nothing where nothing is', async () => {
  const long = await code(`f(\n${'x,\n'.repeat(100)});`, 1, true);
  expect(long.length).toBeLessThan(10);
  expect((await code('y'.repeat(5000), 1, true))[0]!.length).toBeLessThan(300);
  expect(await code('a', 7, true)).toEqual([]);
  expect(await code('a', 0, true)).toEqual([]);
});
