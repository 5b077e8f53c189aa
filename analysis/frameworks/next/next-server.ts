import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryType, Operation } from '../../wiring/library.js';
import { literal, promise, UNDEFINED, unknown, type Native, type Value } from '../../wiring/value.js';
import {
  COOKIES,
  FETCH_RESPONSE,
  makeFetchRequest,
  makeFetchResponse,
  redirect as respondElsewhere,
  respond,
} from '../web/fetch-api.js';
import { leave } from '../web/leaving.js';
import { HEADERS } from '../web/web-request.js';

/** `NextResponse.next()`, `.rewrite(…)`: the request goes on. */
const CONTINUE: LibraryType = { ...FETCH_RESPONSE, name: 'continue', answer: () => null };
export const goesOn = (value: Value): boolean =>
  value.k === 'promise' ? goesOn(value.value) : value.k !== 'native' || value.type.answer?.(value) == null;
export const makeContinue: Operation = (it) => it.native(CONTINUE, { status: null });

const nothing: Operation = () => UNDEFINED;
/** What `next/server`, `next/headers`, `next/navigation` and `next/cache` export. */
const EXPORTS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  server: {
    NextResponse: respond,
    'NextResponse.json': respond,
    'NextResponse.redirect': respondElsewhere,
    'NextResponse.rewrite': makeContinue,
    'NextResponse.next': makeContinue,
    'NextResponse.error': (it) => makeFetchResponse(it, undefined, literal(500)),
    NextRequest: (it) => makeFetchRequest(it, { method: null, path: null }),
    after: (it, args, site) => {
      it.handToUnknown(args, [], site);
      return UNDEFINED;
    },
    connection: () => promise(UNDEFINED),
  },
  headers: {
    cookies: (it) => it.native(COOKIES, null),
    headers: (it) => it.native(HEADERS, null),
    draftMode: () => unknown(['session.draft']),
  },
  navigation: {
    redirect: leave(307),
    permanentRedirect: leave(308),
    notFound: leave(404),
    forbidden: leave(403),
    unauthorized: leave(401),
    unstable_rethrow: nothing,
  },
  cache: {
    unstable_cache: (_it, [fn]) => fn ?? UNDEFINED,
    unstable_noStore: nothing,
    revalidatePath: nothing,
    revalidateTag: nothing,
    updateTag: nothing,
    refresh: nothing,
    cacheLife: nothing,
    cacheTag: nothing,
  },
};
export const SERVER_CALLS: Readonly<Record<string, Operation>> = Object.fromEntries(
  Object.entries(EXPORTS).flatMap(([module, operations]) =>
    Object.entries(operations).flatMap(([name, operation]) =>
      [`/${module}`, `/${module}.js`].map((from) => [`${from}.${name}`, operation]),
    ),
  ),
);
/** The request that a handler of this method and path gets. */
export const nextRequest = (it: Evaluator, method: string | null, path: string | null): Native =>
  makeFetchRequest(it, { method, path });
