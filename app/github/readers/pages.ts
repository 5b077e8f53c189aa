import type { RepositoryRecord } from '../../../store/repository-records.js';
import { repositoryAddress } from '../../report/links.js';
import { REPOSITORIES_PATH, SIGN_IN_PATH, SIGN_OUT_PATH } from '../paths.js';
import { html, plainPage } from '../plain-page.js';
import type { Session } from './sessions.js';

/** A page of a few sentences, as markup. */
export type Message = string;

const link = (address: string, text: string): string => `<a href="${html(address)}">${html(text)}</a>`;
const paragraph = (text: string): string => `<p>${html(text)}</p>`;
const signIn = (to: string): string =>
  `<p>${link(`${SIGN_IN_PATH}?to=${encodeURIComponent(to)}`, 'Sign in with GitHub')}</p>`;
const problem = (title: string, text: string, more = ''): Message =>
  plainPage(title, `<p class="problem" role="alert">${html(text)}</p>${more}`);
const signOut = ({ csrf, login }: Session): string =>
  `<form method="post" action="${SIGN_OUT_PATH}"><input type="hidden" name="csrf" value="${html(csrf)}"><button>Sign out ${html(login)}</button></form>`;

export const message = {
  wrongMethod: problem('This is not how it is asked for', 'Open this address in a browser.'),
  tooOften: problem('Too many have tried to sign in', 'Try again in a minute.'),
  foreignForm: problem(
    'Nobody was signed out',
    'The form did not come from a page of this App. Go back, and try again.',
  ),
  unavailable: problem(
    'GitHub does not answer',
    'Only what GitHub says that you may read is shown, and it does not answer at the moment. Try again in a minute.',
  ),
  notFound: problem(
    'There is nothing here',
    'There is no such repository, or the App is not installed on it, or you may not read it. GitHub does not say which.',
  ),
  signedOut: plainPage(
    'You are signed out',
    paragraph('GitHub was asked to forget what you had allowed this App to read in your name.') +
      signIn(REPOSITORIES_PATH),
  ),
  notSignedIn: (why: string): Message => problem('You are not signed in', why, signIn(REPOSITORIES_PATH)),
  tokenRefused: (to: string): Message =>
    problem('You are signed in no more', 'GitHub does not accept your sign-in any more.', signIn(to)),
  welcome: (session: Session): Message =>
    plainPage(
      `Signed in as ${session.login}`,
      `<p>The details of a check lead to what was found out about its pull request. A default branch is at <code>${REPOSITORIES_PATH}/</code>, followed by owner and name of its repository.</p>${signOut(session)}`,
    ),
  nothingYet: (repository: RepositoryRecord, pullRequest: number | null): Message => {
    const { owner, name, defaultBranch } = repository;
    return pullRequest === null
      ? problem(
          `${owner}/${name}`,
          `Nothing is known of ${defaultBranch} yet: the first pull request, or push, after the App was installed begins it.`,
        )
      : problem(
          `${owner}/${name}, pull request #${pullRequest}`,
          'Nothing is kept of it: it is merged or closed, or its judgement is not done.',
          `<p>${link(`${REPOSITORIES_PATH}/${owner}/${name}`, `What holds in ${defaultBranch}`)}</p>`,
        );
  },
};

/** What stands above a report: where it is from, what else there is, and the way out. */
export function aroundReport(given: {
  repository: RepositoryRecord;
  pullRequest: number | null;
  /** Open pull requests that can be looked at, newest first. */
  open: readonly number[];
  session: Session;
  serverUrl: string;
}): string {
  const { repository, pullRequest, open, session, serverUrl } = given;
  const here = `${REPOSITORIES_PATH}/${repository.owner}/${repository.name}`;
  const there = repositoryAddress(serverUrl, repository);
  const links =
    pullRequest === null
      ? [
          link(there, `${repository.defaultBranch} on GitHub`),
          ...open.map((number) => link(`${here}/pull/${number}`, `#${number}`)),
        ]
      : [
          link(`${there}/pull/${pullRequest}`, `#${pullRequest} on GitHub`),
          link(here, `What holds in ${repository.defaultBranch}`),
        ];
  return `<aside class="around" aria-label="This App">${links.join('\n')}${signOut(session)}</aside>\n`;
}
