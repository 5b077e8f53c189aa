import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { SLOW } from './setting.js';

const PROGRAM = fileURLToPath(new URL('../../dist/app/demo/main.js', import.meta.url));

test(
  'the demonstration shows a merge that is refused, and ends as it says',
  () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM], {
      env: { ...process.env, NODE_OPTIONS: '' },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    const said = stripVTControlCharacters(stdout);
    const [first, second, third, fourth] = ['#1 ', '#2 ', '#3 ', '#4 '].map((number) => said.indexOf(number));
    expect(first).toBeGreaterThan(-1);
    expect(said).toMatch(/merge refused by GitHub: .*[Rr]equired status check/);
    const refused = said.indexOf('merge refused');
    expect([first! < second!, second! < refused, refused < third!, third! < fourth!]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(said.match(/merged as [0-9a-f]{10}/g)).toHaveLength(4);
    expect(said).toContain('established in #1');
    expect(said).toContain('Every check came out as expected.');
  },
  5 * SLOW,
);
