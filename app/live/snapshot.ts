import { inspect, judge, type Judgement } from '../../analysis/judge.js';
import type { Model } from '../../analysis/model/model.js';
import type { TreeSource } from '../../analysis/source.js';
import type { Finding } from '../../analysis/divergences/finding.js';
import { toReport, type Report } from '../report/report.js';

/** A work tree and what it is compared with, at one moment. What is derived from both is made once, when it is asked for. */
export class Snapshot {
  private judgedAlready: Judgement | null = null;
  private inspectedAlready: Judgement | null = null;
  private paths: Map<string, string> | null = null;
  private readonly contents = new Map<string, Promise<string | null>>();

  constructor(
    /** The commit that the work tree is compared with; the empty tree where there is none yet. */
    readonly base: string,
    readonly compared: TreeSource,
    readonly judged: TreeSource,
    readonly before: Model,
    readonly model: Model,
  ) {}

  /** What the work tree would bring. */
  get judgement(): Judgement {
    return (this.judgedAlready ??= judge(this.before, this.model));
  }

  /** Everything that diverges in the work tree, whoever brought it. */
  get standing(): readonly Finding[] {
    return (this.inspectedAlready ??= inspect(this.model)).findings;
  }

  report(): Report {
    const { model, judgement, base } = this;
    return toReport({ mode: 'check', model, judgement, base, head: null });
  }

  /** The text of a file of the work tree; null where there is none. */
  async text(file: string): Promise<string | null> {
    this.paths ??= new Map(this.judged.files.map((each) => [each.path, each.id]));
    const id = this.paths.get(file);
    if (id === undefined) return null;
    let content = this.contents.get(id);
    if (!content) {
      content = this.judged.read([id]).then((found) => {
        const bytes = found.get(id);
        return bytes ? Buffer.from(bytes).toString('utf8') : null;
      });
      this.contents.set(id, content);
    }
    return content;
  }

  /** Whether a file is the same in what the work tree is compared with. */
  isUnchanged(file: string): boolean {
    const idIn = (tree: TreeSource): string | undefined => tree.files.find((each) => each.path === file)?.id;
    const id = idIn(this.judged);
    return id !== undefined && id === idIn(this.compared);
  }
}
