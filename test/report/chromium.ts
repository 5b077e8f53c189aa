import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const executable = PLACES.find((place) => place && existsSync(place));

/** Why nothing can be tried in a browser here; null where one was found. */
export const WITHOUT_BROWSER = executable
  ? null
  : 'there is no Chromium: install it (Debian: apt-get install chromium), or name it in CHROMIUM';

export function startBrowser(): Promise<Browser> {
  // Chromium refuses its own sandbox to root, as containers run tests; the pages are ours.
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
}
