/**
 * What is known of programs that commands start: which run a text that they are given, which fetch, which pass on what
 * they read. Known tools, as `protections/libraries.ts` knows packages; what the project's own scripts do is read in them.
 */

export type Language = 'shell' | 'javascript' | 'python' | 'powershell' | 'other';

export interface Interpreter {
  language: Language;
  /** Options after which code stands. */
  code: readonly string[];
  /** Options that take a value which is no script. */
  valued: readonly string[];
  /** Options whose value is a script that is loaded first. */
  loads?: readonly string[];
}
const SHELL: Interpreter = {
  language: 'shell',
  code: ['-c'],
  valued: ['-o', '-O', '--rcfile', '--init-file'],
};
const NODE: Interpreter = {
  language: 'javascript',
  code: ['-e', '--eval', '-p', '--print', '-pe'],
  valued: ['--env-file', '-C', '--conditions', '--tsconfig', '--project', '-P'],
  loads: ['-r', '--require', '--import', '--loader', '--experimental-loader', '--preload'],
};
const PYTHON: Interpreter = { language: 'python', code: ['-c'], valued: ['-W', '-X', '-Q'] };
const POWERSHELL: Interpreter = {
  language: 'powershell',
  code: ['-command', '-c', '-encodedcommand', '-enc', '-e', '-ec'],
  valued: [
    '-executionpolicy',
    '-ep',
    '-ex',
    '-windowstyle',
    '-w',
    '-version',
    '-inputformat',
    '-outputformat',
  ],
};
const OTHER: Interpreter = { language: 'other', code: ['-e', '-r', '-E'], valued: ['-I', '-C', '-d'] };
const INTERPRETERS: Readonly<Record<string, Interpreter>> = {
  sh: SHELL, bash: SHELL, zsh: SHELL, dash: SHELL, ksh: SHELL, ash: SHELL, fish: SHELL,
  node: NODE, nodejs: NODE, tsx: NODE, 'ts-node': NODE, 'ts-node-esm': NODE, esno: NODE, jiti: NODE,
  python: PYTHON, pypy: PYTHON,
  pwsh: POWERSHELL, powershell: POWERSHELL,
  perl: OTHER, ruby: OTHER, php: OTHER, lua: OTHER, osascript: OTHER, Rscript: OTHER,
}; // prettier-ignore
export function interpreter(program: string): Interpreter | null {
  const name = program.replace(/\.exe$/i, '').replace(/^(python|pypy)\d(?:\.\d+)?$/, '$1');
  return Object.hasOwn(INTERPRETERS, name) ? INTERPRETERS[name]! : null;
}

/** Programs in front of a command that they start, with their options that take a value. */
export const WRAPPERS: Readonly<Record<string, readonly string[]>> = {
  sudo: ['-u', '-g', '-C', '-h', '-p', '-U'],
  doas: ['-u', '-C'],
  env: ['-u', '-C', '-S'],
  command: [],
  builtin: [],
  exec: ['-a'],
  nohup: [],
  setsid: [],
  time: [],
  nice: ['-n'],
  ionice: ['-c', '-n'],
  stdbuf: ['-i', '-o', '-e'],
  timeout: ['-s', '-k'],
  xargs: ['-n', '-P', '-I', '-L', '-d', '-s', '-a', '-E'],
  'cross-env': [],
  'dotenv': ['-e', '-c', '-v', '-p'],
  direnv: [],
  chronic: [],
  'is-ci': [],
  npx: ['-p', '--package', '-w', '--workspace', '--registry', '-c', '--call'],
  bunx: ['-p', '--package'],
  pnpx: [],
}; // prettier-ignore

/** Options of what fetches that are followed by something else than an address. */
const FETCH_VALUED =
  /^(?:-[a-zA-Z]*[oHdXuAebFTmKxLw]|--(?:output|header|data(?:-\w+)?|request|user|user-agent|output-document|max-time|retry(?:-\w+)?|connect-timeout|proxy|cacert|cert|key|post-data|post-file|body-data|timeout|tries|form|upload-file|write-out))$/;
export interface Fetch {
  /** The file that it writes; null where it writes to its output. */
  file: string | null;
  urls: string[];
}
/** What a program fetches, by its arguments; null where it is none that fetches. */
export function fetchOf(program: string, args: readonly string[]): Fetch | null {
  if (!['curl', 'wget', 'fetch', 'http', 'https', 'xh', 'aria2c', 'lwp-download', 'GET'].includes(program))
    return null;
  let file: string | null = null;
  let named = false;
  const urls: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const inline = /^--output(?:-document)?=(.*)$/.exec(arg)?.[1] ?? /^-(?:[a-zA-Z]*)O(-)$/.exec(arg)?.[1];
    if (inline !== undefined) file = inline;
    else if (program === 'curl' && /^-[a-zA-Z]*O$|^--remote-name$/.test(arg)) named = true;
    else if (
      (program === 'wget' ? /^-[a-zA-Z]*O$|^--output-document$/ : /^-[a-zA-Z]*o$|^--output$/).test(arg) &&
      i + 1 < args.length
    )
      file = args[++i]!;
    else if (arg.startsWith('-')) {
      if (FETCH_VALUED.test(arg) && !(program === 'curl' && /^-[a-zA-Z]*L$/.test(arg))) i++;
    } else urls.push(arg);
  }
  if (file === '-' || file === '/dev/stdout') return { file: null, urls };
  if (file === null && (named || program === 'wget' || program === 'aria2c' || program === 'lwp-download')) {
    const last = (urls[0] ?? '')
      .replace(/[?#].*$/, '')
      .replace(/\/+$/, '')
      .split('/')
      .at(-1);
    return { file: last || 'index.html', urls };
  }
  return { file, urls };
}
const LOCAL =
  /^(?:https?:\/\/)?(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[?::1\]?|host\.docker\.internal)(?:[:/]|$)/i;
export const isLocal = (url: string): boolean => LOCAL.test(url) || /^file:/i.test(url);

/** Whether what it writes is what it has decoded. */
export function decodes(program: string, args: readonly string[]): boolean {
  if (program === 'base64' || program === 'gbase64' || program === 'base32')
    return args.some((a) => /^(?:-d|-D|--decode|-di|-id)$/.test(a));
  if (program === 'openssl') return args.includes('-d');
  return (
    program === 'xxd' && args.some((a) => /^-(?:r|r?p|p?r|ps)$/.test(a)) && args.some((a) => /^-\w*r/.test(a))
  );
}
/** Writes what it reads, whole, in part, or packed otherwise. */
export const PASSES_ON = new Set(
  'cat tee sed awk gawk tr head tail cut grep egrep rev tac sort uniq gunzip gzip zcat bzip2 bunzip2 xz unxz iconv dos2unix jq yq base64 strings envsubst pv sponge gpg'.split(
    ' ',
  ),
);

/** A package that is fetched by its address rather than by its name. */
export const REMOTE_PACKAGE =
  /^(?:[\w@/.-]+@)?(?:(?:git\+)?(?:https?|ssh|git):\/\/|git@|(?:github|gitlab|bitbucket|gist):)|^(?!@)[\w.-]+\/[\w.-]+(?:#[\w./-]+)?$/;
/** Runs a package that it fetches when it is not there: program, then words that mean that. */
export function runsPackage(program: string, args: readonly string[]): number | null {
  if (['npx', 'bunx', 'pnpx', 'uvx'].includes(program)) return 0;
  const [first, second] = args;
  if (['pnpm', 'yarn'].includes(program) && first === 'dlx') return 1;
  if (program === 'npm' && (first === 'exec' || first === 'x')) return 1;
  if (program === 'bun' && first === 'x') return 1;
  if (program === 'pipx' && first === 'run') return 1;
  return program === 'uv' && first === 'tool' && second === 'run' ? 2 : null;
}

/** Package managers that run scripts of the package by name. */
export const MANAGERS = new Set(['npm', 'pnpm', 'yarn', 'bun']);
export const MANAGER_COMMANDS = new Set(
  'install i ci add remove rm update up upgrade exec x dlx create init link unlink pack publish audit outdated ls list why info view config cache version versions login logout whoami set rebuild dedupe prune fund doctor help import fetch store workspace workspaces root bin env setup approve-builds patch patch-commit plugin node global self-update pm'.split(
    ' ',
  ),
);

/** What files of a project ordinarily start: they work on what lies there. */
const ROUTINE = new Set(
  // the shell's own, and small tools
  (
    ': . [ [[ test true false exit return set unset export local declare readonly shift cd pushd popd pwd echo printf read wait trap type which command hash alias ' +
    'umask ulimit let eval source shopt getopts break continue cat ls mkdir rmdir cp mv rm ln touch chmod chown find grep egrep sed awk tr cut head tail sort uniq wc diff tee xargs basename dirname ' +
    'realpath readlink date sleep openssl psql createdb pg_isready redis-cli sqlite3 code claude codex  uname id whoami hostname env stat file tar gzip gunzip unzip zip jq yq mktemp seq expr clear tput stty ' +
    // version control and package managers
    'git gh npm pnpm yarn bun npx bunx corepack pip pip3 pipx uv poetry pipenv bundle gem cargo go composer mix dotnet mvn gradle ./mvnw ./gradlew apt-get apt brew rustup nvm fnm volta mise asdf direnv nix ' +
    // what builds, formats, checks and generates
    'tsc tsgo tsup tsx vite vitest jest mocha ava tap c8 nyc playwright cypress eslint oxlint prettier biome stylelint rome standard xo tslint markdownlint cspell knip depcheck lint-staged nano-staged pretty-quick ' +
    'husky is-ci lefthook simple-git-hooks commitlint commitizen git-cz changeset semantic-release lerna nx turbo rush preconstruct unbuild rollup rolldown esbuild webpack parcel babel swc microbundle tsdown bob expo ' +
    'next nuxt nuxi astro svelte-kit svelte-package remix react-router gatsby ng nest prisma drizzle-kit kysely typeorm sequelize knex graphql-codegen wrangler panda tailwindcss fumadocs-mdx contentlayer velite ' +
    'patch-package rimraf del-cli cpy mkdirp ncp shx cross-env cross-env-shell run-s run-p npm-run-all npm-run-all2 concurrently wireit only-allow check-node-version npm-check-updates syncpack manypkg sort-package-json ' +
    'electron-builder node-gyp node-gyp-build prebuild-install prebuildify cmake-js napi neon node-pre-gyp electron-rebuild opencollective opencollective-postinstall ngcc allow-scripts can-npm-publish in-publish safe-publish-latest publint attw size-limit ' +
    'pre-commit ruff black isort mypy pytest tox flake8 pylint rubocop golangci-lint gofmt rustfmt clippy shellcheck shfmt hadolint actionlint terraform make cmake ninja docker docker-compose podman kubectl helm ' +
    'buf protoc openapi-typescript openapi-generator-cli orval typedoc api-extractor docusaurus vitepress storybook size-limit tsc-alias tspc ttsc ts-patch copyfiles link-parent-bin dotenv node-modules-inspector degit msw puppeteer electron ultra-runner moon bit'
  ).split(' '),
);
export const isRoutine = (program: string): boolean => ROUTINE.has(program);

/** Files of keys, and programs that print them. */
export const SECRET_FILE =
  /(?:^|[/~])(?:\.ssh\b|\.aws\b|\.netrc\b|\.npmrc\b|\.pypirc\b|\.git-credentials\b|\.config\/(?:gh|gcloud|git)\b|\.kube\b|\.docker\/config\.json|\.gnupg\b|\.env(?:\.(?!example|sample|template)\w+)?$|id_(?:rsa|ed25519|ecdsa)\b|\.claude\.json|\.claude\/\.credentials|\.codex\/auth\.json)/;
export const SECRET_VARIABLE =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|PRIVATE_KEY|ACCESS_KEY(?:_ID)?|CREDENTIALS)(?:_|$)/i;

/** Text for PowerShell that fetches something and runs it. */
export function powershellRisk(text: string): 'fetch-and-execute' | 'hidden-code' | null {
  const fetches =
    /\b(?:iwr|irm|curl|wget|Invoke-WebRequest|Invoke-RestMethod|DownloadString|DownloadFile|DownloadData|Start-BitsTransfer)\b/i;
  if (!fetches.test(text))
    return /FromBase64String/i.test(text) && /\b(?:iex|Invoke-Expression|\[ScriptBlock\])/i.test(text)
      ? 'hidden-code'
      : null;
  if (/\b(?:iex|Invoke-Expression|ScriptBlock\]?::Create|\.Invoke\(\))/i.test(text))
    return 'fetch-and-execute';
  const [, out] = /-(?:OutFile|o|Destination)\s+['"]?([^\s'";|]+)/i.exec(text) ?? [];
  const rest = out === undefined ? '' : text.slice(text.indexOf(out) + out.length);
  return out !== undefined &&
    rest.includes(out) &&
    /(?:&|\bStart-Process\b|\bInvoke-Item\b|\.\s|\bpwsh\b|\bpowershell\b|\bbash\b|\bsh\b|;\s*)/i.test(rest)
    ? 'fetch-and-execute'
    : null;
}
