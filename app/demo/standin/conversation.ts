import { known, text, Unprocessable } from './check-runs.js';

type Fields = Record<string, unknown>;

/** A reaction of the App to a comment. */
export interface StandInReaction {
  comment: number;
  content: string;
}
/** Something that the App has said on a pull request. */
export interface StandInReply {
  pullRequest: number;
  body: string;
  /** The comment on a line whose thread it stands in. */
  thread: number | null;
}

const REACTIONS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'];

/** What the App says in conversations, as far as the emulator does not know it: it has neither reactions nor replies. */
export class Conversation {
  readonly reactions: StandInReaction[] = [];
  readonly replies: StandInReply[] = [];

  /** The reaction that a request asks for; null for any other request. @throws Unprocessable */
  react(path: string, body: Fields): StandInReaction | null {
    const [, id] = /^\/(?:issues|pulls)\/comments\/(\d+)\/reactions$/.exec(path) ?? [];
    if (id === undefined) return null;
    known('the reaction', body, ['content']);
    const content = String(body['content']);
    if (!REACTIONS.includes(content)) throw new Unprocessable(`reaction ${content}`);
    const reaction = { comment: Number(id), content };
    const same = this.reactions.find((r) => r.comment === reaction.comment && r.content === content);
    if (!same) this.reactions.push(reaction);
    return reaction;
  }

  /** What a request says, and how the emulator takes it; null for any other request. @throws Unprocessable */
  reply(path: string, body: Fields): { reply: StandInReply; path: string; body: Fields } | null {
    const [, issue] = /^\/issues\/(\d+)\/comments$/.exec(path) ?? [];
    const [, pull, thread] = /^\/pulls\/(\d+)\/comments\/(\d+)\/replies$/.exec(path) ?? [];
    if (issue === undefined && pull === undefined) return null;
    known('the comment', body, ['body']);
    text('body', body['body'], 65_536);
    const said = body['body'] as string;
    if (issue !== undefined)
      return { reply: { pullRequest: Number(issue), body: said, thread: null }, path, body };
    return {
      reply: { pullRequest: Number(pull), body: said, thread: Number(thread) },
      path: `/pulls/${pull}/comments`,
      body: { body: said, in_reply_to_id: Number(thread) },
    };
  }
}
