import { readStatement, WRITTEN_IN } from '../../analysis/frameworks/data/sql-statements.js';

/** `id = $${values.length}`: the number is written in, and stands as a hole behind the `$` that belongs to it. */
const WRITTEN = `$$${WRITTEN_IN + 1}`;

describe('the number of a value that is written into a text', () => {
  test('names the value that a column is held against', () => {
    const read = readStatement(`SELECT id FROM parcels WHERE owner_id = $1 AND name LIKE ${WRITTEN}`);
    expect(read?.found[0]?.columns).toEqual([
      { column: 'owner_id', hole: 1 },
      { column: 'name', hole: WRITTEN_IN + 1 },
    ]);
  });
  test('begins no text between dollars, in which the parser would look for its end for ever', () => {
    const read = readStatement(`
              SELECT id, name, weight, sent_at, arrived_at, last_seen_at
              FROM parcels
              WHERE owner_id = $1 AND name LIKE ${WRITTEN}
              ORDER BY $${WRITTEN_IN + 2}
                name COLLATE "C" $${WRITTEN_IN + 3}
              LIMIT $2
            `);
    expect(read?.found.map((f) => `${f.operation} ${f.target}`)).toEqual(['read Parcel']);
  });
});
