/**
 * Whether a text is the name of a branch or of a pull request's ref, by git's own rules for names. Others mean something
 * to git: a colon says where to put it, an asterisk asks for many.
 * @see git-check-ref-format(1)
 */
export function fetchable(ref: string): boolean {
  return (
    /^refs\/(heads|pull)\/[^/]/.test(ref) &&
    ref.length <= 1024 &&
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    !/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/.test(ref) &&
    !ref.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'))
  );
}
