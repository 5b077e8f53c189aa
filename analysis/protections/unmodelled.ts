/**
 * Packages that make entry points and that no library model understands yet, by the name that people know. A program
 * that uses one has doors that are not seen: that is said, never passed over.
 */
export const UNMODELLED_SERVERS: Readonly<Record<string, string>> = {
  partyserver: 'PartyServer',
  partykit: 'PartyKit',
  agents: 'Cloudflare Agents',
};
/** The name that people know; null where nothing is served. */
export const unmodelledServer = (name: string): string | null => UNMODELLED_SERVERS[name] ?? null;
