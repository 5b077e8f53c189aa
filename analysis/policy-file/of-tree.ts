import { createHash } from 'node:crypto';
import type { TreeSource } from '../source.js';
import { merged, NO_POLICY, POLICY_FILE, type Mistake, type Policy, type PolicyTexts } from './policy.js';

/** What comes from elsewhere: defaults, or why they could not be had. */
export type Elsewhere = Pick<PolicyTexts, 'defaults' | 'unread'>;
export const NOTHING_ELSE: Elsewhere = { defaults: null, unread: [] };

/** The texts that hold for a tree: its own file, over defaults that come from elsewhere. */
export async function policyTexts(
  tree: TreeSource,
  { defaults, unread }: Elsewhere = NOTHING_ELSE,
): Promise<PolicyTexts> {
  const file = tree.files.find((f) => f.path === POLICY_FILE);
  if (!file) {
    const misnamed = tree.files.find((f) => f.path === MISNAMED);
    const told = misnamed ? [unreadable(misnamed.path, `this file is not read: call it ${POLICY_FILE}`)] : [];
    return { own: null, defaults, unread: [...unread, ...told] };
  }
  const bytes = (await tree.read([file.id])).get(file.id);
  if (bytes) return { own: new TextDecoder().decode(bytes), defaults, unread };
  const missing = unreadable(POLICY_FILE, 'this file is missing from the object database');
  return { own: null, defaults, unread: [...unread, missing] };
}
const MISNAMED = POLICY_FILE.replace(/yml$/, 'yaml');
const unreadable = (file: string, reason: string): Mistake => ({ file, line: 1, key: null, reason });

/** What the texts say. The reader is loaded only where there is something to read. */
export async function readPolicy({ own, defaults, unread }: PolicyTexts): Promise<Policy> {
  if (own === null && defaults === null) return { ...NO_POLICY, mistakes: unread };
  const { readPolicyFile } = await import('./read.js');
  const policy = merged(
    defaults ? readPolicyFile(defaults.text, defaults.file) : NO_POLICY,
    own === null ? NO_POLICY : readPolicyFile(own, POLICY_FILE),
  );
  return { ...policy, mistakes: [...policy.mistakes, ...unread] };
}

/**
 * A tree that is understood with the policy of another one: a change cannot declare that something guards what it adds.
 * Its id says so, since the same files may then mean something else.
 */
export async function withPolicy(source: TreeSource, texts: PolicyTexts): Promise<TreeSource> {
  const own = await policyTexts(source);
  if (JSON.stringify(own) === JSON.stringify(texts)) return source;
  const hash = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16);
  return { ...source, id: `${source.id}+${hash}`, read: (ids) => source.read(ids), policy: texts };
}
