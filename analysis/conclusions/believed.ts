import type { EntryPoint } from '../model/model.js';

/** Only where somebody works a column out does it matter who takes it from a request. */
export function withBelieved(entryPoints: readonly EntryPoint[]): EntryPoint[] {
  const workedOut = new Set(
    entryPoints.flatMap((e) =>
      e.effects.flatMap((x) => (x.worksOut ?? []).map((column) => `${x.target}.${column}`)),
    ),
  );
  return entryPoints.map((e) => ({
    ...e,
    effects: e.effects.map(({ believes, ...effect }) => {
      const left = believes?.filter((column) => workedOut.has(`${effect.target}.${column}`)) ?? [];
      return left.length > 0 ? { ...effect, believes: left } : effect;
    }),
  }));
}
