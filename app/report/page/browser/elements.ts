import type { PageData, PagePlace } from '../contract.js';

/** What the page is given. Everything of it is set as text, never as markup. */
export const data = JSON.parse(document.querySelector('#data')!.textContent) as PageData;

export type Child = Node | string | null | false;
type Attributes = Record<string, string>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child): child is Node | string => child !== null && child !== false));
  return element;
}
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

export const listOf = (items: readonly HTMLElement[], kind = 'plain'): HTMLElement =>
  el('ul', { class: kind }, ...items);

/** A sentence in which names stand in backticks. */
export function sentence(text: string, before = ''): HTMLElement {
  const parts = text.split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? el('code', {}, part) : part));
  return el('p', {}, before, ...parts);
}

export const placeText = ([file, line]: PagePlace): string => `${data.files[file]!.name}:${line}`;

/** Leads to a line where an address of it is known; else a button that copies `file:line`. */
export function placeNode(
  place: PagePlace,
  shown = placeText(place),
  named = '',
  kind = 'place',
): HTMLElement {
  const { address } = data.files[place[0]]!;
  const text = placeText(place);
  const label = named === '' ? text : `${named}, ${text}`;
  if (address !== null) {
    const target = { target: '_blank', rel: 'noopener noreferrer' };
    return el(
      'a',
      { class: kind, href: `${address}#L${place[1]}`, title: label, 'aria-label': label, ...target },
      shown,
    );
  }
  const copies = { title: `${label} (copies the place)`, 'aria-label': `${label}, copy the place` };
  const button = el('button', { type: 'button', class: kind, ...copies }, shown);
  button.addEventListener('click', () => void copy(text));
  return button;
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied ${text}`);
  } catch {
    // Not every browser lets a page from a file write to the clipboard.
    say(`Could not copy: ${text}`);
  }
}

export const announced = el('p', { role: 'status', class: 'announced' });
let fading: ReturnType<typeof setTimeout> | undefined;
function say(text: string): void {
  announced.textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => (announced.textContent = ''), 4000);
}
