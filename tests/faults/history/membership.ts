import type { Message } from "@moim/protocol";
import type { StoredRoom } from "./history.ts";

/** One stay in a room: from this place on, and no change as new as the departure's. */
export type Stay = { fromSeq: number; untilSeq: number; untilRev: number; untilAt: number };

const FOR_EVER = Number.POSITIVE_INFINITY;

/**
 * Who was a member of a group when, by the room's own notices: these are numbered with everything else, so
 * that "a member at that place" has one answer, whatever clocks say.
 */
export function staysOf(room: StoredRoom): Map<string, Stay[]> {
  const stays = new Map<string, Stay[]>();
  for (const message of room.messages) {
    for (const userId of enteringBy(message)) {
      const untilEver = { untilSeq: FOR_EVER, untilRev: FOR_EVER, untilAt: FOR_EVER };
      const stay = { fromSeq: message.seq, ...untilEver };
      stays.set(userId, [...(stays.get(userId) ?? []), stay]);
    }
    for (const userId of leavingBy(message)) {
      const stay = stays.get(userId)?.at(-1);
      if (!stay) continue;
      stay.untilSeq = message.seq;
      stay.untilRev = message.rev;
      stay.untilAt = message.createdAt;
    }
  }
  return stays;
}

/** Whether somebody with these stays may know this state of a message. */
export function maySee(stays: readonly Stay[], message: { seq: number; rev: number }): boolean {
  return stays.some(
    ({ fromSeq, untilSeq, untilRev }) =>
      message.seq >= fromSeq && message.seq < untilSeq && message.rev < untilRev,
  );
}

/** Whether a place was ever within a stay. */
export function wasMemberAt(stays: readonly Stay[], seq: number): boolean {
  return stays.some(({ fromSeq, untilSeq }) => seq >= fromSeq && seq < untilSeq);
}

function enteringBy({ notice, senderId }: Message): readonly string[] {
  if (notice?.type === "created") return [senderId, ...(notice.userIds ?? [])];
  return notice?.type === "invited" ? (notice.userIds ?? []) : [];
}

function leavingBy({ notice }: Message): readonly string[] {
  return notice?.type === "left" || notice?.type === "removed" ? (notice.userIds ?? []) : [];
}
