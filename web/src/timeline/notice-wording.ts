import type { Message } from "@moim/protocol";
import type { Words } from "../i18n/english.ts";

/**
 * A notice in the reader's language, told from the reader's side: what the reader did has no
 * name in it, and what happened to the reader says so.
 */
export function noticeWording(
  message: Pick<Message, "senderId" | "notice">,
  readerId: string,
  nameOf: (userId: string) => string,
  words: Words["notices"],
): string {
  const { notice, senderId } = message;
  if (notice === null) return "";
  const actor = senderId === readerId ? null : nameOf(senderId);
  const people = (notice.userIds ?? [])
    .filter((userId) => userId !== senderId)
    .map((userId) => (userId === readerId ? words.you : nameOf(userId)));
  switch (notice.type) {
    case "created":
      // A group that starts with people in it reads as an invitation.
      return people.length === 0 ? words.created(actor) : words.invited(actor, people);
    case "invited":
      return words.invited(actor, people);
    case "left":
      return words.left(actor);
    case "removed":
      return words.removed(actor, people);
    case "renamed":
      return words.renamed(actor, notice.title ?? "");
  }
}
