import { createHash } from 'node:crypto';

const ENTITIES: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' };
/** A text as it stands in HTML, between tags or inside of quotes. */
export const html = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&${ENTITIES[character]!};`);

const STYLE = `
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }
label { display: block; margin: 1rem 0 0.25rem; font-weight: 600; }
input { width: 100%; box-sizing: border-box; padding: 0.5rem; font: inherit; }
button { margin-top: 1rem; padding: 0.5rem 1rem; font: inherit; }
.problem { border-left: 0.25rem solid #b00; padding-left: 1rem; }
`;

/** What a plain page may load: its style alone, by its hash. */
export const PLAIN_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'`;

/** A page of a few sentences; `body` is markup. */
export function plainPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${html(title)}</title>
<style>${STYLE}</style>
<h1>${html(title)}</h1>
${body}
`;
}
