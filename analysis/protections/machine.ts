import { EXECUTE, FILE_READ, FILE_WRITE, LOOK, type Members } from './behaviours.js';

const named = (
  names: readonly string[],
  behaviour: Members[string],
  suffixes: readonly string[] = [''],
): Members =>
  Object.fromEntries(names.flatMap((name) => suffixes.map((suffix) => [`${name}${suffix}`, behaviour])));
/** As `name` of Node.js, and what does the same before it yields. */
const BOTH = ['', 'Sync'] as const;
const WRITING = [
  'writeFile',
  'appendFile',
  'unlink',
  'rm',
  'rmdir',
  'rename',
  'cp',
  'copyFile',
  'symlink',
  'link',
  'chmod',
  'chown',
  'truncate',
] as const;
const READING = ['readFile', 'readdir', 'opendir'] as const;
const LOOKING = ['access', 'stat', 'lstat'] as const;
// https://nodejs.org/api/fs.html
const PROMISED: Members = {
  ...named(LOOKING, LOOK),
  ...named(WRITING, FILE_WRITE),
  ...named(READING, FILE_READ),
};
const FS: Members = {
  ...named(['exists'], LOOK, BOTH),
  ...named(LOOKING, LOOK, BOTH),
  ...named(WRITING, FILE_WRITE, BOTH),
  ...named(READING, FILE_READ, BOTH),
  createWriteStream: FILE_WRITE,
  createReadStream: FILE_READ,
  ...Object.fromEntries(Object.entries(PROMISED).map(([name, does]) => [`promises.${name}`, does])),
};

const RUNNING = ['runInThisContext', 'runInNewContext', 'runInContext'] as const;

/** Packages and built-in modules that start processes, run code that they are given, or write and read files, by what of them does. */
export const MACHINE: Readonly<Record<string, Members>> = {
  // https://nodejs.org/api/child_process.html
  child_process: {
    ...named(['exec', 'execFile', 'spawn'], EXECUTE, BOTH),
    fork: EXECUTE,
  },
  // https://nodejs.org/api/vm.html
  vm: {
    ...named(RUNNING, EXECUTE),
    ...named(
      RUNNING.map((name) => `Script.().${name}`),
      EXECUTE,
    ),
  },
  vm2: { 'VM.().run': EXECUTE, 'NodeVM.().run': EXECUTE },
  'isolated-vm': { 'Isolate.().compileScript': EXECUTE, 'Isolate.().compileScriptSync': EXECUTE },
  'cross-spawn': { '': EXECUTE, spawn: EXECUTE, sync: EXECUTE },
  // https://github.com/sindresorhus/execa/blob/main/docs/api.md
  execa: {
    '': EXECUTE,
    $: EXECUTE,
    ...named(['execa', 'execaCommand'], EXECUTE, BOTH),
    execaNode: EXECUTE,
    command: EXECUTE,
  },
  'nano-spawn': { '': EXECUTE },
  tinyexec: { x: EXECUTE, exec: EXECUTE },
  zx: { $: EXECUTE },
  shelljs: { exec: EXECUTE, rm: FILE_WRITE, cp: FILE_WRITE, mv: FILE_WRITE },
  'node-pty': { spawn: EXECUTE },
  '@lydell/node-pty': { spawn: EXECUTE },
  // https://github.com/mscdex/ssh2#client-methods
  ssh2: { 'Client.().exec': EXECUTE, 'Client.().shell': EXECUTE },
  'node-ssh': { 'NodeSSH.().execCommand': EXECUTE, 'NodeSSH.().exec': EXECUTE },
  // https://bun.com/docs/runtime/child-process, https://bun.com/docs/runtime/file-io
  bun: { spawn: EXECUTE, spawnSync: EXECUTE, $: EXECUTE, write: FILE_WRITE },
  // https://docs.deno.com/api/deno/
  deno: {
    Command: EXECUTE,
    run: EXECUTE,
    ...named(['writeFile', 'writeTextFile', 'remove', 'rename', 'copyFile'], FILE_WRITE, BOTH),
    ...named(['readFile', 'readTextFile', 'readDir'], FILE_READ, BOTH),
  },
  fs: FS,
  'fs/promises': PROMISED,
  'graceful-fs': FS,
  // https://github.com/jprichardson/node-fs-extra/tree/master/docs
  'fs-extra': {
    ...FS,
    ...named(
      ['outputFile', 'outputJson', 'writeJson', 'remove', 'move', 'copy', 'emptyDir'],
      FILE_WRITE,
      BOTH,
    ),
    ...named(['readJson'], FILE_READ, BOTH),
    pathExists: LOOK,
  },
  rimraf: { '': FILE_WRITE, rimraf: FILE_WRITE, sync: FILE_WRITE },
  'write-file-atomic': { '': FILE_WRITE, sync: FILE_WRITE },
};
