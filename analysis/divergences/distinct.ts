/** One of each kind, the first that there is; the last kind first. */
export const oneOfEach = <T>(all: readonly T[], kindOf: (each: T) => string): T[] => [
  ...new Map(all.toReversed().map((each) => [kindOf(each), each])).values(),
];
