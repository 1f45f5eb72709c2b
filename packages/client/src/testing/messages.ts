import type { Message, RoomSummary } from "@moim/protocol";

export const ROOM_ID = "00000000-0000-7000-8000-00000000aaaa";
export const ALICE = "00000000-0000-7000-8000-00000000000a";
export const BOB = "00000000-0000-7000-8000-00000000000b";

export function message(given: Partial<Message> & { seq: number; rev: number }): Message {
  return {
    roomId: ROOM_ID,
    kind: "text",
    senderId: BOB,
    clientId: null,
    text: `text ${given.seq}`,
    notice: null,
    replyTo: null,
    reactions: [],
    editedAt: null,
    deletedAt: null,
    createdAt: given.seq,
    ...given,
  };
}

export function roomSummary(given: Partial<RoomSummary> = {}): RoomSummary {
  const member = (userId: string) => ({ userId, role: "member" as const, readSeq: 0, joinedAt: 0 });
  return {
    id: ROOM_ID,
    kind: "group",
    title: null,
    members: [member(ALICE), member(BOB)],
    memberCount: 2,
    lastSeq: 0,
    rev: 0,
    createdAt: 0,
    readSeq: 0,
    unread: 0,
    lastMessage: null,
    muted: false,
    ...given,
  };
}
