import type { PageMoment, PageStep } from '../contract.js';
import { counted, data, el, listOf } from './elements.js';
import { showOnly } from './filters.js';
import { momentName } from './since.js';

/** What is put together at once; the rest is asked for. */
const MOMENTS_AT_FIRST = 40;

function stepNode(step: PageStep, lost: boolean): HTMLElement {
  const { protection, entryPoints, together } = step;
  const count = counted(entryPoints.length, 'entry point');
  const said = lost
    ? `${protection} taken away from ${count}`
    : `${protection} on ${count}${together === 0 ? ' that had been without it' : together === entryPoints.length ? ', which came with it' : `, ${together} of which came with it`}`;
  const list = el('ul');
  const details = el(
    'details',
    { class: lost ? 'lost' : 'gained' },
    el('summary', {}, el('span', { class: 'step', 'aria-hidden': 'true' }, lost ? '−' : '+'), said),
    list,
  );
  // Filled when asked for, as that of entities is.
  details.addEventListener('toggle', () => {
    if (list.childElementCount > 0) return;
    list.append(
      ...entryPoints.map((each) => {
        if (typeof each === 'string') return el('li', {}, `${each} (no more)`);
        const row = data.rows[each]!;
        const button = el('button', { type: 'button', class: 'plain' }, row.name);
        button.addEventListener('click', () => showOnly(row));
        return el('li', {}, button);
      }),
    );
  });
  return details;
}

function momentNode(moment: PageMoment): HTMLElement {
  return el(
    'li',
    { class: moment.lost.length > 0 ? 'loses' : '' },
    el(
      'p',
      {},
      el('time', { datetime: moment.date }, moment.date),
      ' ',
      momentName(moment),
      ` ${moment.subject}`,
    ),
    ...moment.lost.map((step) => stepNode(step, true)),
    ...moment.established.map((step) => stepNode(step, false)),
  );
}

/** What the timeline cannot know, so that nobody takes its silence for an answer. */
function limits(): HTMLElement[] {
  const { unknown, replayed, recorded } = data.timeline!;
  return [
    el(
      'p',
      { class: 'count' },
      recorded
        ? 'As the App saw pull requests being merged: each protection is told with the one that brought it to its entry point.'
        : 'As git blame has it: the commit on the main line that brought the line which applies the guard, or the one which registers the ' +
            'entry point, whichever is later. A line that was written anew counts from then on, and what a guard did in those days is not asked.',
    ),
    el(
      'p',
      { class: 'count' },
      recorded
        ? 'What was taken away is told by the check of the pull request that does, and not here.'
        : replayed === null
          ? 'What was taken away is not looked for: postern report --replay shows it.'
          : `What was taken away is known of ${counted(replayed.commits, 'commit')}, ${replayed.from} to ${replayed.to}, which were judged one by one; of others it is not.`,
    ),
    ...(unknown.length > 0
      ? [
          el(
            'p',
            { class: 'count' },
            `Not here: ${unknown.map(({ reason, count }) => `${counted(count, 'protection')} (${reason})`).join('; ')}.`,
          ),
        ]
      : []),
  ];
}

export function timelineParts(): HTMLElement[] {
  const { moments } = data.timeline!;
  const list = listOf([], 'moments');
  const show = (from: number, to: number): void => list.append(...moments.slice(from, to).map(momentNode));
  show(0, MOMENTS_AT_FIRST);
  const rest = moments.length - MOMENTS_AT_FIRST;
  const parts = [...limits(), list];
  if (rest <= 0) return parts;
  const more = el('button', { type: 'button', class: 'plain more' }, `Show ${counted(rest, 'earlier one')}`);
  const all = (): void => {
    if (!more.isConnected) return;
    more.remove();
    show(MOMENTS_AT_FIRST, moments.length);
  };
  more.addEventListener('click', () => {
    all();
    // What had the focus is gone.
    list.children[MOMENTS_AT_FIRST]?.querySelector('summary')?.focus();
  });
  addEventListener('beforeprint', all);
  return [...parts, more];
}
