import type { Protection } from '../../analysis/model/model.js';
import { visible } from './escape.js';
import { templatesOf, unlike, type PathTemplate } from './openapi-path.js';
import type { Report, ReportedEntryPoint, ReportedFinding } from './report.js';
import { triggerName } from './wording.js';

/** Methods that a path of OpenAPI 3.1 may have. */
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
/** What a route for any method is written down as. */
const ANY = ['get', 'put', 'post', 'delete', 'patch'];
const OVER_HTTP = ['http', 'sse', 'webhook'];

/** Protections for which OpenAPI has a word: the caller presents something. */
const SCHEMES = {
  authentication: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description:
      'The caller has to be known. How they show it is not seen in the code by Postern: replace type and name.',
  },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'Signature',
    description:
      'The request has to be signed. Where the signature stands is not seen: replace type and name.',
  },
} as const satisfies Partial<Record<Protection, object>>;

type Json = Record<string, unknown>;
interface PathItem {
  parameters: object[];
  operations: Map<string, Json>;
}

/**
 * The entry points over HTTP of a scan as OpenAPI 3.1: paths, and what each operation demands. What OpenAPI has no word for
 * stands under `x-postern-…`, entry points of other transports among it, so that nothing that is there is left out.
 */
export function toOpenApi(report: Report): string {
  const paths = new Paths();
  const others: Json[] = [];
  const findings = grouped(openFindings(report));
  for (const entryPoint of bySpecificMethod(report.entryPoints)) {
    const operation = operationOf(entryPoint, findings.get(entryPoint.id) ?? []);
    const why = paths.add(entryPoint, operation);
    if (why !== null)
      others.push({ ...operation, 'x-postern-why': why, 'x-postern-trigger': trigger(entryPoint) });
  }
  const programs = [...new Set(report.entryPoints.map((e) => e.program))].sort();
  const document = {
    openapi: '3.1.0',
    info: {
      title: visible(programs.join(', ')) || 'No entry points',
      version: report.head?.slice(0, 12) ?? 'work tree',
      description:
        'Paths, and what stands in front of them, as Postern reads them from the code. Bodies and answers are not described.',
    },
    ...(programs.length > 1 ? { tags: programs.map((name) => ({ name: visible(name) })) } : {}),
    paths: paths.toJson(),
    components: { securitySchemes: SCHEMES },
    'x-postern-status': report.status,
    'x-postern-gaps': report.gaps.map(({ reason, file, line }) => ({
      reason: visible(reason),
      file: visible(file),
      line,
    })),
    'x-postern-not-looked-at': report.notLookedAt,
    'x-postern-entry-points': others,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Paths that differ in the names of their parameters only are one for OpenAPI; the first one names them. */
class Paths {
  private readonly items = new Map<string, PathItem>();
  private readonly shapes = new Map<string, string>();
  private readonly ids = new Set<string>();

  /** Null, or why an entry point cannot stand here. */
  add(entryPoint: ReportedEntryPoint, operation: Json): string | null {
    const { kind, method, path } = entryPoint;
    if (kind === null || !OVER_HTTP.includes(kind))
      return 'it is not reached by a request over HTTP of its own';
    if (path === null) return 'its path is not known';
    const templates = templatesOf(path);
    if (templates === null) return 'its path is a pattern';
    const methods = method === 'ALL' ? ANY : [String(method).toLowerCase()];
    if (!methods.every((each) => METHODS.includes(each))) return 'OpenAPI has no such method';
    let placed = 0;
    for (const template of templates) {
      const item = this.itemOf(template);
      for (const each of methods) {
        if (item.operations.has(each)) continue;
        const id = unlike(operationName(each, template.path), (name) => this.ids.has(name));
        this.ids.add(id);
        item.operations.set(each, { operationId: id, ...operation });
        placed++;
      }
    }
    return placed > 0 ? null : 'another entry point stands at the same method and path';
  }

  private itemOf({ path, parameters }: PathTemplate): PathItem {
    const shape = path.replace(/\{\w+\}/g, '{}');
    const known = this.items.get(this.shapes.get(shape) ?? '');
    if (known) return known;
    const item: PathItem = {
      parameters: parameters.map(({ name, pattern, wildcard }) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string', ...(pattern === null ? {} : { pattern }) },
        ...(wildcard ? { 'x-postern-wildcard': true } : {}),
      })),
      operations: new Map(),
    };
    this.shapes.set(shape, path);
    this.items.set(path, item);
    return item;
  }

  toJson(): Json {
    const sorted = [...this.items].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      sorted.map(([path, { parameters, operations }]) => [
        path,
        {
          ...(parameters.length > 0 ? { parameters } : {}),
          ...Object.fromEntries(METHODS.flatMap((m) => (operations.has(m) ? [[m, operations.get(m)]] : []))),
        },
      ]),
    );
  }
}

function operationOf(entryPoint: ReportedEntryPoint, findings: readonly ReportedFinding[]): Json {
  const { protections, unknown, assumed = [], effects, chain, handler } = entryPoint;
  const text = (place: { file: string; line: number }): string => visible(`${place.file}:${place.line}`);
  const optional: Json = {
    'x-postern-unknown': unknown,
    'x-postern-assumed': assumed.map(({ protection, by }) => ({ protection, by: visible(by) })),
    'x-postern-guards': chain.map((link) => ({
      name: visible(link.name),
      protections: [...link.protections, ...(link.assumes ?? [])],
      ...(link.arguments.length > 0 ? { arguments: link.arguments.map(visible) } : {}),
      ...(link.unless === null ? {} : { unless: visible(link.unless) }),
      source: text(link),
    })),
    'x-postern-effects': effects.map(({ effect, target }) => visible(`${effect} ${target}`)),
    'x-postern-findings': findings.map((finding) => ({
      id: finding.id,
      rule: finding.rule,
      level: finding.level,
      missing: finding.missing,
      message: visible(finding.message),
    })),
  };
  return {
    tags: [visible(entryPoint.program)],
    ...securityOf(entryPoint),
    responses:
      entryPoint.kind === 'sse'
        ? { 200: { description: 'A stream of events.', content: { 'text/event-stream': {} } } }
        : { default: { description: 'Not described.' } },
    'x-postern-id': visible(entryPoint.id),
    ...(entryPoint.path === null ? {} : { 'x-postern-path': visible(entryPoint.path) }),
    ...(entryPoint.method === 'ALL' ? { 'x-postern-any-method': true } : {}),
    'x-postern-protections': protections,
    ...(entryPoint.public === null ? {} : { 'x-postern-public': visible(entryPoint.public) }),
    ...Object.fromEntries(Object.entries(optional).filter(([, list]) => (list as unknown[]).length > 0)),
    'x-postern-framework': entryPoint.framework,
    'x-postern-source': text(entryPoint),
    ...(handler ? { 'x-postern-handler': text(handler) } : {}),
  };
}

/** All of what the caller has to present; an empty list says that nothing is. Where nobody knows, nothing is said. */
function securityOf({ protections, unknown, assumed = [] }: ReportedEntryPoint): Json {
  const schemes = Object.keys(SCHEMES) as (keyof typeof SCHEMES)[];
  const has = schemes.filter(
    (name) => protections.includes(name) || assumed.some((a) => a.protection === name),
  );
  if (has.length > 0) return { security: [Object.fromEntries(has.map((name) => [name, []]))] };
  return schemes.some((name) => unknown.includes(name)) ? {} : { security: [] };
}

/** What is registered for one method answers before what is for any, as far as a document can say. */
const bySpecificMethod = (entryPoints: readonly ReportedEntryPoint[]): ReportedEntryPoint[] =>
  entryPoints.toSorted((a, b) => Number(a.method === 'ALL') - Number(b.method === 'ALL'));

const openFindings = ({ findings }: Report): ReportedFinding[] =>
  findings.filter(({ status }) => status !== 'waived' && status !== 'resolved');

/** `postLoansByIdExtend` */
function operationName(method: string, path: string): string {
  const words = path.split('/').flatMap((segment) => {
    const parts = segment.match(/\{\w+\}|[A-Za-z0-9]+/g) ?? [];
    return parts.map((part) => (part.startsWith('{') ? `by-${part.slice(1, -1)}` : part));
  });
  const camel = words.join('-').replace(/(?:^|[-_]+)(\w)/g, (_, letter: string) => letter.toUpperCase());
  return `${method}${camel || 'Root'}`;
}

function trigger(entryPoint: ReportedEntryPoint): Json {
  const { kind, method, path, name } = entryPoint;
  const shown = (text: string | null): string | null => text && visible(text);
  return { kind, method, path: shown(path), name: shown(name), shown: visible(triggerName(entryPoint)) };
}

function grouped(findings: readonly ReportedFinding[]): Map<string | null, ReportedFinding[]> {
  const found = new Map<string | null, ReportedFinding[]>();
  for (const finding of findings)
    found.set(finding.entryPoint, [...(found.get(finding.entryPoint) ?? []), finding]);
  return found;
}
