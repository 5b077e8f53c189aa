import { EnvHttpProxyAgent, fetch as fetchBy } from 'undici';

const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

/**
 * A `fetch` that goes through the proxy that the environment names, except to where `NO_PROXY` says; undefined where
 * it names none. Node's own does not look; git does by itself.
 */
export function proxied(env: NodeJS.ProcessEnv): typeof fetch | undefined {
  if (!VARIABLES.some((name) => env[name]?.trim())) return undefined;
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: env['http_proxy'] ?? env['HTTP_PROXY'],
    httpsProxy: env['https_proxy'] ?? env['HTTPS_PROXY'],
    noProxy: env['no_proxy'] ?? env['NO_PROXY'],
  });
  // The types of both differ in details of streams that no request of ours has.
  return ((input: string, init: object) =>
    fetchBy(input, { ...init, dispatcher })) as unknown as typeof fetch;
}
