import type { Message } from "@moim/protocol";
import type { Entry, FinalView, History, StoredMember, StoredRoom } from "./history.ts";

export const ROOM = "room";
export const ALICE = "alice";
export const BOB = "bob";
const MADE_AT = 1_000;

/** A text of Alice's at this place; what is not said has the number of its place. */
export function text(seq: number, more: Partial<Message> = {}): Message {
  return {
    ...{ roomId: ROOM, seq, rev: seq, kind: "text", senderId: ALICE, clientId: `c${seq}` },
    ...{ text: `text ${seq}`, notice: null, replyTo: null, reactions: [] },
    ...{ editedAt: null, deletedAt: null, createdAt: MADE_AT + seq },
    ...more,
  } as Message;
}

export function notice(seq: number, type: string, ...userIds: string[]): Message {
  return text(seq, {
    kind: "notice",
    clientId: null,
    text: null,
    notice: { type, userIds } as Message["notice"],
  });
}

export function member(userId: string, more: Partial<StoredMember> = {}): StoredMember {
  return { userId, historyFromSeq: 1, role: "member", ...more };
}

export function storedRoom(
  messages: readonly Message[],
  more: Partial<StoredRoom> = {},
): StoredRoom {
  const commits = messages
    .map(({ rev, seq, createdAt }) => ({ rev, seq, at: createdAt }))
    .sort((one, other) => one.rev - other.rev);
  return {
    roomId: ROOM,
    lastSeq: messages.at(-1)?.seq ?? 0,
    rev: commits.at(-1)?.rev ?? 0,
    messages,
    members: [member(ALICE, { role: "owner" }), member(BOB)],
    commits,
    ...more,
  };
}

/** These `rev`s in the order given, each of the place of the same number where nothing else is said. */
export function committed(
  revs: readonly number[],
  seqs: Readonly<Record<number, number>> = {},
): StoredRoom["commits"] {
  return revs.map((rev) => ({ rev, seq: seqs[rev] ?? rev, at: MADE_AT + rev }));
}

/** Made by Alice with Bob in it, then three texts of hers. */
export const MESSAGES = [notice(1, "created", BOB), text(2), text(3), text(4)] as const;

export function viewOf(userId: string, messages: readonly Message[]): FinalView {
  return {
    client: userId,
    userId,
    roomId: ROOM,
    state: "ready",
    messages,
    hasOlder: false,
    pending: [],
  };
}

export function sent(clientId: string, at: number): Entry {
  const text = clientId.replace(/^c/, "text ");
  const who = { client: ALICE, userId: ALICE };
  return { kind: "sent", at, ...who, roomId: ROOM, clientId, text, replyTo: null };
}

export function acknowledged(clientId: string, seq: number): Entry {
  const at = MADE_AT + seq + 5;
  const who = { client: ALICE, userId: ALICE, roomId: ROOM };
  return { kind: "acknowledged", at, ...who, clientId, seq, duplicate: false };
}

export function told(userId: string, message: Message, at = message.createdAt + 5): Entry {
  const who = { client: userId, userId, roomId: ROOM };
  const socket = userId === ALICE ? 2 : 1;
  return { kind: "arrived", at, ...who, socket, path: "told", message };
}

/** Everything as it should be: Alice wrote three, all were stored, told, and are on both screens. */
export function goodHistory(changed: Partial<History> = {}): History {
  const texts = MESSAGES.slice(1);
  return {
    entries: [
      ...texts.flatMap(({ clientId, seq }) => [
        sent(clientId ?? "", MADE_AT + seq - 1),
        acknowledged(clientId ?? "", seq),
      ]),
      ...MESSAGES.flatMap((message) => [told(ALICE, message), told(BOB, message)]),
    ],
    views: [viewOf(ALICE, MESSAGES), viewOf(BOB, MESSAGES)],
    lists: [],
    people: [],
    rooms: [storedRoom(MESSAGES)],
    ...changed,
  };
}

/** The good history with entries more. */
export function withEntries(...entries: Entry[]): History {
  const history = goodHistory();
  return { ...history, entries: [...history.entries, ...entries] };
}
