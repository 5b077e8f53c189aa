/** Something that a person can put right, in one sentence that says what, where and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** One line for stderr. A message of unknown origin may hold several, or terminal controls. */
export function inOneLine(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replace(/\s*\n\s*/g, ' ').trim();
}
