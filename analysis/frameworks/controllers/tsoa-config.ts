import { parse } from 'yaml';
import { joinPaths } from '../web/paths.js';

/** Names of schemes with the scopes that each is asked for: all of them have to accept. */
export type Alternative = ReadonlyMap<string, readonly string[]>;

/** What `tsoa.json` says of the routes that are made. https://tsoa-community.github.io/docs/generating.html */
export interface Config {
  file: string;
  basePath: string;
  globs: readonly string[];
  /** Specifier of the module that exports `expressAuthentication`. */
  authentication: string | null;
  isKoa: boolean;
  rootSecurity: readonly Alternative[];
}
export const isConfig = (path: string): boolean => /(?:^|\/)tsoa[\w.-]*\.(?:json|ya?ml)$/.test(path);

const within = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
const textIn = (value: unknown, key: string): string | null => {
  const found = within(value, key);
  return typeof found === 'string' ? found : null;
};
const inList = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

export function readConfig(file: string, text: string): Config | null {
  let whole: unknown;
  try {
    whole = parse(text.replace(/^\s*\/\/.*$/gm, ''));
  } catch {
    return null;
  }
  const routes = within(whole, 'routes');
  if (routes === undefined) return null;
  return {
    file,
    basePath: textIn(routes, 'basePath') ?? '',
    globs: inList(within(whole, 'controllerPathGlobs')).filter((g): g is string => typeof g === 'string'),
    authentication: textIn(routes, 'authenticationModule'),
    isKoa: textIn(routes, 'middleware') === 'koa',
    rootSecurity: inList(within(within(whole, 'spec'), 'rootSecurity')).map(
      (each) =>
        new Map(
          Object.entries((each ?? {}) as object).map(([name, scopes]) => [name, inList(scopes).map(String)]),
        ),
    ),
  };
}
/** A path in a configuration, from the root of the repository. */
export const fromRoot = ({ file }: Config, path: string): string => {
  const parts = file.split('/').slice(0, -1);
  for (const part of joinPaths('', path).split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return parts.join('/');
};
