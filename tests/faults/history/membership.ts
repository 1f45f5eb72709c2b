import type { Message } from "@moim/protocol";
import type { StoredRoom } from "./history.ts";

/** One stay in a room: from this place on, and no change as new as the departure's. */
export type Stay = {
  fromSeq: number;
  fromAt: number;
  untilSeq: number;
  untilRev: number;
  /** When the departure was committed. */
  untilAt: number;
};

const FOR_EVER = Number.POSITIVE_INFINITY;

const ALWAYS: Stay = {
  ...{ fromSeq: 1, fromAt: 0, untilSeq: FOR_EVER, untilRev: FOR_EVER, untilAt: FOR_EVER },
};

/** A direct room has two members from the beginning, and says nothing of it. */
export function isGroup({ messages }: StoredRoom): boolean {
  return messages[0]?.kind === "notice";
}

/**
 * Who was a member of a group when, by the room's own notices: these are numbered with everything else, so
 * that "a member at that place" has one answer, whatever clocks say.
 */
export function staysOf(room: StoredRoom): Map<string, Stay[]> {
  if (!isGroup(room)) return new Map(room.members.map(({ userId }) => [userId, [ALWAYS]]));
  const stays = new Map<string, Stay[]>();
  const committedAt = new Map(room.commits.map(({ rev, at }) => [rev, at]));
  for (const message of room.messages) {
    for (const userId of enteringBy(message)) {
      const untilEver = { untilSeq: FOR_EVER, untilRev: FOR_EVER, untilAt: FOR_EVER };
      const stay = { fromSeq: message.seq, fromAt: message.createdAt, ...untilEver };
      stays.set(userId, [...(stays.get(userId) ?? []), stay]);
    }
    for (const userId of leavingBy(message)) {
      const stay = stays.get(userId)?.at(-1);
      if (!stay) continue;
      stay.untilSeq = message.seq;
      stay.untilRev = message.rev;
      // It may have waited for the room for long.
      stay.untilAt = committedAt.get(message.rev) ?? message.createdAt;
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

/** Whether somebody was a member then, or had been until a moment before. */
export function wasMemberUntil(stays: readonly Stay[], at: number, momentMs: number): boolean {
  return stays.some(({ fromAt, untilAt }) => at >= fromAt && at <= untilAt + momentMs);
}

/**
 * Whether somebody may be told, then, of a room's state as of this `rev`. What was so before they came is no
 * secret: it is how they found the room.
 */
export function maySeeState(stays: readonly Stay[], rev: number, at: number): boolean {
  return stays.some(({ fromAt, untilRev }) => fromAt <= at && rev < untilRev);
}

export function enteringBy({ notice, senderId }: Message): readonly string[] {
  if (notice?.type === "created") return [senderId, ...(notice.userIds ?? [])];
  return notice?.type === "invited" ? (notice.userIds ?? []) : [];
}

export function leavingBy({ notice }: Message): readonly string[] {
  return notice?.type === "left" || notice?.type === "removed" ? (notice.userIds ?? []) : [];
}
