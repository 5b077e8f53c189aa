import type { Evaluator } from '../../wiring/evaluator.js';
import type { LibraryModel } from '../../wiring/library.js';
import { ownSite } from '../../wiring/own-site.js';
import type { AppliedLink } from '../../wiring/recorder.js';
import { UNKNOWN, type Native, type Site, type Value } from '../../wiring/value.js';
import { denoServers } from '../runtimes/deno.js';
import { observeFetch } from '../web/fetch-handlers.js';

const FUNCTION = /(?:^|\/)supabase\/functions\/([^_/.][^/]*)\//;
const CONFIG = /(?:^|\/)supabase\/config\.toml$/;

/** Functions that the configuration says let callers in without a token. */
const open = (it: Evaluator): Set<string> => it.stateOf<Set<string>>('supabase-open', () => new Set());
/** `[functions.name]`, then `verify_jwt = false`. https://supabase.com/docs/guides/functions/function-configuration */
function opened(text: string): string[] {
  return [...text.matchAll(/^\s*\[functions\.["']?([\w-]+)["']?\]([^[]*)/gm)].flatMap(([, name, body]) =>
    /^\s*verify_jwt\s*=\s*false/m.test(body!) ? [name!] : [],
  );
}
/** Any token of the project passes it, and the public key that every page carries is one: it says of nobody who calls. */
const gateway = (it: Evaluator, site: Site): AppliedLink => ({
  name: 'verify_jwt',
  arguments: [],
  place: it.place(site),
  definition: null,
  facts: [],
  opaque: false,
});
function observe(it: Evaluator, name: string, handler: Value, site: Site): void {
  const path = `/functions/v1/${name}`;
  const at = ownSite(handler, site);
  observeFetch(it, {
    framework: 'supabase-functions',
    handler,
    site: at,
    path,
    args: (request: Native) => [request, UNKNOWN],
    // A function sees its own name at the start of the path.
    triggerOf: (found, method) => ({
      kind: 'http',
      method,
      path: found.startsWith('/functions/')
        ? found
        : `/functions/v1${found.startsWith(`/${name}`) ? '' : `/${name}`}${found}`,
    }),
    *chain() {
      if (!open(it).has(name)) yield gateway(it, at);
    },
  });
}

/** Edge Functions of Supabase. https://supabase.com/docs/guides/functions */
export const supabaseFunctions: LibraryModel = {
  name: 'supabase-functions',
  packages: [],
  onlyByConvention: true,
  about: {
    title: 'Supabase Edge Functions',
    registers:
      '`Deno.serve` and `serve` in `supabase/functions/<name>/`, by the methods and paths that the handler compares with',
    guards:
      'tests in the handler; that the gateway asks for a token (`verify_jwt`) is shown, and is no authentication: the public key of an application passes',
    answers: 'a returned `Response`, a throw',
    limits: 'flags of `supabase functions deploy`',
  },
  calls: {},
  isEntry: ({ path }) => FUNCTION.test(path) && /\/functions\/[^/]+\/index\.[jt]sx?$/.test(path),
  belongs: () => true,
  reads: (path) => CONFIG.test(path),
  prepare: (it, texts) => {
    for (const [path, text] of texts)
      if (CONFIG.test(path)) for (const name of opened(text)) open(it).add(name);
  },
  finish: (it) => {
    const all = denoServers(it);
    const rest = all.filter(({ handler, site }) => {
      const home = [site.module.path, handler.k === 'function' ? handler.module.path : ''];
      const name = home.map((path) => FUNCTION.exec(path)?.[1]).find((n) => n !== undefined);
      if (name !== undefined) it.attempt(it.place(site), () => observe(it, name, handler, site));
      return name === undefined;
    });
    all.splice(0, all.length, ...rest);
  },
};
