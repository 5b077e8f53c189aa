import fc from 'fast-check';
import { cell, code, markdown, visible } from '../../app/report/escape.js';

test('deceptive characters are shown for what they are', () => {
  expect(visible('a\u001b[31mb\u202ec\u200bd\r\ne\u{e0041}')).toBe(
    'a\\u{1b}[31mb\\u{202e}c\\u{200b}d\\u{d}\\u{a}e\\u{e0041}',
  );
  expect(visible('naïve – ünï 日本 👩 "quoted"')).toBe('naïve – ünï 日本 👩 "quoted"');
});

test('what would be markup, a mention, a reference or a link is text', () => {
  const zwsp = '\u200b';
  expect(markdown('<img src=x onerror=y> & **b** _i_ [l](http://x) @team/x #12 GH-7 www.x.org ![i](u)')).toBe(
    `&lt;img src=x onerror=y&gt; &amp; \\*\\*b\\*\\* \\_i\\_ \\[l\\]\\(http:${zwsp}//x\\) @${zwsp}team/x \\#${zwsp}12 GH-${zwsp}7 www${zwsp}.x.org \\!\\[i\\]\\(u\\)`,
  );
  expect(markdown('- item')).toBe('\\- item');
  expect(markdown('1. item')).toBe(`1${zwsp}. item`);
});

test('names in backticks stay code; unpaired ones are text', () => {
  expect(markdown('require `requireAuth`, not `')).toBe('require `requireAuth`, not \\`');
  expect(markdown('`@me <b>`')).toBe('`@me <b>`');
});

test('code cannot be left', () => {
  expect(code('a`b')).toBe('``a`b``');
  expect(code('`')).toBe('`` ` ``');
  expect(code('x\n# y')).toBe('`x\\u{a}# y`');
  expect(cell(code('a|b'))).toBe('`a\\|b`');
  expect(cell(markdown('a|b'))).toBe('a\\|b');
});

test('whatever the text, no control character, no bare bracket and no mention is left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const prose = markdown(text).replace(/`[^`]*`/g, '');
      expect(prose).not.toMatch(/[\p{Cc}\u202a-\u202e]|<|>|@\w|(?<!\\)[[\]]|(?<!\\)`/u);
      expect(code(text)).not.toMatch(/[\r\n]/);
    }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('`', '|', '@a', '<b>', '\\', ' ', 'x', '\n'), { maxLength: 12 }),
      (parts) => {
        const span = code(parts.join(''));
        const fence = /^`+/.exec(span)![0];
        const inner = span.slice(fence.length, -fence.length);
        expect([...inner.matchAll(/`+/g)].every(([run]) => run.length < fence.length)).toBe(true);
        expect(cell(span)).not.toMatch(/(?<!\\)\|/);
      },
    ),
  );
});
