import type { Database } from './database.js';

/** A repository that the App is installed on. */
export interface RepositoryRecord {
  /** GitHub's numeric id: stays the same when the repository is renamed or transferred. */
  id: number;
  installationId: number;
  owner: string;
  name: string;
  defaultBranch: string;
  nodeId: string;
}

interface Row {
  id: number;
  installation_id: number;
  owner: string;
  name: string;
  default_branch: string;
  node_id: string;
}

export class RepositoryRecords {
  constructor(private readonly database: Database) {}

  /** Inserts it, or brings owner, name, installation and default branch up to date. */
  save(repository: RepositoryRecord): void {
    this.database
      .prepare(
        `INSERT INTO repository (id, installation_id, owner, name, default_branch, node_id)
         VALUES (@id, @installationId, @owner, @name, @defaultBranch, @nodeId)
         ON CONFLICT (id) DO UPDATE SET installation_id = excluded.installation_id, owner = excluded.owner,
           name = excluded.name, default_branch = excluded.default_branch, node_id = excluded.node_id`,
      )
      .run(repository);
  }

  get(id: number): RepositoryRecord | null {
    const row = this.database.prepare('SELECT * FROM repository WHERE id = ?').get(id) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** Those of an installation. */
  ofInstallation(installationId: number): RepositoryRecord[] {
    const rows = this.database
      .prepare('SELECT * FROM repository WHERE installation_id = ? ORDER BY id')
      .all(installationId) as Row[];
    return rows.map(fromRow);
  }

  /** Removes one, and everything that is kept of it. */
  remove(id: number): void {
    this.database.prepare('DELETE FROM repository WHERE id = ?').run(id);
  }
}

function fromRow(row: Row): RepositoryRecord {
  return {
    id: row.id,
    installationId: row.installation_id,
    owner: row.owner,
    name: row.name,
    defaultBranch: row.default_branch,
    nodeId: row.node_id,
  };
}
