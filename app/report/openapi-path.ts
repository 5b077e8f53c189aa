/** A path as OpenAPI writes it, and what stands in its braces. */
export interface PathTemplate {
  path: string;
  parameters: PathParameter[];
}
export interface PathParameter {
  name: string;
  /** What it has to match, where the route says so. */
  pattern: string | null;
  /** It takes further segments too, which OpenAPI has no word for. */
  wildcard: boolean;
}

type Part = string | PathParameter;
/** `:id`, `:id(\d+)`, `:id{[0-9]+}`, `*`, `**`, `*rest`, `{*rest}`, and what follows them. */
const PARAMETER = /:(\w+)(?:\(([^()]*)\)|\{([^{}]*)\})?([?*+])?|\{\*(\w+)\}|\*{1,2}(\w+)?/g;
/** What may stand in a path between its parameters; anything else is a pattern, or the beginning of a query. */
const LITERAL = /^(?:[A-Za-z0-9._~!$&',;=:@-]|%[0-9A-Fa-f]{2})*$/;

/**
 * The paths of OpenAPI that a route answers: two where a parameter may be left out. Null where they cannot be written down,
 * as where the route is a pattern.
 */
export function templatesOf(route: string): PathTemplate[] | null {
  if (route !== '*' && !route.startsWith('/')) return null;
  let all: Part[][][] = [[]];
  for (const segment of route.replace(/^\//, '').split('/')) {
    const read = partsOf(segment);
    if (read === null) return null;
    const taken = all.map((segments) => [...segments, read.parts]);
    all = read.optional ? [...all, ...taken] : taken;
  }
  return all.map(templateOf);
}

function partsOf(segment: string): { parts: Part[]; optional: boolean } | null {
  const parts: Part[] = [];
  let from = 0;
  let optional = false;
  for (const found of segment.matchAll(PARAMETER)) {
    const [text, name, inParentheses, inBraces, modifier = '', braced, splat] = found;
    parts.push(segment.slice(from, found.index));
    from = found.index + text.length;
    const pattern = inParentheses ?? inBraces ?? null;
    parts.push({
      name: name ?? braced ?? splat ?? 'wildcard',
      pattern: pattern !== null && isPattern(pattern) ? `^(?:${pattern})$` : null,
      wildcard: name === undefined || modifier === '*' || modifier === '+',
    });
    // Only what is a segment of its own can be left out with its slash.
    if (modifier === '?' || modifier === '*') {
      if (text.length !== segment.length) return null;
      optional = true;
    }
  }
  parts.push(segment.slice(from));
  if (parts.some((part) => typeof part === 'string' && !LITERAL.test(part))) return null;
  return { parts, optional };
}

function templateOf(segments: readonly Part[][]): PathTemplate {
  const parameters: PathParameter[] = [];
  const write = (part: Part): string => {
    if (typeof part === 'string') return part;
    const name = unlike(part.name, (taken) => parameters.some((each) => each.name === taken));
    parameters.push({ ...part, name });
    return `{${name}}`;
  };
  return { path: `/${segments.map((parts) => parts.map(write).join('')).join('/')}`, parameters };
}

/** A name that is not taken yet: `id`, `id2`, … */
export function unlike(name: string, isTaken: (name: string) => boolean): string {
  for (let n = 1; ; n++) {
    const tried = n === 1 ? name : `${name}${n}`;
    if (!isTaken(tried)) return tried;
  }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u').source !== '';
  } catch {
    return false;
  }
}
