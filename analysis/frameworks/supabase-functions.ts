import type { Evaluator } from '../wiring/evaluator.js';
import type { LibraryModel } from '../wiring/library.js';
import type { AppliedLink } from '../wiring/recorder.js';
import { atom } from '../wiring/tests.js';
import { UNKNOWN, type Native, type Site, type Value } from '../wiring/value.js';
import { denoServers } from './deno.js';
import { observeFetch } from './fetch-handlers.js';

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
function gateway(it: Evaluator, site: Site): AppliedLink {
  const known = { protection: 'authentication', library: 'Supabase', arguments: [] };
  const passed = atom(it, 'verified', ['credential'], site, { known });
  it.facts = [...it.facts, passed];
  return {
    name: 'verify_jwt',
    arguments: [],
    place: it.place(site),
    definition: null,
    facts: [passed],
    opaque: false,
  };
}
function observe(it: Evaluator, name: string, handler: Value, site: Site): void {
  const path = `/functions/v1/${name}`;
  const at: Site = handler.k === 'function' ? { module: handler.module, line: handler.fn.line } : site;
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
      'the token that the gateway asks for unless `verify_jwt` is off in `supabase/config.toml`; tests in the handler',
    answers: 'a returned `Response`, a throw',
    limits:
      'the public key of an application passes the gateway as well as a user does; flags of `supabase functions deploy`',
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
