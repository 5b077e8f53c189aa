import type { AddressTest, ChainLink, EntryPoint, Model, Protection } from '../model/model.js';
import { installationOf, linksWith } from '../model/chain.js';
import { lineText } from '../model/place.js';
import { grouped } from '../model/grouped.js';
import { fingerprint, nameOf, OF_NO_ENTRY_POINT, sentence, weighed } from './describe.js';
import type { Finding } from './finding.js';
import { byProgram } from './programs.js';

/** What is lost where a guard is gone round. That input is not looked at is no door. */
const AT_STAKE: readonly Protection[] = ['authentication', 'authorization', 'csrf', 'rate-limit'];

/** An entry point, and what a guard in front of it asks of its address. */
interface Asked {
  entryPoint: EntryPoint;
  link: ChainLink;
  tests: readonly AddressTest[];
}
/** An entry point in front of which a guard asks something, and one that it lets pass for what stands in the address. */
interface Bypass {
  protection: Protection;
  link: ChainLink;
  test: AddressTest;
  exempt: EntryPoint;
  behind: EntryPoint;
}

/**
 * Guards that let some requests pass for a text in their address, query and all: `request.url.includes('/health')` holds for
 * `/accounts?/health` too, so that whoever adds it passes everywhere (CWE-187, partial comparison; CWE-288, another path around authentication). Told by
 * behaviour: the same installation was run for both, the test came out otherwise for each, and one of them it lets pass.
 */
export function bypassableGuards(model: Model): Finding[] {
  return byProgram(model.entryPoints).flatMap((entryPoints) => {
    const all = entryPoints.flatMap((entryPoint): Asked[] =>
      entryPoint.chain.map((link) => ({ entryPoint, link, tests: link.addressTests ?? [] })),
    );
    const installations = [...grouped(all, ({ link }) => installationOf(link)).values()];
    const bypasses = installations.flatMap((installed) =>
      installed.flatMap((one) => bypassesOf(one, installed)),
    );
    return [...grouped(bypasses, ({ protection, test }) => `${protection} ${lineText(test)}`).values()].map(
      findingOf,
    );
  });
}
/** How what one installation asks in front of one entry point is got round, by each protection that nothing else brings. */
function bypassesOf({ entryPoint: behind, link, tests }: Asked, installed: readonly Asked[]): Bypass[] {
  const failed = tests.filter((t) => !t.fits);
  const own = AT_STAKE.filter((p) => {
    const giving = linksWith(behind, p);
    return failed.length > 0 && giving.includes(link) && giving.length === 1;
  });
  return own.flatMap((protection) => {
    const open = installed.filter(
      (o) => !o.link.protections.includes(protection) && isAskedAlike(o.entryPoint, behind),
    );
    const found = failed.flatMap((test) => {
      const exempt = open.find((o) => isFor(test, o));
      return exempt ? [{ protection, link, test, exempt: exempt.entryPoint, behind }] : [];
    });
    return found.slice(0, 1);
  });
}
/** The text is in its path: by this test, or by one in front of it that asks the same of the path alone. */
const isFor = (test: AddressTest, { entryPoint: { trigger }, tests }: Asked): boolean =>
  tests.some((t) => t.fits && t.text === test.text && lineText(t) === lineText(test)) ||
  (!test.isPattern && trigger.kind === 'http' && trigger.path?.includes(test.text) === true);
/** What is asked of the method along with the address is asked of both. */
const isAskedAlike = (a: EntryPoint, b: EntryPoint): boolean =>
  a.trigger.kind === 'http' && b.trigger.kind === 'http' && a.trigger.method === b.trigger.method;

function findingOf(all: readonly Bypass[]): Finding {
  const [{ protection, link, test, exempt, behind }] = all as [Bypass];
  const others =
    all.length > 1
      ? `, and so with ${all.length - 1} more that ${all.length > 2 ? 'stand' : 'stands'} behind it`
      : '';
  const way = test.isPattern
    ? `what fits the pattern can be put there, for ${nameOf(behind)} too`
    : `\`${nameOf(behind)}?${test.text}\` passes as well`;
  return {
    id: fingerprint('bypassable-guard', protection, `${behind.program} ${link.name} ${test.text}`),
    rule: 'bypassable-guard',
    ...weighed(protection === 'authentication' || protection === 'authorization'),
    missing: protection,
    ...OF_NO_ENTRY_POINT,
    place: { file: test.file, line: test.line },
    message: `${sentence(`\`${link.name}\``)} lets ${nameOf(exempt)} pass for \`${test.text}\` in its address, and looks for that in the query as well: ${way}${others}.`,
    remedy: 'Compare the path without its query, and all of it or from its beginning.',
    precedents: [],
    affects: all.map((b) => b.behind.id).sort(),
  };
}
