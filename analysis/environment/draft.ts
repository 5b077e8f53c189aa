import { createHash } from 'node:crypto';
import type { EnvironmentSetting, Risk, RiskKind, SettingKind } from '../model/environment.js';
import { shortened } from './reading.js';

/** A setting before the command in it has been followed. */
export interface Draft {
  kind: SettingKind;
  key: string;
  occasion: string | null;
  line: number;
  /** By which it is compared; it may hold what is not to be kept. */
  value: unknown;
  shown: string;
  risks?: Risk[];
  /** What is run, as a shell would be given it, and where from. */
  command?: string;
  folder?: string;
  /** What its command does is never a matter of routine. */
  remarkable?: true;
  /** Only worth a word where there is a risk to it. */
  onlyRisks?: true;
  routine?: boolean;
}

export const riskOf = (kind: RiskKind, text: string): Risk => ({ kind, text: shortened(text), place: null });

export function variableDraft(key: string, line: number, value: string, risk: Risk): Draft {
  const kind = risk.kind.startsWith('model-endpoint') ? 'endpoint' : 'environment';
  return { kind, key, occasion: null, line, value, shown: risk.text, risks: [risk] };
}

/** The setting that a draft becomes; null where there is nothing to it. */
export function settled(
  draft: Draft,
  { tool, file }: { tool: string; file: string },
  effect: { risks: Risk[]; routine: boolean } | null,
): EnvironmentSetting | null {
  const risks = [...(draft.risks ?? []), ...(effect?.risks ?? [])];
  if (draft.onlyRisks && risks.length === 0) return null;
  return {
    kind: draft.kind,
    tool,
    key: draft.key,
    occasion: draft.occasion,
    digest: createHash('sha256').update(JSON.stringify(draft.value)).digest('hex').slice(0, 16),
    shown: shortened(draft.shown),
    routine: draft.routine ?? (!draft.remarkable && (effect?.routine ?? false)),
    risks,
    place: { file, line: draft.line },
  };
}

/** Words as a shell would be given them. */
export function commandText(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w./:@=,+-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`))
    .join(' ');
}
