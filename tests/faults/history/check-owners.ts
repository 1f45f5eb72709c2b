import { groupBy } from "./entries.ts";
import type { History, People, StoredRoom, Violation } from "./history.ts";
import { enteringBy, isGroup, leavingBy } from "./membership.ts";

/** Every group with members has exactly one owner: who made it, or else whoever is in it for longest. */
export function findWrongOwners({ rooms }: History): Violation[] {
  return rooms.flatMap((room): Violation[] => {
    const { roomId, members } = room;
    const owners = members.flatMap(({ userId, role }) => (role === "owner" ? [userId] : []));
    if (!isGroup(room)) {
      const what = `a direct room is owned by ${owners.join(", ")}`;
      return owners.length === 0 ? [] : [{ rule: "order", roomId, what }];
    }
    if (members.length === 0) return [];
    const [owner, second] = owners;
    if (owner === undefined) return [{ rule: "lost", roomId, what: "nobody owns the group" }];
    if (second !== undefined) {
      return [{ rule: "doubled", roomId, what: `the group is owned by ${owners.join(" and ")}` }];
    }
    const rightful = reignsOf(room).at(-1) ?? [];
    if (rightful.includes(owner)) return [];
    const what = `the group is owned by ${owner}, and it is the turn of ${rightful.join(" or ")}`;
    return [{ rule: "order", roomId, what }];
  });
}

/**
 * Who owned a group, one after the other, by its notices. More than one where they came at once: either may
 * come next.
 */
export function reignsOf({ messages }: StoredRoom): string[][] {
  const joinedAt = new Map<string, number>();
  const reigns: string[][] = [];
  let owners = new Set<string>();
  for (const message of messages) {
    for (const userId of enteringBy(message)) joinedAt.set(userId, message.createdAt);
    if (message.notice?.type === "created") {
      owners = new Set([message.senderId]);
      reigns.push([...owners]);
    }
    for (const userId of leavingBy(message)) {
      joinedAt.delete(userId);
      if (!owners.delete(userId)) continue;
      for (const heir of longestIn(joinedAt)) owners.add(heir);
      reigns.push([...owners]);
    }
  }
  return reigns;
}

function longestIn(joinedAt: ReadonlyMap<string, number>): string[] {
  const first = Math.min(...joinedAt.values());
  return [...joinedAt].flatMap(([userId, at]) => (at === first ? [userId] : []));
}

/** Wherever a member sees who is in a room, all are there, each in their place, and nobody else. */
export function findWrongRoles({ people, rooms }: History): Violation[] {
  const shown = groupBy(people, ({ roomId }) => roomId);
  return rooms.flatMap(({ roomId, members }) => {
    const stored = new Map(members.map(({ userId, role }) => [userId, role]));
    return (shown.get(roomId) ?? []).flatMap((one) =>
      stored.has(one.userId) ? compare(one, stored) : [],
    );
  });
}

function compare(
  { client, roomId, where, roles }: People,
  stored: ReadonlyMap<string, string>,
): Violation[] {
  const everybody = [...new Set([...stored.keys(), ...roles.keys()])];
  return everybody.flatMap((userId): Violation[] => {
    const [says, is] = [roles, stored].map((each) => each.get(userId) ?? "no member");
    if (says === is) return [];
    const what = `the list of ${where} says that ${userId} is ${says}, and it is ${is}`;
    return [{ rule: "gap", roomId, client, what }];
  });
}
