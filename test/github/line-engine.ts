import { EXTRACTOR_VERSION } from '../../analysis/extractor-version.js';
import type { Finding } from '../../analysis/divergences/finding.js';
import type { Judgement } from '../../analysis/judge.js';
import type { EntryPoint, Model, Protection } from '../../analysis/model/model.js';
import type { TreeSource } from '../../analysis/source.js';
import type { Engine } from '../../app/github/analysis.js';

/**
 * An engine for a language of one statement: each line of a `*.routes` file is `METHOD /path protection…`, and `???`
 * is a line that cannot be understood. It lets the App's tests say what a tree contains without depending on how real
 * frameworks are analysed.
 */
export const LINE_ENGINE: Engine = { analyse, judge };

async function analyse(source: TreeSource): Promise<Model> {
  const files = source.files.filter(({ path }) => path.endsWith('.routes'));
  const contents = await source.read(files.map(({ id }) => id));
  const model: Model = {
    extractor: EXTRACTOR_VERSION,
    tree: source.id,
    entryPoints: [],
    guards: [],
    gaps: [],
    notLookedAt: [],
  };
  for (const { path, id } of files) {
    const lines = Buffer.from(contents.get(id)!).toString('utf8').trimEnd().split('\n');
    lines.forEach((text, index) => {
      const place = { file: path, line: index + 1 };
      if (text.startsWith('???')) model.gaps.push({ ...place, reason: text, affects: [] });
      else if (text !== '') model.entryPoints.push(entryPoint(text, place));
    });
  }
  return model;
}

function entryPoint(text: string, place: { file: string; line: number }): EntryPoint {
  const [method = '', path = '', ...protections] = text.split(' ');
  return {
    id: `app: http ${method} ${path}`,
    program: 'app',
    trigger: { kind: 'http', method, path },
    framework: 'lines',
    registration: place,
    handler: null,
    chain: [],
    protections: protections as Protection[],
    unknown: [],
    effects: [],
    public: null,
    unmounted: false,
  };
}

function judge(base: Model, head: Model): Judgement {
  const before = new Map(base.entryPoints.map((known) => [known.id, known]));
  const peer = base.entryPoints.find(({ protections }) => protections.includes('authentication'));
  const affected: Judgement['affected'] = [];
  const findings: Finding[] = [];
  for (const found of head.entryPoints) {
    const known = before.get(found.id);
    const same = known && known.protections.join() === found.protections.join();
    if (!same) affected.push({ change: known ? 'changed' : 'added', entryPoint: found });
    if (!same && peer && !found.protections.includes('authentication')) findings.push(finding(found, peer));
  }
  const gaps = head.gaps.map((gap) => ({
    ...gap,
    introduced: !base.gaps.some(({ reason }) => reason === gap.reason),
  }));
  return {
    status: gaps.some(({ introduced }) => introduced) ? 'partial' : 'complete',
    affected,
    findings,
    gaps,
  };
}

function finding(found: EntryPoint, peer: EntryPoint): Finding {
  return {
    id: `missing-protection authentication ${found.id}`,
    rule: 'missing-protection',
    level: 'error',
    confidence: 'high',
    status: 'new',
    blocking: true,
    missing: 'authentication',
    entryPoint: found.id,
    trigger: found.trigger,
    entryPointPlace: found.registration,
    handler: null,
    place: found.registration,
    message: 'Peers require `authentication`; this entry point does not.',
    remedy: 'Add `authentication`.',
    precedents: [{ entryPoint: peer.id, guard: 'authentication', ...peer.registration }],
    affects: [],
  };
}
