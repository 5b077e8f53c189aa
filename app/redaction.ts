/** GitHub's tokens of all kinds, JSON web tokens, keys, and what follows the name of a scheme or stands in a URL. */
const CREDENTIALS: [RegExp, string][] = [
  [/\b(?:gh[a-z]_|github_pat_)\w{8,}/g, '***'],
  [/\bv1\.[0-9a-f]{40}\b/g, '***'],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/g, '***'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END)[\s\S])*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g, '***'],
  // With a digit in it: words of a sentence are none.
  [/\b(basic|bearer|token) +(?=\S*\d)[\w+/=.~-]{12,}/gi, '$1 ***'],
  [/(:\/\/)[^\s/"\\@]+@/g, '$1***@'],
];

/** A text without what looks like a credential, wherever in it that stands. */
export function withoutCredentials(text: string): string {
  let struck = text;
  for (const [pattern, instead] of CREDENTIALS) struck = struck.replace(pattern, instead);
  return struck;
}
