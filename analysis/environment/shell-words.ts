import type { Word, WordPart } from 'unbash';
import { HERE, ROOT } from './reading.js';

/** Variables that tools set to the folder that is open. */
const PROJECT_FOLDER =
  /^(?:\w*(?:PROJECT_DIR|PROJECT_ROOT|WORKSPACE|WORKSPACE_FOLDER|REPO_ROOT|INIT_CWD)|(?:local|container)?[wW]orkspace(?:Folder|Root)|PWD)$/;
const HERE_TEXT = /^\$\(\s*(?:cd\s+)?["']?(?:\$\(\s*)?dirname\s/;
const TOP_TEXT =
  /^(?:\$\(\s*(?:git\s+rev-parse\s+--show-toplevel|pwd)\b|`(?:git rev-parse --show-toplevel|pwd))/;

export interface Names {
  /** Texts of variables that are known. */
  texts: ReadonlyMap<string, string>;
  /** What is not known stays as it is written. */
  raw?: true;
}

/** The text that a word stands for; what is not known is an empty text, and `whole` says so. */
export function wordText(word: Word, names: Names): { text: string; whole: boolean } {
  if (!word.parts) return { text: word.value, whole: true };
  let whole = true;
  const of = (part: WordPart): string => {
    switch (part.type) {
      case 'Literal':
      case 'SingleQuoted':
      case 'AnsiCQuoted':
        return part.value;
      case 'DoubleQuoted':
      case 'LocaleString':
        return part.parts.map(of).join('');
      case 'SimpleExpansion':
      case 'ParameterExpansion': {
        const name = part.type === 'ParameterExpansion' ? part.parameter : part.text.slice(1);
        const known = names.texts.get(name);
        if (known !== undefined) return known;
        // `${BASH_SOURCE%/*}`, and `$0` in it
        if (/^(?:BASH_SOURCE|0)$/.test(name)) return part.text.includes('%') ? HERE : `${HERE}/script`;
        if (PROJECT_FOLDER.test(name)) return ROOT;
        break;
      }
      case 'CommandExpansion':
        if (TOP_TEXT.test(part.text)) return ROOT;
        if (HERE_TEXT.test(part.text)) return HERE;
        break;
      default:
        return part.text;
    }
    whole = false;
    return names.raw ? part.text : '';
  };
  return { text: word.parts.map(of).join(''), whole };
}
