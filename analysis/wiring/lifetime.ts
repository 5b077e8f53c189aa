import type { Value } from './value.js';

/** Whether what is made says when it ends; nothing where that is not known. */
export function lifetimeOf(
  args: readonly Value[],
  { claims, options }: { claims: number; options?: number },
): 'ends' | 'endless' | undefined {
  const says = (value: Value | undefined, name: string): boolean | null => {
    if (value === undefined || (value.k === 'literal' && !value.value)) return false;
    if (value.k !== 'record') return null;
    const member = value.members.get(name);
    if (member) return member.k !== 'literal' || member.value !== undefined;
    return value.open ? null : false;
  };
  const said = [says(args[claims], 'exp'), options === undefined ? false : says(args[options], 'expiresIn')];
  if (said.includes(true)) return 'ends';
  return said.includes(null) ? undefined : 'endless';
}
