import type { Edit, Finding } from '../divergences/finding.js';
import type { ChainLink, EntryPoint, Model } from '../model/model.js';
import { callOn } from './call-line.js';

/** The lines of a file, or null where it is not to be had. */
export type Lines = (file: string) => readonly string[] | null;

/** A tree as a proposal needs it. */
export interface Side {
  model: Model;
  lines: Lines;
}

/** How another entry point is protected, where that stands in the text in front of it. */
interface Example {
  entryPoint: EntryPoint;
  link: ChainLink;
  lines: readonly string[];
}

/** Text that would mend a line, and whether an example that is alone may be followed. */
interface Proposal {
  replacement: string;
  /** A name without arguments: nothing of it is particular to one entry point. */
  plain: boolean;
}
/** A way in which projects write down what stands in front of an entry point. */
interface Idiom {
  /** The line of an entry point that would have to change. */
  lineIn(lines: readonly string[], entryPoint: EntryPoint): number;
  /** @param all the examples, this one among them */
  propose(line: string, example: Example, all: readonly Example[]): Proposal | null;
}

/** What is mended by giving an entry point what others in its file have. */
const MENDED: ReadonlySet<string> = new Set(['missing-protection', 'guard-removed']);
const MAX_LINE = 400;
/** How far from the line that registers an entry point its decorators are looked for. */
const DECORATORS = 4;
/** How many lines a procedure may take until its last call. */
const BUILDING = 40;

/**
 * The edit that does at an entry point what others in the same file do, or what was done there before the change. Null
 * where they do not all do the same, or it is not a matter of one line. A proposal is only that: whether it helps, and
 * whether what it names is in scope, shows when it is tried.
 */
export function proposeEdit(finding: Finding, base: Side, head: Side): Edit | null {
  const { entryPointPlace, entryPoint: id } = finding;
  const entryPoint = head.model.entryPoints.find((e) => e.id === id);
  const lines = entryPointPlace && head.lines(entryPointPlace.file);
  if (!MENDED.has(finding.rule) || !lines || !entryPoint) return null;
  const own = base.model.entryPoints.filter((e) => e.id === id);
  const others = head.model.entryPoints.filter((e) => e.id !== id);
  for (const idiom of IDIOMS) {
    const at = idiom.lineIn(lines, entryPoint);
    const line = lines[at - 1];
    if (line === undefined || line.length > MAX_LINE || !isPlain(line)) continue;
    const replacement =
      inItsOwnWay(idiom, line, examplesIn(own, finding, base.lines)) ??
      asOthersDo(idiom, line, examplesIn(others, finding, head.lines));
    if (replacement === null || !isPlain(replacement) || !isInScope(replacement, line, lines)) continue;
    return { file: entryPointPlace.file, line: at, endLine: at, replacement };
  }
  return null;
}

/** What it names stands elsewhere in the file too: imported, declared or used. */
function isInScope(replacement: string, line: string, lines: readonly string[]): boolean {
  const namesIn = (text: string): string[] =>
    text.replace(/'[^']*'|"[^"]*"|`[^`]*`/g, '').match(/(?<![.\w$])[A-Za-z_$][\w$]*/g) ?? [];
  const here = new Set(namesIn(line));
  const elsewhere = new Set(lines.filter((each) => each !== line).flatMap(namesIn));
  return namesIn(replacement).every((name) => here.has(name) || elsewhere.has(name));
}

/** What stood there before the change needs nobody else's example. */
const inItsOwnWay = (idiom: Idiom, line: string, examples: readonly Example[]): string | null =>
  onlyOne(proposalsOf(idiom, line, examples));

function asOthersDo(idiom: Idiom, line: string, examples: readonly Example[]): string | null {
  const proposals = proposalsOf(idiom, line, examples);
  return proposals[0]?.plain || proposals.length > 1 ? onlyOne(proposals) : null;
}
const proposalsOf = (idiom: Idiom, line: string, examples: readonly Example[]): Proposal[] =>
  examples.flatMap((example) => idiom.propose(line, example, examples) ?? []);
function onlyOne(proposals: readonly Proposal[]): string | null {
  const texts = new Set(proposals.map((p) => p.replacement));
  return texts.size === 1 ? proposals[0]!.replacement : null;
}

function examplesIn(entryPoints: readonly EntryPoint[], finding: Finding, of: Lines): Example[] {
  const { file } = finding.entryPointPlace!;
  const lines = of(file);
  if (lines === null) return [];
  return entryPoints
    .filter((e) => e.registration.file === file && (e.protections as string[]).includes(finding.missing))
    .flatMap((entryPoint) =>
      entryPoint.chain
        .filter((l) => l.position === 'applied' && (l.protections as string[]).includes(finding.missing))
        .map((link) => ({ entryPoint, link, lines })),
    );
}

/** `router.post('/x', guard, handler)` */
const asArgument: Idiom['propose'] = (line, example, all) => {
  const target = callOn(line);
  const applied = guardAmong(example);
  if (!target || target.receiver !== applied?.receiver || !isText(target.arguments[0]?.text)) return null;
  const { guard } = applied;
  if (target.arguments.some((a) => a.text === guard)) return null;
  // What stands before the guard elsewhere stands before it here too.
  const before = new Set(all.flatMap((each) => guardAmong(each)?.before ?? []));
  let last = 0;
  while (before.has(target.arguments[last + 1]?.text ?? '')) last++;
  const { end, followed } = target.arguments[last]!;
  const next = line.slice(end).replace(/^\s*,\s*/, '');
  if (!followed || (guard.startsWith('{') && next.startsWith('{'))) return null;
  return {
    replacement: `${line.slice(0, end)}, ${guard}${line.slice(end)}`,
    plain: NAME.test(guard) || OPTION.test(guard),
  };
};

/** The guard of an example among the arguments of the call that registers it, and what comes between the path and it. */
function guardAmong({
  entryPoint: { registration },
  link,
  lines,
}: Example): { receiver: string; guard: string; before: string[] } | null {
  const call = callOn(lines[registration.line - 1] ?? '');
  if (!call || link.place.file !== registration.file || link.place.line !== registration.line) return null;
  const [route, ...others] = call.arguments;
  const at = others.findIndex((a) => isGuard(a.text, link.name));
  if (!isText(route?.text) || !others[at]?.followed) return null;
  const before = others.slice(0, at).map((a) => a.text);
  return { receiver: call.receiver, guard: others[at].text, before };
}

/** `@UseGuards(Guard)` above or below the decorator that registers. */
const asDecorator: Idiom['propose'] = (line, { entryPoint, link, lines }) => {
  const { registration } = entryPoint;
  const [indent] = /^\s*/.exec(line)!;
  const distance = link.place.line - registration.line;
  if (link.place.file !== registration.file || distance === 0 || Math.abs(distance) > DECORATORS) return null;
  const [from, to] = [registration.line, link.place.line].toSorted((a, b) => a - b) as [number, number];
  const between = lines.slice(from - 1, to);
  if (!DECORATOR.test(line) || !between.every((each) => DECORATOR.test(each))) return null;
  const decorator = lines[link.place.line - 1]!.trim();
  return {
    replacement: distance > 0 ? `${line}\n${indent}${decorator}` : `${indent}${decorator}\n${line}`,
    plain: !/['"`\d]/.test(decorator),
  };
};

/** `name: guardedProcedure.query(…)` */
const asBuilder: Idiom['propose'] = (line, { entryPoint, lines }) => {
  if (entryPoint.trigger.kind !== 'rpc') return null;
  const target = BUILDER.exec(line);
  const peer = BUILDER.exec(lines[builderLine(lines, entryPoint) - 1] ?? '');
  if (!target || !peer || target[2] === peer[2]) return null;
  const end = target[0].length;
  return { replacement: `${target[1]}${peer[2]}${line.slice(end)}`, plain: true };
};

/** Where a procedure begins whose last call stands some lines further down. */
function builderLine(lines: readonly string[], { trigger, registration }: EntryPoint): number {
  const name = 'name' in trigger ? trigger.name?.split('.').at(-1) : undefined;
  for (let at = registration.line; at > Math.max(0, registration.line - BUILDING); at--) {
    const named = /^\s*(?:(?:export\s+)?const\s+)?([\w$]+)\s*[:=]/.exec(lines[at - 1] ?? '')?.[1];
    if (named === name) return at;
  }
  return registration.line;
}

const registrationLine: Idiom['lineIn'] = (_lines, { registration }) => registration.line;
const IDIOMS: readonly Idiom[] = [
  { lineIn: registrationLine, propose: asArgument },
  { lineIn: registrationLine, propose: asDecorator },
  { lineIn: builderLine, propose: asBuilder },
];

const NAME = /^[\w$]+(?:\.[\w$]+)*$/;
/** Called with constants. */
const CALL = /^[\w$]+(?:\.[\w$]+)*\([^()]*\)$/;
const OPTION = /^\{\s*[\w$]+:\s*\[?\s*[\w$]+(?:\.[\w$]+)*\s*\]?\s*\}$/;
const DECORATOR = /^\s*@[\w$.]+(?:\(.*\))?\s*$/;
const BUILDER = /^(\s*(?:(?:export\s+)?const\s+[\w$]+\s*=|[\w$]+:)\s*)([\w$]+)(?=\.|\s*$)/;
const isText = (text: string | undefined): boolean => /^['"`]/.test(text ?? '');

function isGuard(text: string, name: string): boolean {
  if (!NAME.test(text) && !CALL.test(text) && !OPTION.test(text)) return false;
  return new RegExp(`(?:^|[^\\w$])${escaped(name)}(?=$|[^\\w$])`).test(text);
}
const escaped = (text: string): string => text.replace(/[^\w]/g, '\\$&');
/** Nothing in it hides or reorders: what a person sees is what they would commit. */
const isPlain = (text: string): boolean => !/[^\P{C}\t\n]|[\p{Zl}\p{Zp}]/u.test(text);
