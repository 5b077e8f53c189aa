import type { Effect, EntryPoint, Model } from '../model/model.js';
import { AS_NOTE, fingerprint, nameOf, placesOf, sentence } from './describe.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

interface Writing {
  entryPoint: EntryPoint;
  effect: Effect;
}

/**
 * Values that the program works out at one entry point and that another takes from whoever calls: a score, a balance, what
 * has been unlocked (CWE-602). A note, since what a value means is not seen; and none where only some may write it, or where
 * more take it than work it out.
 */
export function clientSideValues(model: Model): Finding[] {
  return byProgram(model.entryPoints).flatMap((entryPoints) => {
    const writings = entryPoints.flatMap((entryPoint) =>
      entryPoint.effects.map((effect): Writing => ({ entryPoint, effect })),
    );
    const columnsOf = (pick: (x: Effect) => readonly string[] | undefined): Map<string, Writing[]> => {
      const found = new Map<string, Writing[]>();
      for (const w of writings)
        for (const column of pick(w.effect) ?? []) {
          const name = `${w.effect.target}.${column}`;
          found.set(name, [...(found.get(name) ?? []), w]);
        }
      return found;
    };
    const worked = columnsOf((x) => x.worksOut);
    const findings = new Map<string, Finding>();
    for (const [column, believing] of columnsOf((x) => x.believes)) {
      const working = worked.get(column) ?? [];
      if (entryPointsOf(working) < entryPointsOf(believing)) continue;
      for (const w of believing) {
        if (w.effect.protections.includes('authorization')) continue;
        if (working.some((o) => o.entryPoint === w.entryPoint)) continue;
        const finding = findingOf(w, column, working);
        findings.set(finding.id, finding);
      }
    }
    return [...findings.values()];
  });
}
const entryPointsOf = (all: readonly Writing[]): number => new Set(all.map((w) => w.entryPoint)).size;

function findingOf({ entryPoint: e, effect }: Writing, column: string, working: readonly Writing[]): Finding {
  const [first] = working;
  const { place } = first!.effect;
  return {
    id: fingerprint('client-side-value', column, e.id),
    rule: 'client-side-value',
    ...AS_NOTE,
    missing: 'validation',
    ...placesOf(e),
    place: effect.place,
    message: `${sentence(nameOf(e))} writes \`${column}\` as the request says; ${nameOf(first!.entryPoint)} works it out.`,
    remedy: `If it counts for anything, work it out as ${place.file}:${place.line} does, and take nothing of it from the request.`,
    precedents: working.slice(0, 3).map((w) => ({
      entryPoint: w.entryPoint.id,
      file: w.effect.place.file,
      line: w.effect.place.line,
      guard: 'worked out',
    })),
    affects: [],
  };
}
