import type { Place } from '../model/model.js';
import type { Call } from './fact.js';
import { constantsOf, type ClassValue, type FunctionValue, type Site, type Value } from './value.js';

/**
 * A closure without a name of its own is known by the function that made it, and by what that was given. Which function
 * that was is kept for every closure.
 */
export function signed(value: Value, name: string | null, args: readonly Value[]): Value {
  if (name === null) return value;
  if (value.k === 'unknown' && value.wraps?.some((w) => w.k === 'function' && !w.maker))
    return { ...value, wraps: value.wraps.map((w) => signed(w, name, args)) };
  // Nobody else has it yet: it is the value itself that is named, since a class is known by its identity.
  if (value.k === 'class' && value.scope.parent?.parent)
    value.madeBy ??= { name, arguments: args.flatMap((a) => constantsOf(a) ?? []).slice(0, 8) };
  if (value.k !== 'function' || value.maker || value.scope?.parent == null) return value;
  const maker = { name, arguments: args.flatMap((a) => constantsOf(a) ?? []).slice(0, 8) };
  if (value.fn.name !== null || value.madeBy) return { ...value, maker };
  // What merely wraps one function is known by what it wraps.
  const wrapped = args.filter((a): a is FunctionValue => a.k === 'function');
  const only =
    wrapped.length === 1 && args.length === 1 ? (wrapped[0]!.madeBy ?? named(nameOf(wrapped[0]!))) : null;
  return { ...value, maker, madeBy: only ?? maker };
}
/**
 * What a function is called. One that is all that its file hands out (`module.exports = async (ctx, next) => …`) is called as the file
 * is, as those do who require it: `require-user.js` is `requireUser`.
 */
export function nameOf({ fn, module }: FunctionValue): string | null {
  if (fn.name !== 'exports') return fn.name;
  const [file = '', folder = ''] = module.path.split('/').reverse();
  const stem = file.replace(/\.[cm]?[jt]sx?$/, '');
  const words = (stem === 'index' ? folder : stem).split(/[^\w$]+/).filter(Boolean);
  const [first = '', ...rest] = words;
  const name = first + rest.map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join('');
  return /^[A-Za-z_$]/.test(name) ? name : fn.name;
}
/** The variable in which a module keeps what it has made: what people call it by. */
export const variableOf = (made: Value, { module }: Site): string | undefined =>
  [...module.scope.variables].find(([, value]) => value === made)?.[0];
const named = (name: string | null): FunctionValue['madeBy'] | null =>
  name ? { name, arguments: [] } : null;
/** What a call is told by. */
export const calledAt = (callee: Value, place: Place): Pick<Call, 'name' | 'place'> => ({
  name: callableName(callee),
  place,
});
/** A call of a function, as it stands on the way to what happens in it. */
export const callOf = (callee: FunctionValue, args: readonly Value[], place: Place): Call => ({
  ...calledAt(callee, place),
  arguments: args.flatMap((a) => constantsOf(a) ?? []).slice(0, 8),
  ...(callee.standsFor !== undefined && { isDecorated: true as const }),
  ...(callee.maker && {
    made: { name: callee.maker.name, definition: { file: callee.module.path, line: callee.fn.line } },
  }),
});
export const callablesIn = (args: readonly Value[]): readonly Value[] | null => {
  const found = args.filter((a) => a.k === 'function' || (a.k === 'unknown' && a.wraps !== null));
  return found.length > 0 ? found : null;
};
export function callableName(value: Value): string {
  switch (value.k) {
    case 'function':
      return value.standsFor ?? nameOf(value) ?? value.madeBy?.name ?? 'anonymous';
    case 'builtin':
      return value.name;
    case 'external':
      return value.path.filter((p) => !p.startsWith('(')).at(-1) ?? value.package;
    case 'class':
      return value.madeBy?.name ?? value.node.name ?? 'anonymous class';
    case 'unknown':
      return value.wraps?.[0]
        ? callableName(value.wraps[0])
        : value.origin
          ? callableName(value.origin)
          : 'unknown';
    case 'native':
      return value.type.name;
    case 'choice':
      return callableName(value.options[0]!.value);
    default:
      return 'unknown';
  }
}

const NAMED_STATUS: readonly (readonly [RegExp, number])[] = [
  [
    /unauthori[sz]ed|unauthenticated|not_?authenticated|not_?(?:logged|signed)_?(?:in|(?:error|exception)?$)/i,
    401,
  ],
  [/forbidden|access_?denied|not_?allowed|permission|not_?authori[sz]ed|not_?(?:an_?)?admin/i, 403],
  [/not_?found/i, 404],
  [/too_?many|rate_?limit/i, 429],
  [/badrequest|validation|invalid/i, 400],
  [/conflict/i, 409],
];
const statusNamed = (name: string, named = NAMED_STATUS): number | null =>
  named.find(([pattern]) => pattern.test(name))?.[1] ?? null;
/**
 * The HTTP status that a thrown or passed error stands for: its own number, else what it or its class is called, or one that
 * this is derived from.
 */
export function statusOf(value: Value): number | null {
  if (value.k === 'choice')
    return value.options.map((o) => statusOf(o.value)).find((s) => s !== null) ?? null;
  if (value.k === 'promise') return statusOf(value.value);
  if (value.k === 'native') return value.type.answer?.(value)?.status ?? null;
  if (value.k === 'record') {
    for (const key of ['status', 'statusCode', 'httpStatus', 'code']) {
      const member = value.members.get(key);
      if (
        member?.k === 'literal' &&
        typeof member.value === 'number' &&
        member.value >= 100 &&
        member.value < 600
      )
        return member.value;
    }
    const { cls, members } = value;
    const codes = ['code', 'type', 'kind', 'name'].flatMap((key) => {
      const member = members.get(key);
      // One word, as `UNAUTHORIZED`: what is a sentence is told below.
      return member?.k === 'literal' && typeof member.value === 'string' && /^\w+$/.test(member.value)
        ? [member.value]
        : [];
    });
    for (const name of [cls?.node.name, ...codes, ...basesOf(cls)]) {
      const status = name ? statusNamed(name) : null;
      if (status !== null) return status;
    }
    const message = members.get('message');
    return message?.k === 'literal' && typeof message.value === 'string'
      ? statusNamed(message.value.replace(/\s/g, ''), NAMED_STATUS.slice(0, 2))
      : null;
  }
  if (value.k === 'unknown' && value.origin) return statusNamed(callableName(value.origin));
  return null;
}
/** What the classes are called that one is derived from, nearest first. */
function basesOf(cls: ClassValue | undefined | null): string[] {
  const base = cls?.base;
  if (base?.k === 'class') return [base.node.name ?? '', ...basesOf(base)];
  return base?.k === 'external' ? [callableName(base)] : [];
}
