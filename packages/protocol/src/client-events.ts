import { z } from "zod";
import { LIMITS, PAGE_LIMITS, TEXT_LIMITS } from "./limits.ts";
import { presenceState } from "./presence.ts";
import { member, message, room, roomSummary } from "./room.ts";
import {
  boundedList,
  cursor,
  emoji,
  OVER_LIMIT,
  pageLimit,
  rev,
  seq,
  timestamp,
  uuid,
  writtenText,
} from "./values.ts";

const messageText = writtenText(LIMITS.textCharacters, OVER_LIMIT);
const title = writtenText(TEXT_LIMITS.titleCharacters);

const createDirect = z.object({ kind: z.literal("direct"), userId: uuid });
const createGroup = z.object({
  kind: z.literal("group"),
  clientId: uuid,
  title: title.nullish(),
  userIds: boundedList(uuid, LIMITS.inviteUsers),
});

const FEWER =
  "Ascending. May be fewer than `limit` before the end, for an answer is bounded in bytes, too: " +
  "whether there are more is said by `hasMore` alone.";
const FEWER_CHANGES =
  "By `rev`. May be fewer than 200 before the end, for an answer is bounded in bytes, too: " +
  "whether there are more is said by `more` alone.";

export const syncedRoom = z.union([
  z.object({
    roomId: uuid,
    /** Complete up to here once `changes` are taken over. */
    rev,
    /** Oldest first, at most 200. */
    changes: z.array(message).describe(FEWER_CHANGES),
    more: z.boolean(),
    /** Too far behind: load the newest page anew. */
    reset: z.boolean(),
  }),
  z.object({ roomId: uuid, gone: z.literal(true) }),
]);
export type SyncedRoom = z.infer<typeof syncedRoom>;

/**
 * What a client may send: one object and a callback, answered by `Answer<data>`.
 * A new event is added here first; both ends compile against it.
 */
export const clientEvents = {
  "token:renew": {
    request: z.object({ token: z.string().min(1).max(8_192) }),
    data: z.object({ expiresAt: timestamp }),
  },
  "room:create": {
    request: z.discriminatedUnion("kind", [createDirect, createGroup]),
    data: z.object({ room }),
  },
  "room:list": {
    request: z.object({ cursor: cursor.optional(), limit: pageLimit(PAGE_LIMITS.rooms) }),
    data: z.object({
      rooms: z.array(roomSummary),
      nextCursor: cursor.nullable(),
      unreadTotal: z.int(),
    }),
  },
  "room:get": {
    request: z.object({ roomId: uuid }),
    data: z.object({ room: roomSummary }),
  },
  "room:members": {
    request: z.object({
      roomId: uuid,
      cursor: cursor.optional(),
      limit: pageLimit(PAGE_LIMITS.members),
    }),
    data: z.object({ members: z.array(member), nextCursor: cursor.nullable() }),
  },
  "room:rename": {
    request: z.object({ roomId: uuid, title }),
    data: z.object({ room }),
  },
  "room:remove": {
    request: z.object({ roomId: uuid, userId: uuid }),
    data: z.object({}),
  },
  "room:mute": {
    request: z.object({ roomId: uuid, muted: z.boolean() }),
    data: z.object({}),
  },
  "room:typing": {
    request: z.object({ roomId: uuid, typing: z.boolean() }),
    data: z.object({}),
  },
  "room:invite": {
    request: z.object({
      roomId: uuid,
      userIds: boundedList(uuid, LIMITS.inviteUsers).refine((ids) => ids.length > 0, {
        message: "must name somebody",
      }),
    }),
    data: z.object({ room }),
  },
  "room:leave": {
    request: z.object({ roomId: uuid }),
    data: z.object({}),
  },
  "room:read": {
    request: z.object({ roomId: uuid, seq: z.int().min(0) }),
    data: z.object({ readSeq: z.int(), unreadTotal: z.int() }),
  },
  "message:send": {
    request: z.object({
      roomId: uuid,
      clientId: uuid,
      text: messageText,
      replyTo: seq.nullish(),
    }),
    data: z.object({ message, duplicate: z.boolean() }),
  },
  "message:edit": {
    request: z.object({ roomId: uuid, seq, text: messageText }),
    data: z.object({ message }),
  },
  "message:delete": {
    request: z.object({ roomId: uuid, seq }),
    data: z.object({ message }),
  },
  "message:react": {
    request: z.object({ roomId: uuid, seq, emoji, on: z.boolean() }),
    data: z.object({ message }),
  },
  "message:page": {
    request: z
      .object({
        roomId: uuid,
        before: seq.optional(),
        after: z.int().min(0).optional(),
        limit: pageLimit(PAGE_LIMITS.messages),
      })
      .refine((page) => page.before === undefined || page.after === undefined, {
        message: "before and after exclude each other",
      }),
    data: z.object({
      messages: z.array(message).describe(FEWER),
      rev,
      hasMore: z.boolean(),
    }),
  },
  "message:search": {
    request: z.object({
      /** Words that a text must all contain, anywhere in it, whatever their case. */
      query: writtenText(TEXT_LIMITS.queryCharacters),
      roomId: uuid.optional(),
      cursor: cursor.optional(),
      limit: pageLimit(PAGE_LIMITS.search),
    }),
    data: z.object({
      /** Newest first. */
      messages: z.array(message),
      /** Null at the end. A page may hold fewer than asked for, even none, before the end. */
      nextCursor: cursor.nullable(),
    }),
  },
  "room:sync": {
    request: z.object({
      rooms: z
        .array(z.object({ roomId: uuid, rev }))
        .max(PAGE_LIMITS.syncRooms)
        .refine((rooms) => new Set(rooms.map(({ roomId }) => roomId)).size === rooms.length, {
          message: "must name each room once",
        }),
    }),
    data: z.object({ rooms: z.array(syncedRoom) }),
  },
  "presence:watch": {
    request: z.object({ userIds: z.array(uuid).max(PAGE_LIMITS.watchUsers) }),
    data: z.object({ users: z.array(presenceState) }),
  },
} as const satisfies Record<string, { request: z.ZodType; data: z.ZodType }>;

export type ClientEventName = keyof typeof clientEvents;
/** What a client passes in. */
export type RequestOf<Name extends ClientEventName> = z.input<
  (typeof clientEvents)[Name]["request"]
>;
/** What a handler receives: validated, unknown fields gone. */
export type ParsedRequestOf<Name extends ClientEventName> = z.output<
  (typeof clientEvents)[Name]["request"]
>;
export type DataOf<Name extends ClientEventName> = z.output<(typeof clientEvents)[Name]["data"]>;
