/** Programs that run the file they are given. */
const RUNNERS = new Set(
  (
    'node nodejs tsx ts-node ts-node-dev ts-node-esm tsnd swc-node babel-node esrun esno jiti sucrase-node vite-node bun deno nodemon ' +
    'pm2 pm2-runtime forever supervisor node-dev tsc-watch esbuild tsup ncc rollup wrangler onchange dumb-init tini env ' +
    'cross-env dotenv dotenvx doppler'
  ).split(' '),
);
const SOURCE_FILE = /\.[cm]?[jt]sx?$/;
const WORD = /"([^"]*)"|'([^']*)'|([^\s"']+)/g;

/** Files that a shell command may run, as it names them and where it names them from, in order. */
export interface CommandTarget {
  path: string;
  /** What `cd` has left relative to where the command started. */
  directory: string;
}

/**
 * Finds what a command runs: source files anywhere in it, and names without extension after something that runs
 * files (`node dist/server`, `ts-node .`). Quoted commands are looked into (`concurrently "node a" "node b"`).
 */
export function commandTargets(command: string, directory = ''): CommandTarget[] {
  const targets: CommandTarget[] = [];
  let at = directory;
  for (const part of command.replace(/\\(["'])/g, '$1').split(/&&|\|\||[;|&\n]/)) {
    const words = [...part.matchAll(WORD)].map((match) => ({
      text: match[1] ?? match[2] ?? match[3]!,
      quoted: match[3] === undefined,
    }));
    if (words[0]?.text === 'cd' && words[1]) {
      at = at === '' ? words[1].text : `${at}/${words[1].text}`;
      continue;
    }
    let running = false;
    for (const { text, quoted } of words) {
      if (quoted && /\s/.test(text)) {
        targets.push(...commandTargets(text, at));
        continue;
      }
      if (RUNNERS.has(text.replace(/^.*\//, ''))) {
        running = true;
        continue;
      }
      if (text.startsWith('-') || (/^\w+=/.test(text) && !SOURCE_FILE.test(text)) || /[*{}$]/.test(text))
        continue;
      if (SOURCE_FILE.test(text) && !/=/.test(text)) targets.push({ path: text, directory: at });
      else if (running && /^\.{0,2}(?:[\w@-][\w.@-]*)?(?:\/[\w.@-]+)*\/?$/.test(text)) {
        targets.push({ path: text, directory: at });
      }
    }
  }
  return targets;
}

/** The commands that a Dockerfile runs when the container starts, in shell form. */
export function containerCommands(dockerfile: string): string[] {
  const commands: string[] = [];
  for (const line of dockerfile.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const match = /^\s*(?:CMD|ENTRYPOINT)\s+(.+)$/i.exec(line);
    if (match) commands.push(shellForm(match[1]!));
  }
  return commands;
}

/** The commands of the process types of a Procfile. */
export function processCommands(procfile: string): string[] {
  return procfile.split(/\r?\n/).flatMap((line) => /^[\w-]+:\s*(.+)$/.exec(line)?.[1] ?? []);
}

function shellForm(instruction: string): string {
  if (!instruction.startsWith('[')) return instruction;
  try {
    const words: unknown = JSON.parse(instruction);
    if (!Array.isArray(words)) return instruction;
    return words
      .map((word) => (/[\s"']/.test(String(word)) ? `"${String(word).replaceAll('"', "'")}"` : String(word)))
      .join(' ');
  } catch {
    return instruction;
  }
}
