import { inspect, type Judgement } from '../../analysis/judge.js';
import type { Finding } from '../../analysis/divergences/finding.js';
import type { Model } from '../../analysis/model/model.js';
import type { Judged } from '../../analysis/policy/judge-under-policy.js';
import { underPolicy } from '../../analysis/policy/under-policy.js';
import type { TreeSource } from '../../analysis/source.js';
import type { Change } from '../git/change.js';
import { toReport, type Report } from '../report/report.js';

/** A work tree and what it is compared with, at one moment, judged under the policy of its base. */
export class Snapshot {
  private inspectedAlready: Judgement | null = null;
  private paths: Map<string, string> | null = null;
  private readonly contents = new Map<string, Promise<string | null>>();

  constructor(
    private readonly change: Pick<Change, 'base' | 'compared' | 'judged'>,
    private readonly outcome: Judged,
    private readonly today: string,
  ) {}

  /** The commit that the work tree is compared with; the empty tree where there is none yet. */
  get base(): string {
    return this.change.base;
  }
  get model(): Model {
    return this.outcome.head;
  }
  /** What the work tree would bring. */
  get judgement(): Judgement {
    return this.outcome.judgement;
  }

  /** Everything that diverges in the work tree, whoever brought it. */
  get standing(): readonly Finding[] {
    const { model, today } = this;
    return (this.inspectedAlready ??= underPolicy(inspect(model), this.outcome.policy, {
      base: null,
      head: model,
      today,
      author: 'unknown',
    })).findings;
  }

  report(): Report {
    const { model, judgement, base } = this;
    return toReport({ mode: 'check', model, judgement, base, head: null });
  }

  /** The text of a file of the work tree; null where there is none. */
  async text(file: string): Promise<string | null> {
    this.paths ??= new Map(this.change.judged.files.map((each) => [each.path, each.id]));
    const id = this.paths.get(file);
    if (id === undefined) return null;
    let content = this.contents.get(id);
    if (!content) {
      content = this.change.judged.read([id]).then((found) => {
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
    const id = idIn(this.change.judged);
    return id !== undefined && id === idIn(this.change.compared);
  }
}
