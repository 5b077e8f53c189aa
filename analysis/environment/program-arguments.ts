import { SECRET_FILE, SECRET_VARIABLE, type Interpreter } from './programs.js';
import type { Content } from './shell-state.js';

/** What an interpreter is given, as positions among its arguments. */
export interface InterpreterArguments {
  code: number | null;
  script: number | null;
  /** Modules that it loads first. */
  loads: string[];
  /** It runs a module of its own library. */
  module: boolean;
}
export function argumentsOf(
  { language, code, valued, loads }: Interpreter,
  program: string,
  texts: readonly string[],
): InterpreterArguments {
  const given: InterpreterArguments = { code: null, script: null, loads: [], module: false };
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i]!;
    if (code.includes(text) || (language === 'shell' && /^-[a-z]*c$/.test(text)))
      return { ...given, code: i + 1 };
    if (loads?.includes(text) && i + 1 < texts.length) given.loads.push(texts[++i]!);
    else if (valued.includes(text)) i++;
    else if (loads && /^--(?:import|require|loader)=/.test(text))
      given.loads.push(text.slice(text.indexOf('=') + 1));
    else if (text === '-' || text === '/dev/stdin' || (language === 'shell' && text === '-s')) return given;
    else if (language === 'python' && text === '-m') return { ...given, module: true };
    // What is said to the interpreter itself: `tsx watch x.ts`
    else if (!text.startsWith('-') && text !== 'watch' && !(program === 'node' && text === 'inspect'))
      return { ...given, script: i };
  }
  return given;
}

/** Code for other interpreters, which is not parsed: that it names what fetches and what runs. */
export function fetchesAndRuns(code: string): boolean {
  return (
    /\b(?:open-uri|Net::HTTP|LWP|HTTP::Tiny|file_get_contents\(\s*['"]https?)/.test(code) &&
    /\b(?:eval|system|exec|instance_eval)\b/.test(code)
  );
}

/** Whether a program that talks to another machine is given keys or the environment to send. */
export function sendsSecrets(
  args: readonly { text: string; written: string; content: Content | null }[],
  input: Content | null,
): boolean {
  // To show who one is, a key is put into a header.
  const data = args.filter(
    (_, i) => i === 0 || !/^-H$|^--header$|^-u$|^--user$|^--oauth2-bearer$/.test(args[i - 1]!.text),
  );
  return (
    data.some(({ content }) => content === 'secret') ||
    (input === 'secret' && data.some(({ text }) => /^@-$|^-$|=@-$|^--post-file=-$/.test(text))) ||
    data.some(({ text }) => /^(?:\w+=)?@/.test(text) && SECRET_FILE.test(text)) ||
    data.some(
      ({ text }, i) =>
        /^(?:-T|--upload-file|--post-file)$/.test(data[i - 1]?.text ?? '') && SECRET_FILE.test(text),
    ) ||
    data.some(({ written }) => mentionsSecret(written))
  );
}
function mentionsSecret(written: string): boolean {
  if (/^["']?(?:--header[= ])?["']?(?:Authorization|x-api-key|PRIVATE-TOKEN)\s*:/i.test(written))
    return false;
  return [...written.matchAll(/\$\{?(\w+)/g)].some(([, name]) => SECRET_VARIABLE.test(name!));
}
