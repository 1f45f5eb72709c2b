import { mentionsIn } from "../composer/mentions.ts";
import { linkify, type TextPart } from "./linkify.ts";

export type MessagePart = TextPart | { kind: "mention"; text: string; nickname: string };

/** Splits a message into plain stretches, links and mentions; their `text`s joined are the text given. */
export function textParts(text: string, nicknames: readonly string[]): MessagePart[] {
  return linkify(text).flatMap((part) =>
    part.kind === "text" ? withMentions(part.text, nicknames) : [part],
  );
}

function withMentions(text: string, nicknames: readonly string[]): MessagePart[] {
  const parts: MessagePart[] = [];
  let end = 0;
  for (const mention of mentionsIn(text, nicknames)) {
    if (mention.start > end) parts.push({ kind: "text", text: text.slice(end, mention.start) });
    const { nickname } = mention;
    parts.push({ kind: "mention", text: text.slice(mention.start, mention.end), nickname });
    end = mention.end;
  }
  if (end < text.length) parts.push({ kind: "text", text: text.slice(end) });
  return parts;
}
