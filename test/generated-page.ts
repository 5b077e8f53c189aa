import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';

/**
 * Holds that a page of the documentation says, between `<!-- NAME -->` and `<!-- end of NAME -->`, what is made for it;
 * `UPDATE_DOCS=1` writes it. Lines of prose stay as long as they are.
 */
export async function expectToSay(file: string, parts: Readonly<Record<string, string>>): Promise<void> {
  const page = Object.entries(parts).reduce(
    (text, [name, made]) => filled(file, text, name, made),
    readFileSync(file, 'utf8'),
  );
  const made = await format(page, { parser: 'markdown', printWidth: 120, proseWrap: 'preserve' });
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, made);
  expect(readFileSync(file, 'utf8')).toBe(made);
}

function filled(file: string, page: string, name: string, made: string): string {
  const [before, rest] = page.split(`<!-- ${name} -->`);
  const after = rest?.split(`<!-- end of ${name} -->`)[1];
  if (after === undefined) throw new Error(`${file} has no place for ${name}`);
  return `${before}<!-- ${name} -->\n\n${made}\n\n<!-- end of ${name} -->${after}`;
}
