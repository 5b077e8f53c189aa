const identities = new WeakMap<object, number>();
let last = 0;
/** A number that stands for an object, in a text that tells inputs apart. */
export function identity(value: object): number {
  let known = identities.get(value);
  if (known === undefined) identities.set(value, (known = ++last));
  return known;
}
