import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { POLICY_FILE } from '../../analysis/policy-file/policy.js';
import { visible } from '../report/escape.js';
import { toEntryPoint } from '../report/report.js';
import { asData } from './answer.js';
import type { Subject } from './subject.js';

/** More would fill the memory of whoever reads it; `list_entry_points` gives all, in pages. */
const MOST_ENTRY_POINTS = 1000;
const MOST_POLICY_CHARACTERS = 100_000;

/** What can be read as a whole: the model, and what the project declares. */
export function registerResources(server: McpServer, subject: Subject): void {
  server.registerResource(
    'model',
    'postern://model',
    {
      title: 'The model',
      description: 'Entry points with their chains, protections and effects; gaps; what was not looked at.',
      mimeType: 'application/json',
    },
    async (uri) => {
      const { model } = await subject.snapshot();
      const shown = model.entryPoints.slice(0, MOST_ENTRY_POINTS);
      const text = JSON.stringify(
        asData({
          tree: model.tree,
          total: model.entryPoints.length,
          notShown: model.entryPoints.length - shown.length,
          entryPoints: shown.map((e) => toEntryPoint(e)),
          gaps: model.gaps.slice(0, MOST_ENTRY_POINTS),
          notLookedAt: model.notLookedAt,
        }),
      );
      return { contents: [{ uri: uri.href, mimeType: 'application/json', text }] };
    },
  );
  server.registerResource(
    'policy',
    'postern://policy',
    {
      title: 'What the project declares',
      description: `${POLICY_FILE} of the same tree. A check goes by that of the base.`,
      mimeType: 'application/yaml',
    },
    async (uri) => {
      const snapshot = await subject.snapshot();
      const text = await snapshot.text(POLICY_FILE);
      const shown = text ?? `# There is no ${POLICY_FILE} in this tree.\n`;
      return {
        contents: [
          {
            uri: uri.href,
            mimeType: 'application/yaml',
            text: shown.slice(0, MOST_POLICY_CHARACTERS).split('\n').map(visible).join('\n'),
          },
        ],
      };
    },
  );
}
