/**
 * What the page is given, as JSON inside of it. Texts have been through `visible`, and are only ever set as text. Places and
 * guards, which many entry points share, are written once and named by their index.
 */
export interface PageData {
  title: string;
  /** What was looked at: a commit, or the work tree. */
  revision: string;
  complete: boolean;
  /** One sentence that says how it went. */
  conclusion: string;
  /** A change is looked at: what it brings stands before what was there. */
  change: boolean;
  /** Protections, a column each. */
  columns: string[];
  files: PageFile[];
  guards: PageGuard[];
  rows: PageRow[];
  groups: PageGroup[];
  entities: PageEntity[];
  findings: PageFinding[];
  gaps: { reason: string; place: PagePlace | null }[];
  notLookedAt: { what: string; files: number }[];
  policy: string[];
  /** Null where history was not asked. */
  timeline: PageTimeline | null;
}

export interface PageFile {
  name: string;
  /** Where it is served, to be followed by `#L12`; null where nobody said so. */
  address: string | null;
}
/** Index of a file, and a line. */
export type PagePlace = [file: number, line: number];

export interface PageGuard {
  name: string;
  place: PagePlace;
  /** Indexes of columns. */
  protections: number[];
  arguments: string[];
  unless: string | null;
  /** Nothing in the code: the project says that it stands there. */
  assumed: boolean;
  /** Whether it refuses anybody, whatever for; null where it stands in no code. */
  refuses: 'yes' | 'no' | 'unknown' | null;
}
/**
 * `diverges`: a finding says that it is missing; `waived`: and somebody decided that this is intended; `partly`: something
 * in the chain makes sure of it, and there are ways past that.
 */
export type CellState = 'has' | 'partly' | 'unknown' | 'assumed' | 'diverges' | 'waived';
export interface PageCell {
  state: CellState;
  /** What establishes it. */
  guards: number[];
  finding: number | null;
}
export interface PageRow {
  id: string;
  name: string;
  /** Kind of trigger in words. */
  transport: string;
  program: string;
  framework: string;
  place: PagePlace;
  handler: PagePlace | null;
  chain: number[];
  /** As many as there are columns; null where nothing is known to be there. */
  cells: (PageCell | null)[];
  effects: string[];
  public: string | null;
  /** A credential that it refuses for, and does not verify. */
  asks: { name: string; place: PagePlace } | null;
  findings: number[];
  diverges: boolean;
  /** What the change does to it, where a change is looked at. */
  change: 'added' | 'changed' | null;
}
export interface PageGroup {
  name: string;
  about: 'entity' | 'path';
  rows: number[];
}
export interface PageEntity {
  name: string;
  writes: number[];
  /** Those that only read it. */
  reads: number[];
}
export interface PageFinding {
  id: string;
  rule: string;
  title: string;
  level: 'error' | 'warning' | 'note';
  place: PagePlace;
  row: number | null;
  /** The change brings it. */
  fresh: boolean;
  message: string;
  remedy: string;
  precedents: { name: string; place: PagePlace; establishedBy: string | null }[];
  /** Who decided that it is intended, why and until when; null where nobody did. */
  waiver: string | null;
}

export interface PageTimeline {
  /** The newest first. */
  moments: PageMoment[];
  unknown: { reason: string; count: number }[];
  /** Between which commits it is known what was taken away, and over how many; null where that was not looked for. */
  replayed: { commits: number; from: string; to: string } | null;
  /** As pull requests were merged; else as git blame has it. */
  recorded: boolean;
}
/** A commit that brought protections, or took them away. */
export interface PageMoment {
  date: string;
  /** `#12`, or the beginning of the commit's id. */
  name: string;
  subject: string;
  address: string | null;
  established: PageStep[];
  lost: PageStep[];
}
export interface PageStep {
  protection: string;
  /** Of how many of its entry points it is seen that they came in the same commit. */
  together: number;
  /** Indexes of rows; the name of what is no more. */
  entryPoints: (number | string)[];
}
