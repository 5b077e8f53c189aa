import { emptyReading, shortened, type Reading } from './reading.js';

const FETCHES =
  /\b(?:urlopen|urllib\.request\.\w+|requests\.(?:get|post|request)|httpx\.(?:get|post|stream)|http\.client\b)/;
const DECODES = /\b(?:b64decode|base64\.\w*decode|bytes\.fromhex|codecs\.decode|zlib\.decompress)\b/;
const RUNS =
  /\b(?:exec|eval|compile|os\.system|os\.popen|subprocess\.(?:run|call|Popen|check_call|check_output)|runpy\.run_path|os\.exec\w*)\s*\((.*)/;

/**
 * What a script of Python does, as far as its lines tell: names that hold what was fetched are followed, in the whole file
 * and without order. There is no grammar for it here.
 */
export function readPython(text: string): Reading {
  const reading = emptyReading();
  const lines = text.split(/\n|;(?=(?:[^'"]|'[^']*'|"[^"]*")*$)/);
  const names = new Map<string, 'fetched' | 'decoded'>();
  const contentOf = (code: string): 'fetched' | 'decoded' | null => {
    if (FETCHES.test(code)) return 'fetched';
    if (DECODES.test(code)) return 'decoded';
    for (const [word] of code.replace(/(['"])(?:\\.|(?!\1).)*\1/g, '""').matchAll(/\b[A-Za-z_]\w*\b/g)) {
      const known = names.get(word);
      if (known) return known;
    }
    return null;
  };
  for (let round = 0; round < 3; round++)
    for (const line of lines) {
      const [, assigned, value] = /^\s*([A-Za-z_]\w*)\s*(?::[^=]+)?[+]?=(?!=)\s*(.+)$/.exec(line) ?? [];
      const [, opened, as] = /\bwith\s+(.+)\s+as\s+([A-Za-z_]\w*)\s*:/.exec(line) ?? [];
      const [, , retrieved] = /\burlretrieve\s*\(([^,]+),\s*([A-Za-z_]\w*|['"][^'"]+['"])/.exec(line) ?? [];
      for (const [name, code] of [
        [assigned, value],
        [as, opened],
      ] as const) {
        const content = name && code && !/\bopen\(/.test(code) ? contentOf(code) : null;
        if (name && content && !names.has(name)) names.set(name, content);
      }
      if (retrieved && /^\w/.test(retrieved)) names.set(retrieved, 'fetched');
    }
  for (const [i, line] of lines.entries()) {
    const [, given] = RUNS.exec(line.replace(/\bre\.compile\s*\(/g, '')) ?? [];
    if (given === undefined) continue;
    // What is run is what comes first; what follows is given to it.
    const content =
      /^\s*\[/.test(given) && !/^\s*\[[^\]]*['"]-c['"]/.test(given)
        ? contentOf(given.split(',').slice(0, 2).join())
        : contentOf(given);
    const shell = /['"][^'"]*\b(?:curl|wget)\b[^'"|]*\|\s*(?:sudo\s+)?(?:ba|z)?sh\b/.test(given);
    if (content || shell)
      reading.risks.push({
        kind: content === 'decoded' ? 'hidden-code' : 'fetch-and-execute',
        text: shortened(line),
        line: Math.min(i + 1, text.split('\n').length),
      });
  }
  if (FETCHES.test(text) || RUNS.test(text)) reading.unknown.push('a script of Python');
  return reading;
}
