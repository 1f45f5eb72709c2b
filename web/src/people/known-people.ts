import type { RoomSummary, User } from "@moim/protocol";
import { isDeleted } from "./people.svelte.ts";

/** So many are worth being offered before anything is typed. */
const KNOWN_MAX = 20;

/**
 * The people one talks with, by the rooms' order: newest first, and those whom one writes to alone before
 * those with whom one only shares a group. Whoever is not known by name yet, or not there any more, is left out.
 */
export function knownPeople(
  rooms: readonly Pick<RoomSummary, "kind" | "members">[],
  ownUserId: string,
  find: (userId: string) => User | null,
): User[] {
  const ordered = [...rooms].sort(
    (one, other) => Number(other.kind === "direct") - Number(one.kind === "direct"),
  );
  const known = new Map<string, User>();
  for (const { members } of ordered) {
    for (const { userId } of members) {
      if (userId === ownUserId || known.has(userId)) continue;
      const user = find(userId);
      if (user !== null && !isDeleted(user)) known.set(userId, user);
      if (known.size === KNOWN_MAX) return [...known.values()];
    }
  }
  return [...known.values()];
}
