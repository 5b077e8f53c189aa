import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RULES } from '../../analysis/rules.js';
import { ruleText } from '../../app/report/rules.js';

const FOLDER = fileURLToPath(new URL('../../docs/rules', import.meta.url));
const SECTIONS = ['Why', 'Evidence', 'Example', 'What to do', 'When it stays silent', 'Known limits'];

test('each rule has a page, and no other', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(RULES.map((rule) => `${rule}.md`).sort());
});

describe.each([...RULES])('%s', (rule) => {
  const page = readFileSync(path.join(FOLDER, `${rule}.md`), 'utf8');
  const section = (title: string): string => page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

  test('says what it is, in the order of all', () => {
    expect(page).toMatch(new RegExp(`^# ${rule}\n\n\\S[^#]+\n\n## Why\n`));
    expect([...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual(SECTIONS);
  });
  test('shows a case that was published', () =>
    expect(section('Why')).toMatch(
      /CVE-\d{4}-\d{4,}|GHSA(?:-\w{4}){3}|commit\s+[0-9a-f]{8}|pull request \d+/,
    ));
  test('shows bad code and good', () => {
    const code = [...section('Example').matchAll(/^```\w+\n([\s\S]*?)^```$/gm)]
      .map(([, text]) => text)
      .join('');
    expect(code).toMatch(/\bBad\b/);
    expect(code).toMatch(/\b(?:Good|Before)\b/);
  });
  test('says how it is waived', () => expect(section('What to do')).toContain('](../policy.md#waivers)'));
  test('has a title for lists of rules', () => expect(ruleText(rule).cwe.length).toBeGreaterThan(0));
});
