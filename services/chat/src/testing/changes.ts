import type { Message } from "@moim/protocol";
import type { Delivery } from "../publish/room-delivery.ts";

export const ROOM_ID = "0197a4c0-0000-7000-8000-00000000000a";
export const OTHER_ROOM_ID = "0197a4c0-0000-7000-8000-00000000000b";

/** A room's changes as one commit stores them, by their `rev`. */
export function changes(...revs: number[]): Message[] {
  return revs.map((rev) => ({
    roomId: ROOM_ID,
    seq: rev,
    rev,
    kind: "text",
    senderId: "0197a4c0-0000-7000-8000-000000000001",
    clientId: "0197a4c0-0000-7000-8000-000000000002",
    text: `message ${rev}`,
    notice: null,
    replyTo: null,
    reactions: [],
    editedAt: null,
    deletedAt: null,
    createdAt: 0,
  }));
}

/** These changes, as one commit announces them. */
export function delivery(changes: readonly Message[]): Delivery {
  return { changes, commit: undefined };
}
