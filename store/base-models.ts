import type { EntryPoint, Model, Protection } from '../analysis/model/model.js';
import { compress, decompress } from './compression.js';
import type { Database } from './database.js';
import type { PullRequests } from './pull-requests.js';

export interface BaseModel {
  commit: string;
  model: Model;
}

/** Where a commit of the default branch came from, as far as its history tells. */
export interface Origin {
  commit: string;
  /** Number of the pull request that it merged, or null when it was pushed directly or nothing says. */
  pullRequest: number | null;
}

/** Says which pull request (`#12`) or commit established a protection; null when it is older than the records. */
export type ProvenanceLookup = (
  entryPointId: string,
  protection: Protection,
) => { establishedBy: string | null };

interface Attribution {
  addedBy: string | null;
  protections: Map<string, string | null>;
}

/**
 * The model of each repository's default branch, with the provenance of every entry point and protection in it.
 * Provenance decorates findings; it never decides one.
 */
export class BaseModels {
  constructor(
    private readonly database: Database,
    private readonly pullRequests: PullRequests,
  ) {}

  get(repositoryId: number): BaseModel | null {
    const row = this.database
      .prepare('SELECT commit_sha, model FROM base_model WHERE repository_id = ?')
      .get(repositoryId) as { commit_sha: string; model: Buffer } | undefined;
    return row ? { commit: row.commit_sha, model: JSON.parse(decompress(row.model)) as Model } : null;
  }

  /** The commit that the stored model describes and the extractor that made it, without unpacking the model. */
  position(repositoryId: number): { commit: string; extractor: string } | null {
    const row = this.database
      .prepare('SELECT commit_sha AS "commit", extractor FROM base_model WHERE repository_id = ?')
      .get(repositoryId);
    return (row as { commit: string; extractor: string } | undefined) ?? null;
  }

  /**
   * Begins the records of a repository, or begins them again with another extractor: what the model holds that was
   * not known before is older than the records, so nobody is named for it.
   */
  begin(repositoryId: number, commit: string, model: Model): void {
    this.write(repositoryId, commit, model, () => null);
  }

  /** Another branch is the default one: the records begin anew. */
  forget(repositoryId: number): void {
    this.database
      .transaction(() => {
        this.database.prepare('DELETE FROM base_model WHERE repository_id = ?').run(repositoryId);
        this.database.prepare('DELETE FROM entry_point WHERE repository_id = ?').run(repositoryId);
      })
      .immediate();
  }

  /**
   * Moves the default branch to a commit: entry points and protections that newly appear are attributed to the
   * merged pull request whose overlay brought them, else to the origin's pull request, else to its commit.
   * Everything else keeps its attribution; what disappeared is forgotten.
   */
  advance(repositoryId: number, origin: Origin, model: Model): void {
    const claims = this.pullRequests.claims(repositoryId);
    const merged = this.pullRequests.mergedAs(repositoryId, origin.commit) ?? origin.pullRequest;
    const fallback = merged === null ? origin.commit : `#${merged}`;
    this.write(repositoryId, origin.commit, model, (entryPointId, protection) => {
      const number = claims(entryPointId, protection);
      return number === null ? fallback : `#${number}`;
    });
  }

  /** What is known of where the protections of a repository's default branch come from, as of this call. */
  provenanceOf(repositoryId: number): ProvenanceLookup {
    const known = this.attributions(repositoryId);
    return (entryPointId, protection) => ({
      establishedBy: known.get(entryPointId)?.protections.get(protection) ?? null,
    });
  }

  /** Everything that is known of where entry points and their protections come from, in no order. */
  records(
    repositoryId: number,
  ): { entryPoint: string; addedBy: string | null; protections: Map<string, string | null> }[] {
    return [...this.attributions(repositoryId)].map(([entryPoint, known]) => ({ entryPoint, ...known }));
  }

  /** Which pull request or commit added an entry point; null when it is older than the records or unknown. */
  addedBy(repositoryId: number, entryPointId: string): string | null {
    const found = this.database
      .prepare('SELECT added_by FROM entry_point WHERE repository_id = ? AND id = ?')
      .pluck()
      .get(repositoryId, entryPointId);
    return (found as string | null | undefined) ?? null;
  }

  private write(
    repositoryId: number,
    commit: string,
    model: Model,
    attribute: (entryPointId: string, protection: Protection | null) => string | null,
  ): void {
    const insertEntryPoint = this.database.prepare(
      'INSERT INTO entry_point (repository_id, id, added_by, first_commit) VALUES (?, ?, ?, ?)',
    );
    const removeEntryPoint = this.database.prepare(
      'DELETE FROM entry_point WHERE repository_id = ? AND id = ?',
    );
    const insertProtection = this.database.prepare(
      `INSERT INTO protection (repository_id, entry_point_id, protection, established_by, first_commit)
       VALUES (?, ?, ?, ?, ?)`,
    );
    const removeProtection = this.database.prepare(
      'DELETE FROM protection WHERE repository_id = ? AND entry_point_id = ? AND protection = ?',
    );
    const reconcile = (entryPoint: EntryPoint, before: Attribution | undefined): void => {
      if (!before) {
        insertEntryPoint.run(repositoryId, entryPoint.id, attribute(entryPoint.id, null), commit);
      }
      for (const protection of entryPoint.protections) {
        if (before?.protections.has(protection)) continue;
        insertProtection.run(
          repositoryId,
          entryPoint.id,
          protection,
          attribute(entryPoint.id, protection),
          commit,
        );
      }
      // A protection about which nothing can be said today is not gone: forgetting it would name the wrong
      // pull request once it is understood again.
      const standing = new Set<string>([...entryPoint.protections, ...entryPoint.unknown]);
      for (const protection of before?.protections.keys() ?? []) {
        if (!standing.has(protection)) removeProtection.run(repositoryId, entryPoint.id, protection);
      }
    };
    this.database
      .transaction(() => {
        const known = this.attributions(repositoryId);
        const present = new Set(model.entryPoints.map((entryPoint) => entryPoint.id));
        for (const id of known.keys()) if (!present.has(id)) removeEntryPoint.run(repositoryId, id);
        for (const entryPoint of model.entryPoints) reconcile(entryPoint, known.get(entryPoint.id));
        this.database
          .prepare(
            `INSERT INTO base_model (repository_id, commit_sha, tree, extractor, model) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (repository_id) DO UPDATE SET commit_sha = excluded.commit_sha, tree = excluded.tree,
             extractor = excluded.extractor, model = excluded.model`,
          )
          .run(repositoryId, commit, model.tree, model.extractor, compress(JSON.stringify(model)));
      })
      .immediate();
  }

  private attributions(repositoryId: number): Map<string, Attribution> {
    const known = new Map<string, Attribution>();
    const entryPoints = this.database
      .prepare('SELECT id, added_by FROM entry_point WHERE repository_id = ?')
      .all(repositoryId) as { id: string; added_by: string | null }[];
    for (const { id, added_by } of entryPoints) known.set(id, { addedBy: added_by, protections: new Map() });
    const protections = this.database
      .prepare('SELECT entry_point_id, protection, established_by FROM protection WHERE repository_id = ?')
      .all(repositoryId) as { entry_point_id: string; protection: string; established_by: string | null }[];
    for (const row of protections) {
      known.get(row.entry_point_id)?.protections.set(row.protection, row.established_by);
    }
    return known;
  }
}
