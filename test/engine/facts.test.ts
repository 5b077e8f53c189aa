import { disjunction, type Atom, type Test } from '../../analysis/wiring/fact.js';

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
