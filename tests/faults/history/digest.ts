import type { Message } from "@moim/protocol";

/** One text for all that a message's state says, whatever order its fields came in. */
export function digestOf(message: Message): string {
  const { seq, rev, kind, senderId, clientId, text, notice, replyTo, reactions } = message;
  const { editedAt, deletedAt, createdAt } = message;
  const said = notice && [notice.type, notice.userIds ?? null, notice.title ?? null];
  const reacted = reactions.map(({ emoji, userIds }) => [emoji, userIds]);
  return JSON.stringify([
    ...[seq, rev, kind, senderId, clientId, text, said, replyTo, reacted],
    ...[editedAt, deletedAt, createdAt],
  ]);
}
