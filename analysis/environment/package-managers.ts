import type { RiskKind } from '../model/environment.js';
import { isRoutine, MANAGER_COMMANDS, MANAGERS, REMOTE_PACKAGE, runsPackage } from './programs.js';
import type { ScriptRun } from './reading.js';

/** A package that is named by where it lies rather than by its name. */
export const remotePackage = (text: string): boolean =>
  !/^[.\u0001-]/.test(text) && REMOTE_PACKAGE.test(text);

interface Managed {
  risks: RiskKind[];
  runs: ScriptRun[];
  /** It runs a package of which nothing is known. */
  unknown: boolean;
}

/** What a package manager is told to do; null for other programs. */
export function readManager(
  program: string,
  args: readonly string[],
  folder: string | null,
  line: number,
): Managed | null {
  const none: Managed = { risks: [], runs: [], unknown: false };
  const at = runsPackage(program, args);
  if (at !== null) {
    const rest = args.slice(at);
    const packages = packagesRun(rest, program);
    if (packages.some(remotePackage)) return { ...none, risks: ['fetch-and-execute'] };
    // A tool that lies in node_modules already, unless it is to be fetched without asking.
    if (packages.every(isRoutine) && !rest.some((a) => /^(?:-y|--yes)$/.test(a))) return none;
    const unpinned = packages.filter((p) => !/.@[~^]?\d+\.\d+\.\d+|.==\d/.test(p) && !/^[.\u0001]/.test(p));
    return { ...none, risks: unpinned.length > 0 ? ['unpinned-package'] : [], unknown: true };
  }
  if (program === 'deno') return readDeno(args, folder, line);
  if (program === 'pip' || program === 'pip3' || program === 'uv')
    return args.includes('install') && args.some((a) => /^(?:git\+)?https?:\/\/|^git\+ssh/.test(a))
      ? { ...none, unknown: true }
      : none;
  if (!MANAGERS.has(program)) return null;
  const words = args.filter((a) => !a.startsWith('-'));
  const [first, second] = words[0] === 'workspace' ? words.slice(2) : words;
  if (first === undefined) return none;
  if (['install', 'i', 'add'].includes(first))
    return words.slice(1).some((w) => remotePackage(w) && /:\/\//.test(w))
      ? { ...none, unknown: true }
      : none;
  if (first === 'run' || first === 'run-script')
    return second === undefined
      ? none
      : program === 'bun' && /[./]/.test(second)
        ? { ...none, runs: [{ k: 'file', path: second, folder, language: 'javascript', line }] }
        : { ...none, runs: [{ k: 'script', name: second, folder, line }] };
  if (program === 'bun' && /[./]/.test(first))
    return { ...none, runs: [{ k: 'file', path: first, folder, language: 'javascript', line }] };
  if (['test', 't', 'start', 'stop', 'restart'].includes(first))
    return { ...none, runs: [{ k: 'script', name: first === 't' ? 'test' : first, folder, line }] };
  // `npm x` is no script; `yarn x` and `pnpm x` may be one, or a program of a package.
  if (program === 'npm' || MANAGER_COMMANDS.has(first)) return none;
  return { ...none, runs: [{ k: 'script', name: first, folder, line }] };
}

/** `npx -y -p a b`, `npx a@1`: what is fetched. */
function packagesRun(args: readonly string[], program: string): string[] {
  const named: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const inline = /^--(?:package|from|with|spec)=(.*)$/.exec(arg)?.[1];
    if (inline !== undefined) named.push(inline);
    else if (
      /^(?:-p|--package|--from|--with|--spec)$/.test(arg) &&
      !(program.startsWith('uv') && arg === '-p')
    )
      named.push(args[++i] ?? '');
    else if (/^(?:-c|--call|-w|--workspace|--registry|--python)$/.test(arg)) i++;
    else if (!arg.startsWith('-')) return named.length > 0 ? named : [arg];
  }
  return named;
}

function readDeno(args: readonly string[], folder: string | null, line: number): Managed {
  const none: Managed = { risks: [], runs: [], unknown: false };
  const [command, ...rest] = args;
  if (!['run', 'x', 'install', 'serve', 'task', 'eval'].includes(command ?? '')) return none;
  const target = rest.find((a) => !a.startsWith('-'));
  if (target === undefined) return none;
  if (/^https?:\/\//.test(target)) return { ...none, risks: ['fetch-and-execute'] };
  if (/^(?:npm|jsr):/.test(target)) return { ...none, risks: ['unpinned-package'], unknown: true };
  return command === 'run' || command === 'serve'
    ? { ...none, runs: [{ k: 'file', path: target, folder, language: 'javascript', line }] }
    : none;
}
