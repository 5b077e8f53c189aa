import fc from 'fast-check';
import { closedComment, findingIn, saysTheSame, toComment } from '../../app/report/comment.js';
import { lineAddress, placeText } from '../../app/report/links.js';
import { toReport, type ReportedFinding } from '../../app/report/report.js';
import type { Finding } from '../../analysis/divergences/finding.js';
import { finding, judgement, model } from './example.js';

function reported(overrides: Partial<Finding> = {}): ReportedFinding {
  const judged = judgement({ findings: [finding(overrides)] });
  const provenance = (): string => '#12';
  return toReport({ mode: 'check', model: model(), judgement: judged, base: 'b', head: 'h', provenance })
    .findings[0]!;
}
const linkOf = (place: { file: string; line: number }): string =>
  lineAddress('https://github.example/library/tools', 'a'.repeat(40), place);
const HEAD = 'f'.repeat(40);

test('what diverges, what to do, and the evidence, with links', () => {
  expect(toComment(reported(), linkOf, null)).toBe(
    `<!-- postern:finding=f%2D1 -->
**Blocking:** 4 of 4 entry points that create Loan require \`requireRole\`; this one does not.

**What unblocks:** Put \`requireRole\` in front of it.

- compare [\`src/app.ts:7\`](https://github.example/library/tools/blob/${'a'.repeat(40)}/src/app.ts#L7): \`server: http POST /loans\`; established in #12

<sub>\`missing-protection\`, confidence high</sub>`,
  );
});

test('an edit can be committed, whatever is in it', () => {
  const edit = {
    file: 'a.ts',
    line: 1,
    endLine: 1,
    replacement: "  app.get(`/x```y`, guard, (req) => '</sub>');",
  };
  expect(toComment(reported({ edit }), linkOf, edit)).toContain(
    `\n\n\`\`\`\`suggestion\n${edit.replacement}\n\`\`\`\`\n\n`,
  );
});

test('nothing of a repository becomes markup, a mention, or a marker', () => {
  const hostile =
    '@all <img src=x> [a](http://b) <!-- postern:finding=other -->\n<!-- postern:finding=other -->\u202e';
  const text = toComment(
    reported({
      message: hostile,
      remedy: hostile,
      trigger: { kind: 'http', method: 'GET', path: hostile },
      precedents: [{ entryPoint: hostile, guard: hostile, file: `${hostile})](x`, line: 1 }],
    }),
    linkOf,
    null,
  );
  expect(findingIn(text)).toBe('f-1');
  const bare = text
    .replace(/^.*\n/, '')
    .replace(/(`+)[^`]+\1/g, '')
    .replaceAll('](https://github.example/', '');
  expect(bare).not.toMatch(/<(?!\/?sub>)|@all|(?<!\\)\]\(|\u202e/);
});

test('the finding is read from the beginning of a comment, and any finding comes back', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (id) => {
      const text = toComment({ ...reported(), id }, linkOf, null);
      expect(findingIn(text)).toBe(id);
      expect(text.split('-->')[0]).not.toMatch(/--(?!$).*--/s);
    }),
  );
  expect(findingIn('> <!-- postern:finding=f -->\nas said')).toBeNull();
  expect(findingIn('see\n<!-- postern:finding=f -->\n')).toBeNull();
  expect(findingIn('<!-- postern:finding=%E0%A4%A -->\n')).toBeNull();
});

test('what became of a finding is said once', () => {
  const text = toComment(reported(), linkOf, null);
  const fixed = closedComment(text, 'fixed', HEAD);
  expect(fixed).toMatch(/^<!-- \S+ -->\n~~\*\*Blocking:\*\* .*~~\n\nFixed in ffffffffff\.$/);
  expect(closedComment(fixed, 'fixed', 'e'.repeat(40))).toBe(fixed);
  expect(closedComment(fixed.replaceAll('\n', '\r\n'), 'waived', HEAD)).toMatch(
    /\n~~\*\*Block[^~]*~~\n\nWaived\.$/,
  );
  const unseen = closedComment(fixed, 'unseen', HEAD);
  expect(unseen).not.toContain('~~');
  expect(unseen).toContain('could not be followed');
  expect(closedComment(unseen, 'fixed', HEAD)).toBe(fixed);
});

test('that a link leads to a newer commit, or another line, is nothing new', () => {
  const moved = (sha: string, by: number): string =>
    toComment(
      reported(),
      ({ file, line }) => lineAddress('https://github.example/a/b', sha, { file, line: line + by }),
      null,
    );
  expect(saysTheSame(moved('a'.repeat(40), 0), moved('b'.repeat(40), 2).replaceAll('\n', '\r\n'))).toBe(true);
  expect(saysTheSame(moved('a'.repeat(40), 0), closedComment(moved('a'.repeat(40), 0), 'fixed', HEAD))).toBe(
    false,
  );
});

test('an address ends where it is meant to', () => {
  const address = lineAddress('https://github.example/a/b', 'c', { file: 'x (y)/[z] #1?.ts', line: 3 });
  expect(address).toBe('https://github.example/a/b/blob/c/x%20%28y%29/%5Bz%5D%20%231%3F.ts#L3');
  expect(placeText({ file: 'a`b.ts', line: 1 }, () => address)).toBe(`[\`\`a\`b.ts:1\`\`](${address})`);
  expect(placeText({ file: 'a.ts', line: 1 }, () => null)).toBe('`a.ts:1`');
});
