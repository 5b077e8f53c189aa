import fc from 'fast-check';

/** Files of a repository by path. */
export type Files = Readonly<Record<string, string>>;

/** Numbers choose files and lines: any number means some file and some line of whatever is there. */
export type Edit =
  | { k: 'delete' | 'duplicate' | 'move' | 'indent'; file: number; line: number; count: number; to: number }
  | { k: 'copy'; file: number; line: number; count: number; other: number; to: number }
  | { k: 'rename'; file: number; name: number }
  | { k: 'unguard'; file: number; which: number }
  | { k: 'route'; file: number; template: number; to: number }
  | { k: 'break'; file: number; line: number; text: number }
  | { k: 'drop'; file: number };

/** Added at any line; what they name is there in some files and not in others. */
const TEMPLATES = [
  "app.get('/added', (req, res) => res.json([]));",
  "app.delete('/added/:id', async (req, res) => res.json(await prisma.added.delete({ where: { id: req.params.id } })));",
  "router.post('/added', access.staff, (req, res) => res.sendStatus(201));",
  "app.use('/added', (req, res, next) => (req.session.user ? next() : res.sendStatus(401)));",
  'router.use((req, res, next) => next());',
  "this.router.get('/added', this.handle(async (req, res) => void res.json(req.query)));",
  "import './added.js';",
  "const added = require('./db');",
  'export const added = (req, res, next) => { if (!req.user) return res.sendStatus(401); next(); };',
  "ws.on('message', (m) => { if (m.type === 'added') prisma.added.create({ data: m }); });",
];
const BROKEN = [
  '{',
  '}',
  ')',
  '`',
  '/*',
  "'",
  '((([[[{{{',
  'class {',
  '<<<<<<< HEAD',
  '\u0000',
  'import from',
  '=> =>',
];
const NAMES = [
  'renamed.js',
  'renamed.ts',
  'deep/er/renamed.mjs',
  'test/renamed.js',
  'index.js',
  'dist/out.js',
  'a b.cjs',
  'x.tsx',
  'x.txt',
];

const number = fc.nat({ max: 10_000 });
const count = fc.integer({ min: 1, max: 6 });
export const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        k: fc.constantFrom('delete', 'duplicate', 'move', 'indent'),
        file: number,
        line: number,
        count,
        to: number,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        k: fc.constant('copy'),
        file: number,
        line: number,
        count,
        other: number,
        to: number,
      }),
    },
    { weight: 2, arbitrary: fc.record({ k: fc.constant('rename'), file: number, name: number }) },
    { weight: 2, arbitrary: fc.record({ k: fc.constant('unguard'), file: number, which: number }) },
    {
      weight: 2,
      arbitrary: fc.record({ k: fc.constant('route'), file: number, template: number, to: number }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ k: fc.constant('break'), file: number, line: number, text: number }),
    },
    { weight: 1, arbitrary: fc.record({ k: fc.constant('drop'), file: number }) },
  ) as fc.Arbitrary<Edit>,
  { minLength: 1, maxLength: 6 },
);

const pick = <T>(all: readonly T[], n: number): T => all[n % all.length]!;

/** The files after an edit. Edits that find nothing to do leave everything as it is. */
export function edited(files: Files, edit: Edit): Files {
  const paths = Object.keys(files).sort();
  if (paths.length === 0) return files;
  const path = pick(paths, edit.file);
  const lines = files[path]!.split('\n');
  const write = (changed: readonly string[]): Files => ({ ...files, [path]: changed.join('\n') });
  switch (edit.k) {
    case 'delete':
    case 'duplicate':
    case 'move':
    case 'indent': {
      const at = edit.line % lines.length;
      const block = lines.slice(at, at + edit.count);
      if (edit.k === 'duplicate') return write(lines.toSpliced(at, 0, ...block));
      if (edit.k === 'indent')
        return write(lines.toSpliced(at, block.length, ...block.map((line) => `  ${line}`)));
      const rest = lines.toSpliced(at, block.length);
      return write(edit.k === 'delete' ? rest : rest.toSpliced(edit.to % (rest.length + 1), 0, ...block));
    }
    case 'copy': {
      const from = files[pick(paths, edit.other)]!.split('\n');
      const block = from.slice(edit.line % from.length).slice(0, edit.count);
      return write(lines.toSpliced(edit.to % (lines.length + 1), 0, ...block));
    }
    case 'rename': {
      const folder = path.slice(0, path.lastIndexOf('/') + 1);
      const { [path]: text, ...others } = files;
      return { ...others, [folder + pick(NAMES, edit.name)]: text! };
    }
    case 'unguard': {
      // `get('/x', guard, handler)` → `get('/x', handler)`; `app.use(guard);` → nothing
      const guards = [...files[path]!.matchAll(/(?<=, )[\w.]+(?:\([^()]*\))?, |^.*\.use\([\w.]+\);$/gm)];
      if (guards.length === 0) return files;
      const guard = pick(guards, edit.which);
      const text = files[path]!;
      return { ...files, [path]: text.slice(0, guard.index) + text.slice(guard.index + guard[0].length) };
    }
    case 'route':
      return write(lines.toSpliced(edit.to % (lines.length + 1), 0, pick(TEMPLATES, edit.template)));
    case 'break': {
      const at = edit.line % lines.length;
      return write(lines.toSpliced(at, 1, lines[at]! + pick(BROKEN, edit.text)));
    }
    case 'drop': {
      const { [path]: _dropped, ...others } = files;
      return others;
    }
  }
}
