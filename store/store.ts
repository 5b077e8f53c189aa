import { Answers } from './answers.js';
import { BaseModels } from './base-models.js';
import { CheckRuns } from './check-runs.js';
import { openDatabase } from './database.js';
import { Deliveries } from './deliveries.js';
import { Findings } from './findings.js';
import { Outcomes } from './outcomes.js';
import { PullRequests } from './pull-requests.js';
import { Reports } from './reports.js';
import { RepositoryRecords } from './repository-records.js';
import { Reviews } from './reviews.js';

/** Everything that the App keeps between two webhooks. */
export interface Store {
  repositories: RepositoryRecords;
  baseModels: BaseModels;
  pullRequests: PullRequests;
  findings: Findings;
  deliveries: Deliveries;
  checkRuns: CheckRuns;
  reviews: Reviews;
  answers: Answers;
  outcomes: Outcomes;
  reports: Reports;
  /** Runs `work` in one transaction: all of what it writes is kept, or nothing. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens the App's database.
 * @throws DatabaseTooNewError when a newer release wrote the file
 */
export function openStore(file: string): Store {
  const database = openDatabase(file);
  const pullRequests = new PullRequests(database);
  return {
    repositories: new RepositoryRecords(database),
    baseModels: new BaseModels(database, pullRequests),
    pullRequests,
    findings: new Findings(database),
    deliveries: new Deliveries(database),
    checkRuns: new CheckRuns(database),
    reviews: new Reviews(database),
    answers: new Answers(database),
    outcomes: new Outcomes(database),
    reports: new Reports(database),
    transaction: (work) => database.transaction(work).immediate(),
    close: () => database.close(),
  };
}
