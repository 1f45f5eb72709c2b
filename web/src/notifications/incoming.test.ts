import type { Message, RoomSummary } from "@moim/protocol";
import { describe, expect, it } from "vitest";
import { IncomingMessages } from "./incoming.ts";

const ME = "me";

function messageOf(roomId: string, seq: number, change: Partial<Message> = {}): Message {
  return {
    roomId,
    seq,
    rev: seq,
    kind: "text",
    senderId: "other",
    clientId: null,
    text: `${roomId} ${seq}`,
    notice: null,
    replyTo: null,
    reactions: [],
    editedAt: null,
    deletedAt: null,
    createdAt: 1_000 * seq,
    ...change,
  };
}

function roomOf(lastMessage: Message, change: Partial<RoomSummary> = {}): RoomSummary {
  return {
    id: lastMessage.roomId,
    kind: "group",
    title: null,
    members: [],
    memberCount: 0,
    lastSeq: lastMessage.seq,
    rev: lastMessage.rev,
    createdAt: 0,
    readSeq: 0,
    unread: 1,
    lastMessage,
    muted: false,
    ...change,
  };
}

const ready = (...rooms: RoomSummary[]) => ({ state: "ready" as const, rooms });
const told = (incoming: IncomingMessages, ...rooms: RoomSummary[]) =>
  incoming.take(ready(...rooms)).map(({ message }) => message.text);

function watching(...rooms: RoomSummary[]): IncomingMessages {
  const incoming = new IncomingMessages(ME);
  incoming.take(ready(...rooms));
  return incoming;
}

describe("what is told of", () => {
  it("is nothing of what was there at first", () => {
    expect(told(new IncomingMessages(ME), roomOf(messageOf("a", 5)))).toEqual([]);
  });

  it("is a new message, once", () => {
    const incoming = watching(roomOf(messageOf("a", 5)));
    expect(told(incoming, roomOf(messageOf("a", 6)))).toEqual(["a 6"]);
    expect(told(incoming, roomOf(messageOf("a", 6)))).toEqual([]);
  });

  it("is a message of a restored database, which gives places again, and nothing it has gone back to", () => {
    const incoming = watching(roomOf(messageOf("a", 50)));
    expect(told(incoming, roomOf(messageOf("a", 30)))).toEqual([]);
    const restored = watching(roomOf(messageOf("a", 50)));
    const anew = messageOf("a", 31, { createdAt: 90_000 });
    expect(told(restored, roomOf(anew))).toEqual(["a 31"]);
    expect(told(restored, roomOf(anew))).toEqual([]);
  });

  it("is a room that was not there, but not a page of older rooms", () => {
    const incoming = watching(roomOf(messageOf("a", 5)));
    const [newer, older] = [roomOf(messageOf("b", 6)), roomOf(messageOf("c", 2))];
    expect(told(incoming, newer, roomOf(messageOf("a", 5)), older)).toEqual(["b 6"]);
  });

  it.each<[string, Partial<Message>, Partial<RoomSummary>]>([
    ["in muted rooms", {}, { muted: true }],
    ["by oneself", { senderId: ME }, {}],
    ["that was read already", {}, { unread: 0 }],
    ["that is a notice", { kind: "notice" }, {}],
    ["that was deleted", { deletedAt: 1 }, {}],
  ])("is nothing %s", (_, message, room) => {
    const incoming = watching(roomOf(messageOf("a", 5)));
    expect(told(incoming, roomOf(messageOf("a", 6, message), room))).toEqual([]);
  });
});
