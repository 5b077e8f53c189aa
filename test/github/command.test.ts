import { ownersIn } from '../../app/github/answers/code-owners.js';
import { commandsIn, subjectIn } from '../../app/github/answers/command.js';

const ID = '02dcb492768e75ae241a';
const SUBJECTS = [
  { id: ID, names: [] },
  { id: '02dcb4ffffffffffffff', names: [] },
  { id: 'server: http GET /a', names: ['GET /a'] },
  { id: 'server: http GET /a b', names: ['GET /a b'] },
  { id: 'admin: http GET /twice', names: ['GET /twice'] },
  { id: 'shop: http GET /twice', names: ['GET /twice'] },
];

test.each<[string, string[]]>([
  ['/postern rescan', ['rescan']],
  ['Hm.\r\n  /postern  Accept x y  \r\n/postern', ['accept x y', '?']],
  ['/POSTERN do this', ['?this']],
  ['please /postern rescan', []],
  ['> /postern rescan', []],
  ['    /postern rescan', []],
  ['/posternrescan', []],
  ['```\n/postern rescan\n```\n/postern explain', ['explain']],
  ['', []],
])('the commands of %j', (text, expected) => {
  const shown = commandsIn(text).map(({ verb, rest }) => (verb ? `${verb} ${rest}`.trim() : `?${rest}`));
  expect(shown).toEqual(expected);
});

test.each<[string, string, string]>([
  [`${ID} the reason`, ID, 'the reason'],
  ['02dcb492 the reason', ID, 'the reason'],
  ['`02dcb492` the reason', ID, 'the reason'],
  ['02dcb4 the reason', '', 'ambiguous'],
  ['02dc the reason', '', 'unknown'],
  ['GET /a b is the longer', 'server: http GET /a b', 'is the longer'],
  ['GET /a', 'server: http GET /a', ''],
  ['"server: http GET /a" b', 'server: http GET /a', 'b'],
  ['GET /twice x', '', 'ambiguous'],
  ['', '', 'none'],
])('%j is about', (text, subject, rest) => {
  const named = subjectIn(text, SUBJECTS);
  expect(named).toEqual(subject === '' ? { problem: rest } : { subject, rest });
});

test.each<[string, string[]]>([
  ['* @ada', ['@ada']],
  ['/.github/ @ada @acme/board # both', ['@ada', '@acme/board']],
  ['.github/* @ada', ['@ada']],
  ['.github @ada', ['@ada']],
  ['*.yml @ada', ['@ada']],
  ['postern.yml @ada', ['@ada']],
  ['/postern.yml @ada', []],
  ['github/ @ada', []],
  ['*.yaml @ada', []],
  ['* @ada\n.github/postern.yml', []],
  ['# .github/ @ada\n!.github/ @bo\n', []],
  ['* @ada\ndocs/ @bo', ['@ada']],
  ['.github/** bo@example.org', ['bo@example.org']],
])('%j gives .github/postern.yml to', (text, owners) => {
  expect(ownersIn(text, '.github/postern.yml')).toEqual(owners);
});
