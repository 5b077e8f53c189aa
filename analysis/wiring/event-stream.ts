import type { Evaluator } from './evaluator.js';
import type { LibraryType, Method } from './library.js';
import { isCallable, stringOf, UNDEFINED, unknown, type Site, type Value } from './value.js';

const CONTENT_TYPE = /^content-?type$/i;
/** `contentType('text/event-stream')`, `type = 'text/event-stream'`: ways to set that header by name. */
const TYPE_MEMBER = /^(?:(?:set)?content-?type|type)$/i;
const EVENT_STREAM = /^text\/event-stream\b/i;
const isEventStream = (value: Value | undefined): boolean =>
  (value?.k === 'literal' || value?.k === 'text') && EVENT_STREAM.test(stringOf(value) ?? '');

/** `{ 'Content-Type': 'text/event-stream' }`, and `{ headers: … }` around it. */
function hasHeader(value: Value, depth: number): boolean {
  if (value.k !== 'record') return false;
  for (const [name, member] of value.members)
    if (CONTENT_TYPE.test(name) ? isEventStream(member) : depth > 0 && hasHeader(member, depth - 1))
      return true;
  return false;
}
/**
 * Takes down that an answer is declared a stream of server-sent events, by the media type that makes it one.
 * `Accept: text/event-stream`, which asks for one, is another header.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function noteEventStream(it: Evaluator, name: string | null, args: readonly Value[]): void {
  const { recorder } = it;
  const [first, second] = args;
  if (!recorder || !first) return;
  const byName = second !== undefined && CONTENT_TYPE.test(stringOf(first) ?? '') && isEventStream(second);
  const byMember = name !== null && TYPE_MEMBER.test(name) && isEventStream(first);
  if (byName || byMember || args.some((a) => hasHeader(a, 1))) recorder.streaming(it.facts);
}

const give: Method = (it, self, args, site) => {
  it.recorder?.gives(args);
  it.handToUnknown(args, [], site);
  return self;
};
/** What a library hands over to send events with, as an object, a function, or functions in an object. */
const SENDER: LibraryType = {
  name: 'event sender',
  methods: { '*': give },
  call: give,
  get: (_it, self) => self,
};
/**
 * `new ReadableStream({ start, pull })`: who reads it is given what these put into it. They run once it is read, whatever comes
 * of it, so that nothing that they establish lasts.
 */
export function readableStream(it: Evaluator, [source]: readonly Value[], site: Site): Value {
  const controller = it.native(SENDER, null);
  if (source?.k === 'record')
    for (const name of ['start', 'pull']) {
      const work = source.members.get(name);
      if (work && isCallable(work)) it.aside(() => void it.call(work, [controller], source, site));
    }
  return unknown();
}
/** `eventStream(signal, (send) => …)`, `await createSession(request, response)`: a library declares the answer one. */
export function streamEvents(it: Evaluator, args: readonly Value[], site: Site): Value {
  it.recorder?.streaming(it.facts);
  const sender = it.native(SENDER, null);
  for (const work of args)
    if (isCallable(work)) it.aside(() => void it.call(work, [sender, sender], UNDEFINED, site));
  return sender;
}
