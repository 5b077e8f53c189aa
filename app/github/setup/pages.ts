import { html, plainPage as page } from '../plain-page.js';
import type { AppFile } from './manifest.js';

/** Asks for what cannot be known from here. */
export function questionPage(given: {
  app: AppFile;
  action: string;
  address: string;
  organisation: string;
  problem: string | null;
}): string {
  const { app } = given;
  const permissions = Object.entries(app.default_permissions).map(
    ([name, level]) => `<li>${html(name.replaceAll('_', ' '))}: ${html(level)}</li>`,
  );
  return page(
    'Register the GitHub App',
    `${given.problem === null ? '' : `<p class="problem" role="alert">${html(given.problem)}</p>`}
<p>This installation of ${html(app.name)} has no GitHub App yet. GitHub registers one in the next step, with these permissions and no others:</p>
<ul>
${permissions.join('\n')}
</ul>
<p>Events: ${html(app.default_events.join(', '))}.</p>
<form method="post" action="${html(given.action)}">
<label for="address">Address under which GitHub reaches this machine</label>
<input id="address" name="address" type="url" required placeholder="https://postern.example.com" value="${html(given.address)}">
<label for="organisation">Organisation that is to own it (leave empty for your own account)</label>
<input id="organisation" name="organisation" value="${html(given.organisation)}" autocomplete="off">
<button>Continue</button>
</form>`,
  );
}

/** Sends the manifest to GitHub, where the person confirms it. */
export function registerPage(given: { action: string; manifest: string; webhooks: string }): string {
  return page(
    'Register the GitHub App',
    `<p>GitHub will show what is asked for, and lets you change the name, which has to be one that nobody else uses.
Webhooks will be sent to <code>${html(given.webhooks)}</code>.</p>
<form method="post" action="${html(given.action)}">
<input type="hidden" name="manifest" value="${html(given.manifest)}">
<button>Register it on GitHub</button>
</form>`,
  );
}

export function donePage(given: { installAddress: string; file: string; appId: number }): string {
  return page(
    'The GitHub App is registered',
    `<p>Its number is ${given.appId}; its key and its secret are in <code>${html(given.file)}</code>, for the owner of this process alone.
Keep a copy where you keep secrets. The App is running now, and needs no restart.</p>
<ol>
<li><a href="${html(given.installAddress)}">Install it on repositories</a>.</li>
<li>Open a pull request there, or push to one: the check <code>Postern</code> appears.</li>
<li>To make it binding, require that check in a ruleset of the repository.</li>
</ol>`,
  );
}

export function problemPage(problem: string): string {
  return page('This did not work', `<p class="problem" role="alert">${html(problem)}</p>`);
}
