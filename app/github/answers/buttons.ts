/** A button on a check run, as GitHub takes it: at most three, with 20 characters a label and 40 a description. */
export interface Button {
  label: string;
  description: string;
  /** The command that it stands for. */
  identifier: 'rescan' | 'explain';
}

const RESCAN: Button = { label: 'Re-scan', description: 'Judge this commit once more', identifier: 'rescan' };
const EXPLAIN: Button = {
  label: 'Explain',
  description: 'Say what to do, and how to accept',
  identifier: 'explain',
};

/** Accepting is none: that takes a finding and a reason. */
export const BUTTONS: readonly Button[] = [RESCAN, EXPLAIN];

/** The buttons of a check run that has findings, or has none to explain. */
export const buttonsFor = (hasFindings: boolean): Button[] => (hasFindings ? [RESCAN, EXPLAIN] : [RESCAN]);
