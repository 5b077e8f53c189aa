import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { CALLBACK_PATH, WEBHOOK_PATH } from '../paths.js';

/** What `app.yml` may say: permissions and events that the App uses, and how it presents itself. */
const APP_FILE = z.strictObject({
  name: z.string(),
  description: z.string(),
  url: z.url(),
  public: z.boolean(),
  default_permissions: z.record(z.string(), z.enum(['read', 'write'])),
  default_events: z.array(z.string()),
});
export type AppFile = z.infer<typeof APP_FILE>;

/** Reads `app.yml`, which lies beside package.json for the built program and for its sources alike. */
export function readAppFile(): AppFile {
  for (const place of ['../../../app.yml', '../../../../app.yml']) {
    try {
      return APP_FILE.parse(parse(readFileSync(new URL(place, import.meta.url), 'utf8')));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('app.yml is missing: it has to lie beside package.json');
}

export interface Addresses {
  /** Under which GitHub reaches the App. */
  webhooks: string;
  /** Under which the browser of who registers it does. */
  browser: string;
}

/**
 * The manifest that GitHub registers an App by.
 * @see https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
export function manifestOf(file: AppFile, { webhooks, browser }: Addresses, donePath: string): string {
  return JSON.stringify({
    ...file,
    hook_attributes: { url: `${webhooks}${WEBHOOK_PATH}`, active: true },
    redirect_url: `${browser}${donePath}`,
    // Where people come back to who sign in to read.
    callback_urls: [`${webhooks}${CALLBACK_PATH}`],
  });
}

/** Where GitHub takes a manifest, for an account or an organisation. */
export function registrationAddress(serverUrl: string, organisation: string, state: string): string {
  const owner = organisation === '' ? '' : `/organizations/${encodeURIComponent(organisation)}`;
  return `${serverUrl}${owner}/settings/apps/new?state=${state}`;
}

/** What of `app.yml` an App that is registered does not have: permissions that are missing or lower, and events. */
export function lacking(
  file: AppFile,
  has: { permissions?: Record<string, string | undefined>; events?: readonly string[] },
): string[] {
  const permissions = Object.entries(file.default_permissions).filter(([name, level]) => {
    const given = has.permissions?.[name];
    return given === undefined || (level === 'write' && given === 'read');
  });
  return [
    ...permissions.map(([name, level]) => `permission ${name}: ${level}`),
    ...file.default_events.filter((event) => !has.events?.includes(event)).map((event) => `event ${event}`),
  ];
}
