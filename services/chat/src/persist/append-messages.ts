import { Failure, type Message } from "@moim/protocol";
import { sql } from "drizzle-orm";
import type { Database, SendSql } from "./database.ts";
import { noteMembershipChanges } from "./membership-changes.ts";
import { noSuchRoom } from "./no-such-room.ts";
import { describeCommits, type Listed, newlyListed, type RoomCommit } from "./room-commits.ts";
import {
  arrayOf,
  type Count,
  type MessageRow,
  messageColumns,
  milliseconds,
  toMessage,
} from "./rows.ts";

export type Send = {
  roomId: string;
  senderId: string;
  clientId: string;
  text: string;
  replyTo: number | null;
};

export type Appended = { message: Message; duplicate: boolean };

export type Batch = { outcomes: (Appended | Failure)[]; commits: RoomCommit[] };

/**
 * Appends messages in the order given and numbers them within their rooms, in one transaction.
 * Resolves after commit. Idempotent for ever per (room, sender, clientId): a repeat resolves to the
 * stored message with `duplicate: true`. A send that is not allowed (`not_found`) does not hinder
 * the others. Rejects with `unavailable` when the database gave no answer: whether the messages
 * were stored is then unknown, and repeating the call is safe.
 */
export function appendMessages(database: Database, sends: readonly Send[]): Promise<Batch> {
  return database.transactPipelined(async (sendSql, connection) => {
    // Two round trips: all that is read leaves together, then all that is written, with the COMMIT.
    const [rooms, facts, absent] = await Promise.all([
      lockRooms(sendSql, sends),
      readFacts(sendSql, sends),
      readAbsent(sendSql, sends),
    ]);
    const { outcomes, fresh, repeats } = decide(sends, rooms, facts);
    const appearing = newlyListed(absent, fresh);
    const stored = store(sendSql, fresh);
    // Rare; and what is told of such a room is read after this has been stored.
    if (appearing.length > 0) await Promise.all([stored, show(sendSql, appearing)]);
    await noteMembershipChanges(
      connection,
      appearing.map(({ userId }) => userId),
    );
    return { outcomes, commits: await describeCommits(connection, fresh, repeats, appearing) };
  });
}

/** `now` is never before the room's newest message: times follow `seq`, whatever the clock does. */
type LockedRoom = { lastSeq: number; rev: number; now: number };

/** In the order of their ids, so that two nodes never wait for each other. */
async function lockRooms(
  sendSql: SendSql,
  sends: readonly Send[],
): Promise<Map<string, LockedRoom>> {
  const rows = await sendSql<{ id: string; last_seq: Count; rev: Count; now: Count }>(
    "lock-rooms",
    sql`SELECT id, last_seq, rev, ${milliseconds(sql`greatest(clock_timestamp(), last_activity_at)`)} AS now
        FROM chat.rooms WHERE id = ANY(${arrayOf(roomIdsOf(sends))}::uuid[])
        ORDER BY id FOR NO KEY UPDATE`,
  );
  return new Map(
    rows.map((row) => [
      row.id,
      { lastSeq: Number(row.last_seq), rev: Number(row.rev), now: Number(row.now) },
    ]),
  );
}

function roomIdsOf(sends: readonly Send[]): string[] {
  return [...new Set(sends.map((send) => send.roomId))];
}

type Fact = { historyFromSeq: number | null; stored: Message | null };

/**
 * Membership and what is stored already, per send. Must run after the rooms are locked: only then
 * does its snapshot show whatever another node has just committed for the same `clientId`.
 */
async function readFacts(sendSql: SendSql, sends: readonly Send[]): Promise<Fact[]> {
  const rows = await sendSql<
    { history_from_seq: Count | null } & { [Key in keyof MessageRow]: MessageRow[Key] | null }
  >(
    "read-facts",
    sql`SELECT member.history_from_seq, ${messageColumns}
        FROM unnest(${column(sends, "roomId")}::uuid[], ${column(sends, "senderId")}::uuid[],
                    ${column(sends, "clientId")}::uuid[])
             WITH ORDINALITY AS send (room_id, sender_id, client_id, place)
        LEFT JOIN chat.members member
          ON member.room_id = send.room_id AND member.user_id = send.sender_id
        LEFT JOIN chat.messages m ON m.room_id = send.room_id
          AND m.sender_id = send.sender_id AND m.client_id = send.client_id
        ORDER BY send.place`,
  );
  return rows.map((row) => ({
    historyFromSeq: row.history_from_seq === null ? null : Number(row.history_from_seq),
    stored: row.seq === null ? null : toMessage(row as MessageRow),
  }));
}

/** In whose list a direct room would newly stand. Read after the lock, as the facts are. */
async function readAbsent(sendSql: SendSql, sends: readonly Send[]): Promise<Listed[]> {
  const rows = await sendSql<{ room_id: string; user_id: string; history_from_seq: Count }>(
    "read-absent",
    sql`SELECT member.room_id, member.user_id, member.history_from_seq
        FROM chat.rooms room JOIN chat.members member ON member.room_id = room.id
        WHERE room.id = ANY(${arrayOf(roomIdsOf(sends))}::uuid[]) AND room.kind = 'direct'
          AND (room.last_seq = 0 OR member.is_hidden)`,
  );
  return rows.map((row) => ({
    roomId: row.room_id,
    userId: row.user_id,
    historyFromSeq: Number(row.history_from_seq),
  }));
}

function column(sends: readonly Send[], key: "roomId" | "senderId" | "clientId") {
  return arrayOf(sends.map((send) => send[key]));
}

type Decision = Pick<Batch, "outcomes"> & { fresh: Message[]; repeats: Message[] };

function decide(
  sends: readonly Send[],
  rooms: ReadonlyMap<string, LockedRoom>,
  facts: readonly Fact[],
): Decision {
  const fresh: Message[] = [];
  const repeats: Message[] = [];
  const inThisBatch = new Map<string, Message>();
  const outcomes = sends.map((send, index): Appended | Failure => {
    const room = rooms.get(send.roomId);
    const fact = facts[index];
    if (!room || !fact || fact.historyFromSeq === null) return noSuchRoom();
    if (fact.stored) {
      repeats.push(fact.stored);
      return { message: fact.stored, duplicate: true };
    }
    const identity = `${send.roomId} ${send.senderId} ${send.clientId}`;
    const earlier = inThisBatch.get(identity);
    if (earlier) return { message: earlier, duplicate: true };
    if (send.replyTo !== null && !isVisible(send.replyTo, fact.historyFromSeq, room)) {
      return new Failure("not_found", "no such message to reply to");
    }
    const message = number(send, room);
    fresh.push(message);
    inThisBatch.set(identity, message);
    return { message, duplicate: false };
  });
  return { outcomes, fresh, repeats };
}

function isVisible(seq: number, historyFromSeq: number, room: LockedRoom): boolean {
  return seq >= historyFromSeq && seq <= room.lastSeq;
}

/** Takes the room's next numbers. The room is locked: nobody else can take the same. */
function number(send: Send, room: LockedRoom): Message {
  room.lastSeq++;
  room.rev++;
  return {
    roomId: send.roomId,
    seq: room.lastSeq,
    rev: room.rev,
    kind: "text",
    senderId: send.senderId,
    clientId: send.clientId,
    text: send.text,
    notice: null,
    replyTo: send.replyTo,
    reactions: [],
    editedAt: null,
    deletedAt: null,
    createdAt: room.now,
  };
}

/**
 * One statement: the messages, the rooms' numbers, the senders' read marks. Its answer need not be awaited
 * before the COMMIT's.
 */
function store(sendSql: SendSql, fresh: readonly Message[]): Promise<unknown> {
  if (fresh.length === 0) return Promise.resolve();
  const newest = new Map<string, Message>();
  const newestBySender = new Map<string, Message>();
  for (const message of fresh) {
    newest.set(message.roomId, message);
    newestBySender.set(`${message.roomId} ${message.senderId}`, message);
  }
  return sendSql(
    "store-messages",
    sql`
    WITH inserted AS (
      INSERT INTO chat.messages
        (room_id, seq, rev, kind, sender_id, client_id, text, reply_to, created_at)
      SELECT room_id, seq, rev, 'text', sender_id, client_id, text, reply_to, created_at
      FROM unnest(${values(fresh, "roomId")}::uuid[], ${values(fresh, "seq")}::int8[],
                  ${values(fresh, "rev")}::int8[], ${values(fresh, "senderId")}::uuid[],
                  ${values(fresh, "clientId")}::uuid[], ${texts(fresh)}::text[],
                  ${values(fresh, "replyTo")}::int8[], ${instants(fresh)}::timestamptz[])
        AS new (room_id, seq, rev, sender_id, client_id, text, reply_to, created_at)
    ), moved AS (
      UPDATE chat.rooms room
      SET last_seq = new.seq, rev = new.rev, last_activity_at = new.created_at
      FROM unnest(${values([...newest.values()], "roomId")}::uuid[],
                  ${values([...newest.values()], "seq")}::int8[],
                  ${values([...newest.values()], "rev")}::int8[],
                  ${instants([...newest.values()])}::timestamptz[])
        AS new (room_id, seq, rev, created_at)
      WHERE room.id = new.room_id
    )
    UPDATE chat.members member
    SET read_seq = greatest(member.read_seq, new.seq), is_hidden = false
    FROM unnest(${values([...newestBySender.values()], "roomId")}::uuid[],
                ${values([...newestBySender.values()], "senderId")}::uuid[],
                ${values([...newestBySender.values()], "seq")}::int8[])
      AS new (room_id, user_id, seq)
    WHERE member.room_id = new.room_id AND member.user_id = new.user_id`,
  );
}

/** Hidden rooms stand in their members' lists again: one that is not hidden stays as it is. */
function show(sendSql: SendSql, appearing: readonly Listed[]): Promise<unknown> {
  const ids = (key: "roomId" | "userId") => arrayOf(appearing.map((one) => one[key]));
  return sendSql(
    "show-rooms",
    sql`UPDATE chat.members member SET is_hidden = false
        FROM unnest(${ids("roomId")}::uuid[], ${ids("userId")}::uuid[]) AS shown (room_id, user_id)
        WHERE member.room_id = shown.room_id AND member.user_id = shown.user_id
          AND member.is_hidden`,
  );
}

function values(
  messages: readonly Message[],
  key: "roomId" | "seq" | "rev" | "senderId" | "clientId" | "replyTo",
) {
  return arrayOf(messages.map((message) => message[key]));
}

function texts(messages: readonly Message[]) {
  return sql.param(messages.map((message) => message.text));
}

function instants(messages: readonly Message[]) {
  return arrayOf(messages.map((message) => new Date(message.createdAt).toISOString()));
}
