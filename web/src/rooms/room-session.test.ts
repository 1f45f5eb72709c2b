import type { TimelineItem, TimelineView } from "@moim/client";
import { expect, test } from "vitest";
import type { Messenger } from "../messenger.svelte.ts";
import { RoomSession } from "./room-session.svelte.ts";

const said = (seq: number, senderId: string): TimelineItem => ({
  kind: "message",
  key: `seq-${seq}`,
  message: {
    roomId: "room",
    seq,
    rev: seq,
    kind: "text",
    senderId,
    clientId: null,
    text: `text ${seq}`,
    notice: null,
    replyTo: null,
    reactions: [],
    editedAt: null,
    deletedAt: null,
    createdAt: seq,
  },
});

const ROOM = { readSeq: 2, unread: 0 } as NonNullable<TimelineView["room"]>;

/** A session of "me" in a room that holds what the test says. */
function scene(...items: TimelineItem[]) {
  let view = {
    items,
    hasOlder: false,
    hasNewer: false,
    state: "ready",
    isCurrent: true,
    room: ROOM,
  };
  const fixed = <Value>(value: () => Value) => ({
    subscribe(listener: (value: Value) => void) {
      listener(value());
      return () => {};
    },
  });
  const room = {
    timeline: fixed(() => view),
    members: fixed(() => ({ state: "loading", members: [] })),
    typing: fixed(() => []),
  };
  const client = { openRoom: () => room, connection: { subscribe: () => () => {} } };
  const messenger = { client, me: { id: "me" }, app: {}, writingIn: () => ({}) };
  const session = new RoomSession(messenger as unknown as Messenger, "room");
  const take = (...more: TimelineItem[]) => {
    view = { ...view, items: [...view.items, ...more] };
  };
  const divider = () => {
    const at = session.rows.findIndex(({ kind }) => kind === "unread");
    const next = session.rows[at + 1];
    return at >= 0 && next?.kind === "bubble" ? next.seq : null;
  };
  return { session, take, divider };
}

test("a divider stays where it was while one looks away, until others say something", () => {
  const { session, take, divider } = scene(said(1, "you"), said(2, "you"), said(3, "you"));
  session.placeDivider({ ...ROOM, readSeq: 2, unread: 1 });
  expect(divider()).toBe(3);
  session.expectNew(true);
  take(said(4, "me"));
  expect(divider()).toBe(3);
  take(said(5, "you"), said(6, "you"));
  expect(divider()).toBe(5);
  expect(session.meetNew()).toBe(3);
  take(said(7, "you"));
  expect(divider()).toBe(5);
});

test("one comes back to nothing new where nobody else has spoken", () => {
  const { session, take, divider } = scene(said(1, "you"));
  session.placeDivider(ROOM);
  expect(session.meetNew()).toBeNull();
  session.expectNew(true);
  take(said(2, "me"));
  expect(session.meetNew()).toBeNull();
  expect(divider()).toBeNull();
});

test("what was new when the room opened unseen is where one comes back to", () => {
  const { session, take, divider } = scene(said(1, "you"), said(2, "you"), said(3, "you"));
  session.placeDivider({ ...ROOM, readSeq: 1, unread: 2 });
  session.expectNew(false);
  take(said(4, "you"));
  expect(session.meetNew()).toBe(1);
  expect(divider()).toBe(2);
});

test("nothing is expected before it is known what is new", () => {
  const { session, take } = scene(said(1, "you"));
  session.expectNew(true);
  take(said(2, "you"));
  expect(session.meetNew()).toBeNull();
});
