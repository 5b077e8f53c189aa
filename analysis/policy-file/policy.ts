import type { Place } from '../model/model.js';
import type {
  AssumedEntry,
  GuardEntry,
  Levels,
  PublicEntry,
  RegisteredEntry,
  RequiredEntry,
  Settings,
  WaiverEntry,
} from './schema.js';

/** Where a repository says what Postern cannot know. An organisation's defaults lie at the same path of its `.github` repository. */
export const POLICY_FILE = '.github/postern.yml';

/** Something in the file that does not count, and why. */
export interface Mistake extends Place {
  /** The key of the file that it stands under; null where the file as a whole cannot be read. */
  key: string | null;
  reason: string;
}
/** An entry of a list, with where it stands. */
export type Placed<T> = T & { at: Place };

/** What a repository has decided: its file, over the defaults of its organisation. */
export interface Policy extends Settings {
  /** Files that it was read from, defaults first; empty where there are none. */
  files: string[];
  registers: Placed<RegisteredEntry>[];
  guards: Placed<GuardEntry>[];
  require: Placed<RequiredEntry>[];
  public: Placed<PublicEntry>[];
  assume: Placed<AssumedEntry>[];
  waivers: Placed<WaiverEntry>[];
  ignore: Placed<{ glob: string }>[];
  levels: Levels;
  mistakes: Mistake[];
}
export const NO_POLICY: Policy = {
  files: [],
  registers: [],
  guards: [],
  require: [],
  public: [],
  assume: [],
  waivers: [],
  ignore: [],
  levels: {},
  mistakes: [],
};

/** Texts that a policy is read from. */
export interface PolicyTexts {
  /** The repository's own file; null: it has none. */
  own: string | null;
  /** What it is laid over; null: nothing. */
  defaults: PolicyDefaults | null;
  /** Files that are there, or may be, and could not be had. */
  unread: Mistake[];
}
export interface PolicyDefaults {
  /** How the file is called where it is spoken of. */
  file: string;
  text: string;
}

/** A repository's own file over the defaults: lists are joined, its own settings and levels win. */
export function merged(defaults: Policy, own: Policy): Policy {
  return {
    ...defaults,
    ...own,
    files: [...defaults.files, ...own.files],
    registers: [...defaults.registers, ...own.registers],
    guards: [...defaults.guards, ...own.guards],
    require: [...defaults.require, ...own.require],
    public: [...defaults.public, ...own.public],
    assume: [...defaults.assume, ...own.assume],
    waivers: [...defaults.waivers, ...own.waivers],
    ignore: [...defaults.ignore, ...own.ignore],
    levels: { ...defaults.levels, ...own.levels },
    mistakes: [...defaults.mistakes, ...own.mistakes],
  };
}

/** `path: /a` and `path: [/a, /b]` */
export const listOf = <T>(given: T | T[] | undefined): T[] =>
  given === undefined ? [] : Array.isArray(given) ? given : [given];
