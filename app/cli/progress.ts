import type { Progress } from '../../analysis/analyse.js';

/** Shorter work needs no commentary. */
const QUIET_MILLISECONDS = 1000;
const REDRAW_MILLISECONDS = 100;
const CLEAR_LINE = '\r\u001b[K';

/** One line on a terminal's stderr that says what is going on; silent where nobody watches. */
export class ProgressLine {
  private readonly started = Date.now();
  private drawn = 0;
  private shown = false;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  /** To be handed to `analyse`. */
  of(what: string): (progress: Progress) => void {
    return ({ phase, done, total }) => {
      const now = Date.now();
      if (
        !this.stream.isTTY ||
        now - this.started < QUIET_MILLISECONDS ||
        now - this.drawn < REDRAW_MILLISECONDS
      )
        return;
      this.drawn = now;
      this.shown = true;
      this.stream.write(`${CLEAR_LINE}${what}: ${phase} ${done}/${total}`);
    };
  }

  clear(): void {
    if (this.shown) this.stream.write(CLEAR_LINE);
    this.shown = false;
  }
}
