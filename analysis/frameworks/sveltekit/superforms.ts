import type { Source } from '../../wiring/fact.js';
import type { LibraryModel, Operation } from '../../wiring/library.js';
import { optionIn, promise, record, sourcesOf, unknown, type Value } from '../../wiring/value.js';
import { FETCH_REQUEST, FORM_DATA, makeFetchResponse } from '../web/fetch-api.js';
import { fitting } from '../web/input-validation.js';
import { isRequestEvent } from './sveltekit-event.js';

/** What of a request it is filled with; nothing where it is filled with what the program has, or is empty. */
function filledFrom(given: Value): readonly Source[] {
  const isSent =
    given.k === 'native' &&
    (given.type === FETCH_REQUEST || given.type === FORM_DATA || isRequestEvent(given));
  return isSent ? ['body'] : sourcesOf(given);
}
/** `superValidate(request, adapter)`: what was sent, and whether it fits; `superValidate(row, adapter)`: a form to be shown. */
const superValidate: Operation = (it, args, site) => {
  const given = args.length > 1 ? args[0]! : null;
  const sources = given ? filledFrom(given) : [];
  const isSent = sources.some((s) => s === 'body' || s.startsWith('body.'));
  const fits = isSent ? [fitting(it, 'sveltekit-superforms', sources, site)] : [];
  return promise(
    record(
      [
        ['valid', { k: 'test', whenTrue: fits, whenFalse: [], sources: [] }],
        ['data', given?.k === 'record' && !isSent ? given : unknown(sources)],
      ],
      unknown(sources),
    ),
  );
};
/** They answer with the form, and with the status that they are given: by itself, `setError` refuses. */
const answered =
  (at: number, fallback: number): Operation =>
  (it, args) =>
    makeFetchResponse(it, args[0], optionIn(args[at], 'status'), fallback);
const CALLS: Readonly<Record<string, Operation>> = {
  superValidate,
  message: answered(2, 200),
  setMessage: answered(2, 200),
  // The field may be left out: `setError(form, 'no', { status })`.
  setError: (it, args) => makeFetchResponse(it, args[0], optionIn(args.at(-1), 'status'), 400),
};

/** https://superforms.rocks/api */
export const superforms: LibraryModel = {
  name: 'superforms',
  packages: ['sveltekit-superforms'],
  calls: Object.fromEntries(
    Object.entries(CALLS).flatMap(([name, operation]) => [
      [name, operation],
      [`/server.${name}`, operation],
    ]),
  ),
};
