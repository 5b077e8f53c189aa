import {
  disjunction,
  someAtom,
  type Atom,
  type Disjunction,
  type Fact,
  type Test,
} from '../../analysis/wiring/fact.js';

/** One test of a program, as it came out. */
const at = (line: number, test: Test, source = 'config:LEVEL', constants: readonly string[] = []): Atom => ({
  k: 'atom',
  test,
  sources: [source],
  arguments: constants,
  subjects: [],
  place: { file: 'log.ts', line },
  via: [],
  refusal: null,
  known: null,
});

describe('every way on says nothing', () => {
  test('a list has it or does not', () => {
    const [hidden, shown] = [
      at(1, 'member', 'config:HIDDEN', ['db']),
      at(1, 'unequal', 'config:HIDDEN', ['db']),
    ];
    expect(disjunction([[hidden], [shown]])).toBeNull();
    expect(
      disjunction([
        [hidden],
        [shown, at(2, 'equal', 'config:FORMAT', ['json'])],
        [shown, at(2, 'unequal', 'config:FORMAT', ['json'])],
      ]),
    ).toBeNull();
  });
  test('not where one of them is missing, or asks for something else', () => {
    const hidden = at(1, 'member', 'config:HIDDEN', ['db']);
    expect(disjunction([[hidden], [at(1, 'unequal', 'config:HIDDEN', ['http'])]])).not.toBeNull();
    expect(disjunction([[hidden], [at(2, 'unequal', 'config:HIDDEN', ['db'])]])).not.toBeNull();
    expect(disjunction([[hidden], [at(1, 'equal', 'config:HIDDEN', ['db'])]])).not.toBeNull();
  });
});

/** Who may look at something may be said in many ways, each of which rests on ways in which somebody is known. */
describe('what is known on each of many ways', () => {
  const ways = (line: number, wide: number, inner: Fact[] = []): Fact =>
    disjunction(Array.from({ length: wide }, (_, i) => [at(line + i, 'equal', 'identity.id'), ...inner]))!;
  const nested = (breadth: number): Disjunction | null => {
    const inner = Array.from({ length: breadth }, (_, i) => ways(100 * i, 6));
    return disjunction(
      Array.from({ length: 6 }, (_, i) => [
        ways(10_000 * (i + 1), 4, inner),
        ways(5_000 * (i + 1), 4, inner),
      ]),
    );
  };
  test('is kept where there are hundreds', () => {
    expect(someAtom(nested(3)!, ({ place }) => place.line === 200)).toBe(true);
  });
  test('is forgotten where there are thousands', () => {
    expect(nested(12)).toBeNull();
  });
});
