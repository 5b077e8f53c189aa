const IDS = /\b[0-9a-f]{40}\b/g;

/** The emulator makes up commits of its own: which of them stands for which commit of git. */
export class Twins {
  private readonly toGit = new Map<string, string>();
  private readonly toEmulator = new Map<string, string>();

  /** From now on one means the other; an earlier twin still leads to its commit of git. */
  pair(git: string, emulator: string): void {
    this.toGit.set(emulator, git);
    this.toEmulator.set(git, emulator);
  }

  of(git: string): string | null {
    return this.toEmulator.get(git) ?? null;
  }

  /** A text for the emulator, whatever it is: a path, JSON. Ids that it does not know stay as they are. */
  inbound(text: string): string {
    return text.replace(IDS, (id) => this.toEmulator.get(id) ?? id);
  }

  /** A text of the emulator for the world outside. */
  outbound(text: string): string {
    return text.replace(IDS, (id) => this.toGit.get(id) ?? id);
  }
}
