import { Document, isMap, isSeq, parseDocument, type ToStringOptions, type YAMLMap } from 'yaml';

/** A decision to write down. */
export interface NewWaiver {
  finding: string;
  who: string;
  why: string;
  until: string | null;
  effects: string[];
}

/**
 * The text of a policy with one more waiver, or with an earlier one of the same finding given anew. Comments, order and layout
 * of the rest stay. @throws when the text is no policy that could be added to
 */
export function withWaiver(text: string | null, waiver: NewWaiver): string {
  const document = parseDocument(text ?? '');
  const [error] = document.errors;
  if (error) throw new Error(`it is no YAML: ${error.message.split('\n')[0]}`);
  const given = { ...waiver, until: waiver.until ?? undefined };
  if (document.contents === null || document.contents.toJSON() === null) {
    const begun = new Document({ waivers: [given] });
    // A file of comments alone keeps them.
    begun.commentBefore = document.commentBefore ?? document.comment;
    return begun.toString(layoutOf(text ?? ''));
  }
  if (!isMap(document.contents)) throw new Error('it has to be a map of keys');
  const waivers: unknown = document.contents.get('waivers', true);
  if (waivers !== undefined && !isSeq(waivers) && document.contents.get('waivers') != null)
    throw new Error('`waivers` has to be a list');
  if (!isSeq(waivers)) document.set('waivers', document.createNode([given]));
  else {
    const earlier = waivers.items.find(
      (item): item is YAMLMap => isMap(item) && item.get('finding') === waiver.finding,
    );
    if (!earlier) waivers.add(document.createNode(given));
    else
      for (const [key, value] of Object.entries(given))
        if (value === undefined) earlier.delete(key);
        else earlier.set(key, typeof value === 'object' ? document.createNode(value) : value);
  }
  return document.toString(layoutOf(text ?? ''));
}

/** How the file is indented already; long lines stay long. */
function layoutOf(text: string): ToStringOptions {
  const indent = /^( +)[^\s#-]/m.exec(text)?.[1]?.length;
  const flush = /^[\w-]+:[^\S\n]*\n(?:[^\S\n]*#.*\n)*- /m.test(text);
  const padded = !/[[{][^\s\]}]/.test(text);
  return {
    lineWidth: 0,
    indent: indent === 4 && !flush ? 4 : 2,
    indentSeq: !flush,
    flowCollectionPadding: padded,
  };
}
