import { createHash } from 'node:crypto';
import { STYLE } from './style.js';
import { toPageData, type PageInput } from './page-data.js';

/** What may be loaded and run in the page: that script and that style, by their hashes. */
export function pagePolicy(script: string, around = false): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(STYLE)}`,
    "base-uri 'none'",
    // What stands around it may have a form, which leads back to who serves it.
    `form-action ${around ? "'self'" : "'none'"}`,
  ].join('; ');
}

/**
 * The report as one page that asks nothing of the network. What comes from the repository stands in it only as JSON, which the
 * script sets as text; nothing but that script and that style is let run, by their hashes.
 *
 * @param around markup above the report, of who serves it
 */
export function toPage(input: PageInput, script: string, around = ''): string {
  const policy = pagePolicy(script, around !== '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Postern report</title>
<style>${STYLE}</style>
</head>
<body>
<noscript><p class="notice">This page is put together by its own script. Allow scripts to read it, or use <code>postern scan</code>.</p></noscript>
<div id="page"></div>
${around}
<script type="application/json" id="data">${inScript(JSON.stringify(toPageData(input)))}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

/** JSON that no parser of HTML takes for the end of its element, or for a comment. */
const inScript = (json: string): string => json.replace(/</g, '\\u003c');

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
