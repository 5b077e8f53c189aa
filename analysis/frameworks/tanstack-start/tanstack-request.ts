import { noteCookie } from '../../wiring/cookies.js';
import type { Operation } from '../../wiring/library.js';
import { promise, textOf, UNDEFINED, unknown } from '../../wiring/value.js';
import { COOKIES, makeFetchRequest } from '../web/fetch-api.js';
import { HEADERS } from '../web/web-request.js';

const header: Operation = (it, [name], site) =>
  HEADERS.get!(it, it.native(HEADERS, null), (name && textOf(name)) ?? '*', site)!;
const request: Operation = (it) => makeFetchRequest(it, { method: null, path: null });
/** What `@tanstack/react-start/server` reads of the request and sets on the response, by name. */
export const REQUEST: Readonly<Record<string, Operation>> = {
  getRequest: request,
  getWebRequest: request,
  getRequestHeaders: (it) => it.native(HEADERS, null),
  getHeaders: (it) => it.native(HEADERS, null),
  getRequestHeader: header,
  getHeader: header,
  getCookie: () => unknown(['credential']),
  getCookies: (it) => it.native(COOKIES, null),
  getRequestIP: () => unknown(['request.ip']),
  setResponseStatus: () => UNDEFINED,
  setResponseHeader: () => UNDEFINED,
  setCookie: (it, [name, value, options], site) => {
    noteCookie(it, { name, value, options }, site);
    return UNDEFINED;
  },
  deleteCookie: () => UNDEFINED,
  useSession: () => promise(unknown(['session'])),
  getSession: () => promise(unknown(['session'])),
};
