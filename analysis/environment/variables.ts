import type { Risk } from '../model/environment.js';
import { isLocal } from './programs.js';
import { riskOf } from './draft.js';

const ENDPOINT =
  /^(?:ANTHROPIC_(?:\w+_)?BASE_URL|ANTHROPIC_API_URL|CLAUDE_\w*BASE_URL|OPENAI_(?:\w+_)?BASE_URL|OPENAI_API_(?:BASE|HOST|URL)|OPENAI_BASE|CODEX_\w*(?:BASE_URL|ENDPOINT)|(?:GOOGLE_)?GEMINI_\w*BASE_URL|GOOGLE_(?:GENAI|VERTEX)_\w*BASE_URL|(?:GITHUB_)?COPILOT_\w*(?:URL|ENDPOINT))$/;
const HOME = /^(?:CODEX_HOME|CLAUDE_CONFIG_DIR|GEMINI_(?:CLI_HOME|CONFIG_DIR)|OPENCODE_CONFIG(?:_DIR)?)$/;
const LOADS =
  /^(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES|BASH_ENV|PROMPT_COMMAND|GIT_SSH_COMMAND|GIT_SSH|GIT_EXTERNAL_DIFF|GIT_PROXY_COMMAND|GIT_ASKPASS|SSH_ASKPASS|PYTHONSTARTUP|PERL5OPT|RUBYOPT)$/;
const TRAFFIC =
  /^(?:HTTPS?_PROXY|ALL_PROXY|https?_proxy|all_proxy|npm_config_registry|NPM_CONFIG_REGISTRY|PIP_INDEX_URL)$/;
const VENDORS = /(?:^|\.)(?:anthropic\.com|openai\.com|googleapis\.com|amazonaws\.com|githubcopilot\.com)$/;

/** What setting a variable does to the programs that are started with it; null for the many that do nothing of the kind. */
export function variableRisk(name: string, value: string): Risk | null {
  const text = value.trim();
  if (text === '') return null;
  if (ENDPOINT.test(name)) return endpointRisk(name, text);
  if (name === 'ANTHROPIC_CUSTOM_HEADERS') return riskOf('redirected', name);
  if (HOME.test(name)) {
    const own = /^(?!~|\/|\$\{?HOME|\$\{?(?:env:)?HOME)/.test(text);
    return own ? riskOf('agent-home', `${name}=${text}`) : null;
  }
  if (name === 'NODE_OPTIONS')
    return /(?:^|\s)(?:--require|-r|--import|--loader|--experimental-loader)\b/.test(text)
      ? riskOf(/\bdata:/.test(text) ? 'hidden-code' : 'injected', `${name}=${text}`)
      : null;
  if (name === 'JAVA_TOOL_OPTIONS')
    return /-javaagent:/.test(text) ? riskOf('injected', `${name}=${text}`) : null;
  if (LOADS.test(name)) return riskOf('injected', `${name}=${text}`);
  if (name === 'PATH') {
    const first = text.split(/[:;]/)[0]!;
    const own =
      /^(?:\.|\$\{?(?:\w+:)?(?:workspaceFolder|containerWorkspaceFolder|PWD|CLAUDE_PROJECT_DIR)|(?![~/$%A-Z])\w)/.test(
        first,
      );
    return own && !/(?:node_modules\/\.bin|\.?venv\/(?:bin|Scripts)|vendor\/bin)\/?$/.test(first)
      ? riskOf('injected', `PATH=${first}:…`)
      : null;
  }
  if (name === 'NODE_TLS_REJECT_UNAUTHORIZED') return text === '0' ? riskOf('redirected', `${name}=0`) : null;
  if (TRAFFIC.test(name) && !isLocal(text) && !OWN_REGISTRY.test(text))
    return riskOf('redirected', `${name}=${originOf(text)}`);
  return null;
}
export const OWN_REGISTRY =
  /^https?:\/\/(?:registry\.npmjs\.(?:org|com)|registry\.yarnpkg\.com|npm\.pkg\.github\.com|npm\.jsr\.io|pypi\.org|[\w-]+\.pkg\.dev)(?:\/|$)/;

/** Where requests to a model are sent; null where that is where its vendor takes them, or nobody filled it in. */
export function endpointRisk(name: string, value: string): Risk | null {
  const text = value.trim();
  if (text === '' || /^[<[]|^(?:your|my|xxx|todo|changeme)\b|example\.(?:com|org)/i.test(text)) return null;
  if (/\$\{?\w|\{env:|\{\{/.test(text)) return riskOf('model-endpoint-unknown', `${name}=${text}`);
  if (isLocal(text)) return riskOf('model-endpoint-unknown', `${name}=${originOf(text)}`);
  const [, host] = /^(?:\w+:)?\/\/(?:[^@/]*@)?([^/:?#]+)/.exec(text) ?? [];
  if (host && VENDORS.test(host.toLowerCase())) return null;
  return riskOf('model-endpoint', `${name}=${originOf(text)}`);
}
/** An address without what may be a key in it. */
export function originOf(url: string): string {
  return url.replace(/^(\w+:\/\/)[^@/]*@/, '$1').replace(/[?#].*$/, '');
}
