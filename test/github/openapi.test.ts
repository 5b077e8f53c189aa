import { expectAsDescribed, objectionsTo } from './openapi/requests.js';

const SHA = 'a'.repeat(40);
const CREATE = { name: 'Postern', head_sha: SHA, status: 'in_progress' };

function request(method: string, address: string, body?: object) {
  const [path = '', query = ''] = address.split('?');
  return { method, path, query, body: body ? JSON.stringify(body) : '', status: 200 };
}

test.each([
  request('POST', '/repos/o/r/check-runs', CREATE),
  request('GET', `/repos/o/r/commits/${SHA}/check-runs?check_name=Postern&filter=all&per_page=100`),
  request('GET', '/repos/o/r/contents/.github%2Fpostern.yml'),
  request('GET', '/repos/o/r/pulls/1/comments?per_page=100&page=2'),
  request('PATCH', '/repos/o/r/pulls/comments/7', { body: 'Fixed' }),
  request('POST', '/app/installations/5/access_tokens'),
])('a request as GitHub describes it is let pass: %#', (asked) => {
  expect(objectionsTo(asked)).toEqual([]);
});

const annotation = { path: 'a', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'no' };
test.each([
  ['a field that there is not', request('POST', '/repos/o/r/check-runs', { ...CREATE, sha: SHA }), 'sha'],
  ['a field that is missing', request('POST', '/repos/o/r/check-runs', { name: 'Postern' }), 'head_sha'],
  [
    'another value than there are',
    request('PATCH', '/repos/o/r/check-runs/1', { status: 'completed', conclusion: 'red' }),
    '/conclusion must be equal to one of the allowed values',
  ],
  [
    'a title that is missing',
    request('POST', '/repos/o/r/check-runs', { ...CREATE, output: { summary: 's' } }),
    'body/output must have required property',
  ],
  [
    'too many annotations',
    request('PATCH', '/repos/o/r/check-runs/1', {
      output: { summary: 's', annotations: Array.from({ length: 51 }, () => annotation) },
    }),
    'must NOT have more than 50 items',
  ],
  [
    'a field inside that there is not',
    request('POST', '/repos/o/r/pulls/1/reviews', { comments: [{ path: 'a', body: 'b', lines: 1 }] }),
    '/comments/0',
  ],
  ['a number that is none', request('PATCH', '/repos/o/r/check-runs/one', {}), '/check_run_id'],
  ['a word in the query', request('GET', `/repos/o/r/commits/${SHA}/check-runs?filter=some`), '/filter'],
  ['a query that there is not', request('GET', '/repos/o/r/pulls/1/comments?size=5'), 'size'],
  ['a place that there is not', request('GET', '/repos/o/r/check-run/1'), 'no operation of GitHub'],
])('%s is objected to', (_, asked, what) => {
  expect(objectionsTo(asked).join('\n')).toContain(what);
  expect(() => expectAsDescribed([asked])).toThrow(`${asked.method} ${asked.path}`);
});
