import type { Place } from '../../../analysis/model/model.js';
import type { RepositoryRecord } from '../../../store/repository-records.js';
import { GitRepository } from '../../git/repository.js';
import { Refusal } from '../../mcp/answer.js';
import { checkChangesTool } from '../../mcp/check-changes.js';
import { TOOLS } from '../../mcp/server.js';
import type { Known, Subject } from '../../mcp/subject.js';
import { toReport } from '../../report/report.js';
import type { StandingModels } from './standing.js';

/** What can be asked of a store. What somebody writes is nowhere but with them. */
export const STORED_TOOLS = TOOLS.map((tool) =>
  tool === checkChangesTool
    ? {
        ...tool,
        answer: () => {
          throw new Refusal(
            'The App does not see what you write: check_changes needs your clone. Run `postern mcp --server` or `postern check` there.',
          );
        },
      }
    : tool,
);

/** The default branch of a repository, as the store and the mirror have it, for the time of one question. */
export class StoredSubject implements Subject {
  readonly topLevel = null;
  private opened: Promise<GitRepository> | null = null;

  constructor(
    private readonly standing: StandingModels,
    private readonly repository: RepositoryRecord,
  ) {}

  async snapshot(): Promise<Known> {
    const found = await this.standing.of(this.repository);
    if (!found)
      throw new Refusal(
        `The App knows nothing of ${this.repository.defaultBranch} yet: the first pull request, or push, after it was installed begins it.`,
      );
    const { commit, model, judgement } = found;
    const ids = async (): Promise<Map<string, string>> =>
      new Map((await (await this.git()).tree(commit)).files.map(({ path, id }) => [path, id]));
    let paths: Promise<Map<string, string>> | null = null;
    return {
      base: commit,
      model,
      judgement,
      standing: judgement.findings,
      report: () => toReport({ mode: 'scan', model, judgement, base: null, head: commit }),
      text: async (file) => {
        const id = (await (paths ??= ids())).get(file);
        if (id === undefined) return null;
        const tree = await (await this.git()).tree(commit);
        const bytes = (await tree.read([id])).get(id);
        return bytes ? Buffer.from(bytes).toString('utf8') : null;
      },
    };
  }

  async establishing(known: Known, place: Place): ReturnType<Subject['establishing']> {
    return (await this.git()).establishing(known.base, place);
  }

  async close(): Promise<void> {
    await (await this.opened?.catch(() => null))?.close();
  }

  private git(): Promise<GitRepository> {
    return (this.opened ??= this.standing
      .gitDirectory(this.repository)
      .then((directory) => GitRepository.open(directory)));
  }
}
