import type { Expression, Module, Pattern } from '../syntax/ast.js';
import type { Evaluator } from './evaluator.js';
import { UNSET_MARK, type Source } from './fact.js';

/**
 * Where a member of a request comes from that nothing seen so far has put there. The program's own mark, which code of its
 * own sets (`request.isPreview = true`), is not there unless that code has run; anything else is what something unseen did.
 */
export const unseenMember = (it: Evaluator, name: string): Source =>
  membersSet(it).has(name) ? `${UNSET_MARK}${name}` : `request.${name}`;

/** Names of members that the modules loaded so far set on what they were handed. */
function membersSet(it: Evaluator): ReadonlySet<string> {
  const state = it.stateOf('members-set', () => ({ names: new Set<string>(), modules: 0 }));
  if (state.modules < it.modules.size) {
    for (const { module } of it.modules.loaded.slice(state.modules))
      for (const name of membersSetIn(module)) state.names.add(name);
    state.modules = it.modules.size;
  }
  return state.names;
}
const known = new WeakMap<Module, ReadonlySet<string>>();
function membersSetIn(module: Module): ReadonlySet<string> {
  let names = known.get(module);
  if (!names) {
    const found = new Set<string>();
    collect(module.body, found);
    known.set(module, (names = found));
  }
  return names;
}
function collect(tree: unknown, names: Set<string>): void {
  if (Array.isArray(tree)) for (const part of tree) collect(part, names);
  else if (typeof tree === 'object' && tree !== null) {
    const node = tree as Expression | Pattern;
    if (node.k === 'memberPattern') {
      if (node.target.k === 'member' && node.target.object.k !== 'this') names.add(node.target.name);
      return;
    }
    for (const part of Object.values(tree)) if (typeof part === 'object') collect(part, names);
  }
}
