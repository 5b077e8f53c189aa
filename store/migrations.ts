/**
 * The App's schema, as a list that only ever grows: the position of an entry is its version. Never edit an entry
 * that has been released; append one.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE repository (
    id              INTEGER PRIMARY KEY,  -- GitHub's id: survives renames and transfers
    installation_id INTEGER NOT NULL,
    owner           TEXT NOT NULL,
    name            TEXT NOT NULL,
    default_branch  TEXT NOT NULL,
    node_id         TEXT NOT NULL
  ) STRICT;

  CREATE TABLE base_model (
    repository_id INTEGER PRIMARY KEY REFERENCES repository (id) ON DELETE CASCADE,
    commit_sha    TEXT NOT NULL,
    tree          TEXT NOT NULL,
    extractor     TEXT NOT NULL,
    model         BLOB NOT NULL           -- JSON, deflated
  ) STRICT;

  CREATE TABLE entry_point (
    repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
    id            TEXT NOT NULL,
    added_by      TEXT,                   -- '#12', a commit, or null: older than the records
    first_commit  TEXT NOT NULL,
    PRIMARY KEY (repository_id, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE protection (
    repository_id  INTEGER NOT NULL,
    entry_point_id TEXT NOT NULL,
    protection     TEXT NOT NULL,
    established_by TEXT,
    first_commit   TEXT NOT NULL,
    PRIMARY KEY (repository_id, entry_point_id, protection),
    FOREIGN KEY (repository_id, entry_point_id) REFERENCES entry_point (repository_id, id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE pull_request (
    repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
    number        INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('open', 'merged')),
    head_sha      TEXT NOT NULL,
    base_ref      TEXT NOT NULL,
    base_sha      TEXT,                   -- null until judged
    judged_tree   TEXT,
    overlay       TEXT,                   -- JSON: entry points added, changed, removed
    merge_sha     TEXT,
    PRIMARY KEY (repository_id, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE finding (
    repository_id INTEGER NOT NULL,
    pull_request  INTEGER NOT NULL,
    fingerprint   TEXT NOT NULL,
    rule          TEXT NOT NULL,
    level         TEXT NOT NULL,
    status        TEXT NOT NULL,
    entry_point   TEXT,
    first_head    TEXT NOT NULL,
    last_head     TEXT NOT NULL,
    PRIMARY KEY (repository_id, pull_request, fingerprint),
    FOREIGN KEY (repository_id, pull_request) REFERENCES pull_request (repository_id, number) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE delivery (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,  -- order of receipt
    guid          TEXT NOT NULL UNIQUE,
    repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
    pull_request  INTEGER,
    event         TEXT NOT NULL,
    payload       TEXT NOT NULL,          -- JSON: what is worked from, not all that GitHub sent
    state         TEXT NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'working', 'done', 'failed', 'abandoned')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    error         TEXT
  ) STRICT;
  CREATE INDEX delivery_unfinished ON delivery (repository_id, id) WHERE state IN ('received', 'working', 'failed');
  CREATE INDEX delivery_pull_request ON delivery (repository_id, pull_request, id);

  CREATE TABLE check_run (
    id               INTEGER PRIMARY KEY, -- GitHub's id
    delivery_id      INTEGER NOT NULL UNIQUE REFERENCES delivery (id) ON DELETE CASCADE,
    head_sha         TEXT NOT NULL,
    annotations_sent INTEGER NOT NULL DEFAULT 0,
    concluded        INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX check_run_open ON check_run (delivery_id) WHERE concluded = 0;
  `,
  `
  CREATE TABLE review (
    repository_id INTEGER NOT NULL,
    pull_request  INTEGER NOT NULL,
    head_sha      TEXT NOT NULL,
    review_id     INTEGER,                -- GitHub's id; null while it is being posted, or when the answer got lost
    PRIMARY KEY (repository_id, pull_request, head_sha),
    FOREIGN KEY (repository_id, pull_request) REFERENCES pull_request (repository_id, number) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE review_comment (
    id            INTEGER PRIMARY KEY,    -- GitHub's id
    repository_id INTEGER NOT NULL,
    pull_request  INTEGER NOT NULL,
    fingerprint   TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('open', 'fixed', 'waived', 'existing', 'unseen')),
    FOREIGN KEY (repository_id, pull_request) REFERENCES pull_request (repository_id, number) ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX review_comment_pull_request ON review_comment (repository_id, pull_request);

  ALTER TABLE check_run ADD COLUMN reviewed INTEGER NOT NULL DEFAULT 0;
  `,
  `
  ALTER TABLE finding ADD COLUMN told TEXT;               -- JSON: what was said of it, and what its entry points do
  ALTER TABLE finding ADD COLUMN was_new INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE pull_request ADD COLUMN reconsider INTEGER NOT NULL DEFAULT 0; -- its base has changed in what concerns it

  CREATE TABLE answer (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
    pull_request  INTEGER NOT NULL,       -- where it was given
    kind          TEXT NOT NULL CHECK (kind IN ('accept', 'public')),
    subject       TEXT NOT NULL,          -- fingerprint of a finding, or id of an entry point
    rule          TEXT,
    who           TEXT NOT NULL,
    who_id        INTEGER NOT NULL,
    why           TEXT NOT NULL,
    effects       TEXT NOT NULL,          -- JSON: what the entry points did then
    head_sha      TEXT NOT NULL,          -- the head that it was given of
    given_at      TEXT NOT NULL,
    source        TEXT NOT NULL,          -- the comment that gave it
    scope         TEXT NOT NULL DEFAULT 'pull-request' CHECK (scope IN ('pull-request', 'repository')),
    revoked_by    TEXT,
    revoked_at    TEXT,
    UNIQUE (repository_id, source, kind, subject)
  ) STRICT;
  CREATE INDEX answer_in_force ON answer (repository_id) WHERE revoked_at IS NULL;

  CREATE TABLE outcome (
    repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
    pull_request  INTEGER NOT NULL,
    fingerprint   TEXT NOT NULL,
    rule          TEXT NOT NULL,
    outcome       TEXT NOT NULL CHECK (outcome IN ('fixed', 'accepted', 'ignored')),
    PRIMARY KEY (repository_id, pull_request, fingerprint)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE pull_request_report (
    repository_id INTEGER NOT NULL,
    pull_request  INTEGER NOT NULL,
    head_sha      TEXT NOT NULL,
    report        BLOB NOT NULL,          -- JSON, deflated: what the page of its newest judged head shows
    PRIMARY KEY (repository_id, pull_request),
    FOREIGN KEY (repository_id, pull_request) REFERENCES pull_request (repository_id, number) ON DELETE CASCADE
  ) STRICT;
  `,
];
