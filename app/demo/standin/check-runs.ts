/** A check run as the stand-in keeps it. */
export interface StandInCheckRun {
  id: number;
  repositoryId: number;
  name: string;
  head_sha: string;
  external_id: string | null;
  status: string;
  conclusion: string | null;
  output: { title: string | null; summary: string | null };
  /** Buttons, by what they stand for. */
  actions: string[];
  annotations: Record<string, unknown>[];
  /** Annotations in each request that brought some. */
  batches: number[];
  /** Status and conclusion after each request. */
  history: string[];
}

/** The request is not one that GitHub would accept. */
export class Unprocessable extends Error {}

type Fields = Record<string, unknown>;

const CREATE = [
  'name',
  'head_sha',
  'details_url',
  'external_id',
  'status',
  'started_at',
  'conclusion',
  'completed_at',
  'output',
  'actions',
];
const UPDATE = CREATE.filter((field) => field !== 'head_sha');
const OUTPUT = ['title', 'summary', 'text', 'annotations', 'images'];
const ANNOTATION = [
  'path',
  'start_line',
  'end_line',
  'start_column',
  'end_column',
  'annotation_level',
  'message',
  'title',
  'raw_details',
];
const STATUSES = ['queued', 'in_progress', 'completed'];
const CONCLUSIONS = ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out'];

/** @throws Unprocessable */
export function createCheckRun(id: number, repositoryId: number, body: Fields): StandInCheckRun {
  known('the check run', body, CREATE);
  text('name', body['name'], 255);
  text('head_sha', body['head_sha'], 40);
  const run: StandInCheckRun = {
    id,
    repositoryId,
    name: body['name'] as string,
    head_sha: body['head_sha'] as string,
    external_id: (body['external_id'] as string | undefined) ?? null,
    status: 'queued',
    conclusion: null,
    output: { title: null, summary: null },
    actions: [],
    annotations: [],
    batches: [],
    history: [],
  };
  apply(run, body);
  return run;
}

/** @throws Unprocessable */
export function updateCheckRun(run: StandInCheckRun, body: Fields): void {
  known('the check run', body, UPDATE);
  apply(run, body);
}

function apply(run: StandInCheckRun, body: Fields): void {
  const { status, conclusion, output } = body;
  if (status !== undefined && !STATUSES.includes(status as string))
    throw new Unprocessable(`status ${String(status)}`);
  if (conclusion !== undefined && !CONCLUSIONS.includes(conclusion as string)) {
    throw new Unprocessable(`conclusion ${String(conclusion)}`);
  }
  if (status === 'completed' && conclusion === undefined)
    throw new Unprocessable('completed without a conclusion');
  if (body['actions'] !== undefined) run.actions = (body['actions'] as Fields[]).map(identifierOf);
  if (run.actions.length > 3) throw new Unprocessable('more than three actions');
  if (output !== undefined) applyOutput(run, output as Fields);
  if (conclusion !== undefined) Object.assign(run, { status: 'completed', conclusion });
  else if (status !== undefined) Object.assign(run, { status, conclusion: null });
  run.history.push(run.conclusion ?? run.status);
}

function identifierOf(action: Fields): string {
  known('an action', action, ['label', 'description', 'identifier']);
  text('action.label', action['label'], 20);
  text('action.description', action['description'], 40);
  text('action.identifier', action['identifier'], 20);
  return action['identifier'] as string;
}

function applyOutput(run: StandInCheckRun, output: Fields): void {
  known('output', output, OUTPUT);
  text('output.summary', output['summary'], 65_535);
  text('output.title', output['title'], 255);
  const annotations = (output['annotations'] ?? []) as Fields[];
  if (annotations.length > 50) throw new Unprocessable(`${annotations.length} annotations in one request`);
  for (const annotation of annotations) {
    known('an annotation', annotation, ANNOTATION);
    text('annotation.path', annotation['path'], 4096);
    text('annotation.message', annotation['message'], 65_536);
    if ((annotation['path'] as string).startsWith('/')) throw new Unprocessable('an absolute path');
    if (!['notice', 'warning', 'failure'].includes(annotation['annotation_level'] as string)) {
      throw new Unprocessable('annotation_level');
    }
    for (const field of ['start_line', 'end_line']) {
      if (!Number.isInteger(annotation[field]) || (annotation[field] as number) < 1)
        throw new Unprocessable(field);
    }
  }
  run.output = { title: output['title'] as string, summary: output['summary'] as string };
  run.annotations.push(...annotations);
  if (annotations.length > 0) run.batches.push(annotations.length);
}

export function known(what: string, fields: Fields, allowed: readonly string[]): void {
  const strange = Object.keys(fields).filter((field) => !allowed.includes(field));
  if (strange.length > 0) throw new Unprocessable(`${what} has no ${strange.join(', ')}`);
}

export function text(what: string, value: unknown, max: number): void {
  if (typeof value !== 'string' || value === '' || value.length > max) {
    throw new Unprocessable(`${what} must be text of 1 to ${max} characters`);
  }
}
