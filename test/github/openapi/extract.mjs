// node test/github/openapi/extract.mjs [VERSION]
//
// Writes requests.json: what GitHub's OpenAPI description says of requests that an App may come to send. The description is
// the package @octokit/openapi, whose 400 MB are unpacked nowhere: it is fetched by npm, and one file of it is read.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@octokit/openapi';
const VERSION = process.argv[2] ?? '23.0.2';
const FILE = 'package/generated/api.github.com.json';

const REPOSITORY = '/repos/{owner}/{repo}';
/** Places of the API by the beginning of their path; a trailing `$` is its end. */
const PLACES = [
  '/app$',
  '/app/',
  '/app-manifests/',
  '/applications/{client_id}/token$',
  '/installation/',
  '/orgs/{org}/members/{username}$',
  '/orgs/{org}/teams/{team_slug}/members',
  '/orgs/{org}/teams/{team_slug}/memberships',
  '/rate_limit$',
  '/user$',
  '/users/{username}$',
  `${REPOSITORY}$`,
  ...['branches', 'check-runs', 'check-suites', 'collaborators', 'commits', 'compare', 'contents'].map(
    (place) => `${REPOSITORY}/${place}`,
  ),
  `${REPOSITORY}/code-scanning/sarifs`,
  ...['git/ref', 'installation', 'issues', 'pulls', 'statuses'].map((place) => `${REPOSITORY}/${place}`),
];
const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
/** What says nothing about which requests are right. */
const WORDS = new Set(['description', 'example', 'examples', 'externalDocs', 'title', 'deprecated']);

const description = download();
const schemas = {};
const operations = [];
for (const [path, item] of Object.entries(description.paths)) {
  if (!PLACES.some((place) => `${path}$`.startsWith(place))) continue;
  for (const method of METHODS) if (item[method]) operations.push(operation(method, path, item[method]));
}
const found = {
  source: `${PACKAGE} ${VERSION}, ${FILE}`,
  version: description.info.version,
  operations,
  schemas: Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1))),
};
writeFileSync(fileURLToPath(new URL('./requests.json', import.meta.url)), `${JSON.stringify(found)}\n`);
process.stdout.write(`${operations.length} operations, ${Object.keys(schemas).length} schemas\n`);

function download() {
  const folder = mkdtempSync(join(tmpdir(), 'postern-openapi-'));
  try {
    const args = ['pack', `${PACKAGE}@${VERSION}`, '--silent', '--pack-destination', folder];
    const name = execFileSync('npm', args, { encoding: 'utf8' }).trim();
    const text = execFileSync('tar', ['-xzOf', join(folder, name), FILE], { maxBuffer: 1 << 28 });
    return JSON.parse(text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function operation(method, path, { operationId, parameters = [], requestBody }) {
  const body = requestBody && resolve(requestBody);
  const json = body?.content['application/json']?.schema;
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    parameters: parameters
      .map(resolve)
      .filter(({ in: where }) => where !== 'header')
      .map(({ name, in: where, required = false, schema }) => ({
        name,
        in: where,
        required,
        schema: plain(schema),
      })),
    body: json ? { required: body.required ?? false, schema: plain(json) } : null,
  };
}

/** A schema without words, whose references lead to `schemas`. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  if (typeof value.$ref === 'string') {
    const name = value.$ref.replace('#/components/schemas/', '');
    if (!(name in schemas)) {
      schemas[name] = null;
      schemas[name] = plain(resolve(value));
    }
    return { $ref: `#/schemas/${name}` };
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, of]) =>
          !(
            key.startsWith('x-') ||
            (WORDS.has(key) && typeof of !== 'object') ||
            key === 'example' ||
            key === 'examples'
          ),
      )
      .map(([key, of]) => [
        key,
        key === 'properties'
          ? Object.fromEntries(Object.entries(of).map(([name, schema]) => [name, plain(schema)]))
          : plain(of),
      ]),
  );
}

function resolve(value) {
  if (typeof value.$ref !== 'string') return value;
  const found = value.$ref
    .slice('#/'.length)
    .split('/')
    .reduce((at, name) => at[name], description);
  return resolve(found);
}
