// npm run bench -- --page --repo DIR | --synthetic FILES [--rounds N]
//
// How large the page of `postern report` is, and what it costs in Chromium: processor time of the page's main thread until
// its first picture has been drawn, and until the answer to a filter has. The middle of all rounds.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { measure } from './measure.mjs';

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
/** What is done to the search field, and to the list of what is shown. */
const FILTERS = {
  search:
    "const f = document.querySelector('#search'); f.value = 'post /'; f.dispatchEvent(new Event('input'))",
  clear: "const f = document.querySelector('#search'); f.value = ''; f.dispatchEvent(new Event('input'))",
  lacking:
    "const f = document.querySelector('#lacking'); f.selectedIndex = 2; f.dispatchEvent(new Event('input'))",
};
const DRAWN = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))';

export async function measurePage(repo, { folder, rounds }) {
  const executablePath = PLACES.find((place) => place && existsSync(place));
  if (!executablePath) throw new Error('there is no Chromium: install it, or name it in CHROMIUM');
  const program = fileURLToPath(new URL('../dist/app/cli.js', import.meta.url));
  const file = path.join(folder, 'page.html');
  await measure([program, 'report', '--repo', repo, '--no-cache', '--output', file]);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const runs = [];
    for (let i = 0; i < rounds; i++) runs.push(await once(browser, file));
    const entryPoints = runs[0].entryPoints;
    const names = Object.keys(runs[0].cpu);
    const cpu = names.map((name) => [`${name}CpuMilliseconds`, middle(runs.map((run) => run.cpu[name]))]);
    return {
      entryPoints,
      megabytes: Number((statSync(file).size / 1e6).toFixed(2)),
      ...Object.fromEntries(cpu),
    };
  } finally {
    await browser.close();
  }
}

async function once(browser, file) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const used = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
  };
  const cpu = {};
  const costs = async (name, work) => {
    const before = await used();
    await work();
    await page.evaluate(DRAWN);
    cpu[name] = (await used()) - before;
  };
  await costs('firstPaint', () => page.goto(pathToFileURL(file).href));
  for (const [name, work] of Object.entries(FILTERS)) await costs(name, () => page.evaluate(`{ ${work} }`));
  const { rows } = JSON.parse(await page.locator('#data').textContent());
  await page.close();
  return { cpu, entryPoints: rows.length };
}

const middle = (numbers) => Math.round(numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]);
