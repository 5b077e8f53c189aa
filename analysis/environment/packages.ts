import { parse } from 'unbash';
import { member, type ConfigNode } from './document.js';
import { riskOf, type Draft } from './draft.js';
import { OWN_REGISTRY, originOf, variableRisk } from './variables.js';
import { isLocal } from './programs.js';

/** Run when the package is installed from its folder, or, by everybody and every agent, to test it. */
const SCRIPTS: Readonly<Record<string, string>> = {
  preinstall: 'when dependencies are installed',
  install: 'when dependencies are installed',
  postinstall: 'when dependencies are installed',
  preprepare: 'when dependencies are installed',
  prepare: 'when dependencies are installed',
  postprepare: 'when dependencies are installed',
  prepublish: 'when dependencies are installed',
  dependencies: 'when dependencies are installed',
  pretest: 'when the tests are run',
  test: 'when the tests are run',
  posttest: 'when the tests are run',
};
export function readPackage(root: ConfigNode | null, folder: string): Draft[] {
  const scripts = root && member(root, 'scripts')?.value;
  if (scripts?.k !== 'map') return [];
  return scripts.members.flatMap(({ key, value, line }): Draft[] => {
    if (!Object.hasOwn(SCRIPTS, key) || value.k !== 'scalar' || typeof value.value !== 'string') return [];
    const text = value.value;
    return [
      {
        kind: 'script', key: `scripts.${key}`, occasion: SCRIPTS[key]!, line, value: text, shown: text, command: text, folder,
        ...(key.endsWith('test') ? { onlyRisks: true as const } : {}),
      },
    ]; // prettier-ignore
  });
}

/** Options of npm that start something, by the shell's rules or as a file. */
const STARTS = /^(?:script-shell|shell|git|editor|browser|viewer|onload-script|init-module)$/;
export function readNpmrc(text: string): Draft[] {
  return text.split('\n').flatMap((line, i): Draft[] => {
    const [, key, given] = /^\s*([@\w/:.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (!key || given === undefined || /^[;#]/.test(line.trim())) return [];
    const value = given.replace(/^(['"])(.*)\1$/, '$2');
    const draft = (kind: Draft['kind'], risk: NonNullable<Draft['risks']>[number]): Draft => ({
      kind, key, occasion: null, line: i + 1, value, shown: `${key}=${originOf(value)}`, risks: [risk],
    }); // prettier-ignore
    if (/^(?:@[\w.-]+:)?registry$/.test(key))
      return /^https?:/.test(value) && !OWN_REGISTRY.test(value) && !isLocal(value)
        ? [draft('endpoint', riskOf('redirected', `${key}=${originOf(value)}`))]
        : [];
    if (key === 'strict-ssl' && value === 'false')
      return [draft('environment', riskOf('redirected', 'strict-ssl=false'))];
    if (key === 'node-options') {
      const risk = variableRisk('NODE_OPTIONS', value);
      return risk ? [draft('environment', risk)] : [];
    }
    return STARTS.test(key) && /[/\\]|\s/.test(value) && !/^\/(?:usr\/)?bin\/\w+$/.test(value)
      ? [draft('program', riskOf('injected', `${key}=${value}`))]
      : [];
  });
}

/** Statements of a script, so that a new one among old ones is told alone: text, and the line that it starts on. */
export function statementsOf(text: string): { text: string; line: number }[] {
  let [line, at] = [1, 0];
  return parse(text).commands.map(({ pos, end }) => {
    for (let i = text.indexOf('\n', at); i >= 0 && i < pos; i = text.indexOf('\n', i + 1)) {
      line++;
      at = i + 1;
    }
    return { text: text.slice(pos, end), line };
  });
}
