import { entriesOf } from "./entries.ts";
import type { History, Violation } from "./history.ts";
import { maySee, type Stay, staysOf, wasMemberAt } from "./membership.ts";

/** Nothing is told or shown to somebody who was no member at that place: before, after, or in between. */
export function findLeaks({ entries, rooms }: History): Violation[] {
  const known = new Map(rooms.map((room) => [room.roomId, staysOf(room)]));
  const staysIn = (roomId: string, userId: string): readonly Stay[] | undefined => {
    const stays = known.get(roomId);
    return stays && (stays.get(userId) ?? []);
  };
  const found: Violation[] = [];
  for (const { at, client, userId, roomId, path, message } of entriesOf(entries, "arrived")) {
    const stays = staysIn(roomId, userId);
    // Whoever repeats a message of an earlier stay is answered with what they wrote themselves.
    if (path === "answered" && message.senderId === userId) continue;
    if (!stays || maySee(stays, message)) continue;
    const { seq, rev } = message;
    const what = `${seq} (rev ${rev}) was ${path} at ${at} to somebody who was a member ${tell(stays)}`;
    found.push({ rule: "leak", roomId, seq, client, what });
  }
  for (const { client, userId, roomId, seq } of entriesOf(entries, "shown")) {
    const stays = staysIn(roomId, userId);
    if (!stays || wasMemberAt(stays, seq)) continue;
    const what = `${seq} was on the screen of somebody who was a member ${tell(stays)}`;
    found.push({ rule: "leak", roomId, seq, client, what });
  }
  return found;
}

function tell(stays: readonly Stay[]): string {
  if (stays.length === 0) return "never";
  return stays
    .map(({ fromSeq, untilSeq, untilRev }) =>
      untilSeq === Number.POSITIVE_INFINITY
        ? `from ${fromSeq} on`
        : `from ${fromSeq} to before ${untilSeq} (rev ${untilRev})`,
    )
    .join(", ");
}
