import type { PageFinding, PageRow } from '../contract.js';
import { counted, data, el, placeNode, sentence } from './elements.js';

/** A finding; `lead` goes to its entry point, where that is another part of the page. */
export function findingNode(finding: PageFinding, lead?: (row: PageRow) => void): HTMLElement {
  const { level, waiver, row } = finding;
  const button =
    lead && row !== null ? el('button', { type: 'button', class: 'plain' }, data.rows[row]!.name) : null;
  button?.addEventListener('click', () => lead?.(data.rows[row!]!));
  const precedents = finding.precedents.map((precedent) =>
    el(
      'li',
      {},
      placeNode(precedent.place),
      ` ${precedent.name}${precedent.establishedBy === null ? '' : ` (since ${precedent.establishedBy})`}`,
    ),
  );
  return el(
    'li',
    { class: waiver === null ? level : 'note' },
    el(
      'p',
      {},
      el('span', { class: `level ${level}` }, level),
      ` ${finding.title} `,
      placeNode(finding.place),
      button && ' ',
      button,
    ),
    sentence(finding.message),
    waiver === null ? sentence(finding.remedy, '→ ') : el('p', {}, el('strong', {}, waiver)),
    precedents.length > 0 &&
      el(
        'details',
        {},
        el('summary', {}, counted(precedents.length, 'precedent')),
        el('ul', {}, ...precedents),
      ),
    el('p', { class: 'count' }, `${finding.rule}, finding ${finding.id}`),
  );
}
