import type { ChainLink, EntryPoint } from './model.js';
import { lineText } from './place.js';

/** What a link is called that stands for the rest of an entry point that was followed in part: what is asked there is not known. */
export const CUT_SHORT = 'followed in part';
/** The links of a chain that bring a protection, in the order in which they are passed. */
export const linksWith = ({ chain }: Pick<EntryPoint, 'chain'>, protection: string): ChainLink[] =>
  chain.filter((l) => (l.protections as string[]).includes(protection));
/** Where they stand: the same installation in front of several is one. */
export const linesWith = (e: Pick<EntryPoint, 'chain'>, protection: string): string[] =>
  linksWith(e, protection).map((l) => lineText(l.place));
/** Which installation of a guard it is: one and the same stands in front of several entry points. */
export const installationOf = ({ name, place }: ChainLink): string => `${name}|${lineText(place)}`;
