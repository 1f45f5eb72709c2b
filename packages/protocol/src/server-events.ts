import { z } from "zod";
import { CLOSE_CODES, type ErrorBody } from "./errors.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { presenceState } from "./presence.ts";
import { changedRoom, message, room } from "./room.ts";
import { rev, timestamp, uuid } from "./values.ts";

const limits = z.object(
  Object.fromEntries(Object.keys(LIMITS).map((name) => [name, z.number()])) as Record<
    keyof Limits,
    z.ZodNumber
  >,
);

/** What a server sends without being asked. Clients ignore fields that they do not know. */
export const serverEvents = {
  "session:ready": z.object({
    userId: uuid,
    sessionId: uuid,
    tokenExpiresAt: timestamp,
    nodeId: z.string(),
    serverTime: timestamp,
    limits,
  }),
  "session:closed": z
    .object({ code: z.enum(CLOSE_CODES), reconnect: z.boolean() })
    .describe(
      "Comes before the server closes a socket on purpose. `reconnect` is false for `session_revoked` " +
        "alone: only signing in helps. For `too_many_connections` it is true: there is a place as soon " +
        "as another socket of the user's closes, at most 30 s after the death of a node that held some.",
    ),
  "token:expiring": z.object({ expiresAt: timestamp }),
  "token:expired": z.object({ graceMs: z.int() }),
  "server:draining": z.object({ reconnectAfterMs: z.int() }),
  "event:rejected": z.object({ event: z.string(), error: z.custom<ErrorBody>() }),
  "room:added": z.object({ room }),
  "room:removed": z.object({ roomId: uuid, reason: z.enum(["left", "removed", "deleted"]) }),
  "room:changed": z.object({ room: changedRoom }),
  "room:read": z
    .object({ roomId: uuid, userId: uuid, seq: z.int() })
    .describe(
      "Somebody has read up to `seq`. To all members; in rooms of more than 100 members to the reader's " +
        "own devices alone. Told of again where the reader repeats the mark.",
    ),
  "room:typing": z.object({ roomId: uuid, userId: uuid, typing: z.boolean() }),
  "room:changes": z.object({ roomId: uuid, changes: z.array(message) }),
  "room:head": z.object({ roomId: uuid, rev }),
  "presence:changed": presenceState,
  resync: z.object({ reason: z.enum(["renewed", "redis_returned", "undelivered"]) }),
} as const satisfies Record<string, z.ZodType>;

export type ServerEventName = keyof typeof serverEvents;
export type PayloadOf<Name extends ServerEventName> = z.output<(typeof serverEvents)[Name]>;

/** The answer to every client event. */
export type Answer<Data> = { ok: true; data: Data } | { ok: false; error: ErrorBody };
