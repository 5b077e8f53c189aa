import type { PageFinding } from '../contract.js';
import { announced, counted, data, el, listOf, placeNode, type Child } from './elements.js';
import { applyFilters, field, lacking, only, result, search, showOnly, transport } from './filters.js';
import { findingNode } from './findings.js';
import { groups, STATES } from './matrix.js';
import { timelineParts } from './timeline.js';

function entityTable(): HTMLElement {
  const transports = [...new Set(data.rows.map((row) => row.transport))];
  const header = ['Entity', 'written by', 'read by', ...transports].map((name) =>
    el('th', { scope: 'col' }, name),
  );
  const body = data.entities.map(({ name, writes, reads }) => {
    const all = [...writes, ...reads];
    const list = el('ul');
    const details = el('details', {}, el('summary', {}, name), list);
    // Filled when asked for: together they name each entry point many times.
    details.addEventListener('toggle', () => {
      if (list.childElementCount > 0) return;
      list.append(
        ...all.map((index) => {
          const row = data.rows[index]!;
          const button = el('button', { type: 'button', class: 'plain' }, row.name);
          button.addEventListener('click', () => showOnly(row));
          return el('li', {}, `${writes.includes(index) ? 'writes' : 'reads'}: `, button);
        }),
      );
    });
    const over = transports.map((each) => all.filter((index) => data.rows[index]!.transport === each).length);
    const numbers = [writes.length, reads.length, ...over];
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, details),
      ...numbers.map((n) => el('td', {}, n === 0 ? '–' : String(n))),
    );
  });
  const table = el(
    'table',
    { class: 'map' },
    el('thead', {}, el('tr', {}, ...header)),
    el('tbody', {}, ...body),
  );
  return el(
    'div',
    { class: 'scrolls', tabindex: '0', role: 'region', 'aria-label': 'Entities and transports' },
    table,
  );
}

function section(id: string, title: string, ...children: Child[]): HTMLElement {
  return el('section', { id, class: 'part' }, el('h2', {}, title), ...children);
}

const findingList = (findings: readonly PageFinding[]): HTMLElement =>
  listOf(
    findings.map((finding) => findingNode(finding, showOnly)),
    'findings',
  );

function build(): void {
  document.title = `${data.title}: entry points and protections`;
  const open = data.findings.filter((finding) => finding.waiver === null);
  const waived = data.findings.filter((finding) => finding.waiver !== null);
  const legend = Object.entries(STATES).map(([state, { sign, words }]) =>
    el('li', { class: state }, el('span', { class: 'sign', 'aria-hidden': 'true' }, sign), ` ${words}`),
  );
  const isFresh = (finding: (typeof open)[number]): boolean => data.change && finding.fresh;
  const fresh = open.filter(isFresh);
  const before = open.filter((finding) => !isFresh(finding));
  const title = data.change ? 'Divergences that were there before' : 'Divergences';
  const parts = [
    fresh.length > 0 && section('brought', `This change brings (${fresh.length})`, findingList(fresh)),
    before.length > 0 && section('divergences', `${title} (${before.length})`, findingList(before)),
    section(
      'matrix',
      'Entry points and protections',
      el(
        'form',
        { role: 'search', class: 'filters' },
        field('Search', search),
        field('Transport', transport),
        field('Lacking', lacking),
        field('Only', only),
        result,
      ),
      listOf(legend, 'legend'),
      groups,
    ),
    data.entities.length > 0 && section('entities', `Entities (${data.entities.length})`, entityTable()),
    data.timeline !== null &&
      section('timeline', `Timeline (${data.timeline.moments.length})`, ...timelineParts()),
    waived.length > 0 && section('waived', `Waived (${waived.length})`, findingList(waived)),
    data.policy.length > 0 &&
      section('policy', 'Policy', listOf(data.policy.map((text) => el('li', {}, text)))),
    section(
      'gaps',
      `Not understood (${data.gaps.length})`,
      data.gaps.length === 0
        ? el('p', {}, 'Nothing was met that could not be followed.')
        : listOf(data.gaps.map(({ reason, place }) => el('li', {}, place && placeNode(place), ` ${reason}`))),
    ),
    data.notLookedAt.length > 0 &&
      section(
        'not-looked-at',
        'Not looked at',
        listOf(data.notLookedAt.map(({ what, files }) => el('li', {}, `${what}: ${counted(files, 'file')}`))),
      ),
  ].filter((part) => part !== false);
  const links = parts.map((part) =>
    el('li', {}, el('a', { href: `#${part.id}` }, part.querySelector('h2')!.textContent)),
  );
  document
    .querySelector('#page')!
    .replaceChildren(
      el('a', { class: 'skip', href: '#search' }, 'Skip to the search'),
      el(
        'header',
        {},
        el('h1', {}, data.title),
        el('p', {}, `${data.revision}, ${counted(data.rows.length, 'entry point')}`),
        el('p', { class: data.complete ? '' : 'partial' }, data.conclusion),
        el('nav', { 'aria-label': 'Parts of this page' }, el('ul', {}, ...links)),
      ),
      el('main', {}, ...parts),
      announced,
    );
  document.querySelector('form')!.addEventListener('submit', (event) => event.preventDefault());
  applyFilters();
}
build();
