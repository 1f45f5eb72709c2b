import type { Room } from "@moim/protocol";
import type { Words } from "../i18n/english.ts";

/** Names shown before the rest is counted. */
const NAMES_MAX = 4;

/** The ids of those a room's title and picture stand for: everyone but the reader. */
export function othersIn(room: Pick<Room, "members">, readerId: string): string[] {
  return room.members.map((member) => member.userId).filter((userId) => userId !== readerId);
}

/** A group's own title, else its members' names, else that nobody is left to talk to. */
export function roomTitle(
  room: Pick<Room, "title" | "members" | "memberCount">,
  readerId: string,
  nameOf: (userId: string) => string,
  words: Pick<Words, "nobodyElse" | "andMore">,
): string {
  if (room.title !== null) return room.title;
  const others = othersIn(room, readerId);
  if (others.length === 0) return words.nobodyElse;
  const names = others.slice(0, NAMES_MAX).map(nameOf).join(", ");
  // A large room's summary names only some of its members; the count is exact.
  const more = Math.max(others.length, room.memberCount - 1) - Math.min(others.length, NAMES_MAX);
  return more > 0 ? words.andMore(names, more) : names;
}
