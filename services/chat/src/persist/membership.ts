import { Failure, LIMITS, type Message, type Room } from "@moim/protocol";
import { sql } from "drizzle-orm";
import { type Connection, type Database, rowsOf } from "./database.ts";
import { eraseSome } from "./erase-rooms.ts";
import { type GroupLimits, requirePlaceInGroups } from "./groups-per-user.ts";
import { noteMembershipChanges } from "./membership-changes.ts";
import { appendNotice, type LockedRoom, lockRoom } from "./notices.ts";
import { appointOwner } from "./ownership.ts";
import { type AddedMember, asAdded } from "./room-commits.ts";
import { roomForUser } from "./rooms.ts";
import type { Count } from "./rows.ts";

export type Invitation = {
  roomId: string;
  /** Who invites. */
  userId: string;
  userIds: readonly string[];
  limits: GroupLimits;
};

export type Invited = {
  /** As the inviter sees it. */
  room: Room;
  /** Empty when all were members already. */
  added: AddedMember[];
  notice: Message | null;
};

/**
 * Adds members to a group. Whoever is one already is passed over. What was said before the notice
 * of the invitation stays unseen by the new ones.
 */
export function invite(database: Database, invitation: Invitation): Promise<Invited> {
  const { roomId, userId, userIds, limits } = invitation;
  return database.transact(async (connection) => {
    const room = await lockRoom(connection, roomId, userId);
    if (room.kind !== "group") throw new Failure("forbidden", "nobody can join a direct room");
    const newIds = await withoutMembers(connection, roomId, userIds);
    if (newIds.length === 0) {
      return { room: await roomForUser(connection, roomId, userId), added: [], notice: null };
    }
    if (room.memberCount + newIds.length > LIMITS.groupMembers) {
      throw new Failure("too_large", `a group has at most ${LIMITS.groupMembers} members`);
    }
    await requirePlaceInGroups(connection, { makerId: room.createdBy, userIds: newIds }, limits);
    const notice = await appendNotice(connection, roomId, userId, {
      type: "invited",
      userIds: newIds,
    });
    await insertInvited(connection, roomId, newIds, notice);
    const historyFromSeq = notice.seq;
    const listed = newIds.map((newId) => ({ roomId, userId: newId, historyFromSeq }));
    return {
      room: await roomForUser(connection, roomId, userId),
      added: await asAdded(connection, listed),
      notice,
    };
  });
}

/** Those of the users who are no members yet. */
export async function withoutMembers(
  connection: Connection,
  roomId: string,
  userIds: readonly string[],
): Promise<string[]> {
  const rows = await rowsOf<{ user_id: string }>(
    connection,
    sql`SELECT user_id FROM chat.members
        WHERE room_id = ${roomId} AND user_id = ANY(${sql.param(userIds)}::uuid[])`,
  );
  const present = new Set(rows.map((row) => row.user_id));
  return userIds.filter((id) => !present.has(id));
}

async function insertInvited(
  connection: Connection,
  roomId: string,
  userIds: readonly string[],
  notice: Message,
): Promise<void> {
  await connection.execute(sql`
    WITH added AS (
      INSERT INTO chat.members
        (room_id, user_id, role, read_seq, history_from_seq, joined_rev, joined_at)
      SELECT ${roomId}::uuid, user_id, 'member', ${notice.seq - 1}, ${notice.seq}, ${notice.rev},
             ${new Date(notice.createdAt).toISOString()}::timestamptz
      FROM unnest(${sql.param(userIds)}::uuid[]) AS new (user_id)
      RETURNING 1
    )
    UPDATE chat.rooms SET member_count = member_count + (SELECT count(*) FROM added)
    WHERE id = ${roomId}`);
  await noteMembershipChanges(connection, userIds);
}

export type Departed = {
  /** After which place they are out. Null for a group that went with its last member: nobody comes back to it. */
  place: { rev: number; seq: number } | null;
  /** Null where nobody is told: a direct room, or such a group. */
  told: { room: Room; notice: Message } | null;
};

/**
 * Takes the user out of a group, or hides a direct room until its next message. An owner's place
 * goes to the longest-standing member; a group without members is deleted with its messages, the
 * rest of a long history a little later (`eraseSomeOfEmptyRoom`).
 */
export function leave(database: Database, roomId: string, userId: string): Promise<Departed> {
  return database.transact(async (connection) => {
    const room = await lockRoom(connection, roomId, userId);
    if (room.kind === "direct") {
      await hide(connection, room, userId);
      return { place: { rev: room.rev, seq: room.lastSeq }, told: null };
    }
    return takeOut(connection, room, userId, userId);
  });
}

/** The owner's right. Rejects with `not_found` when the other is no member. */
export function remove(
  database: Database,
  roomId: string,
  ownerId: string,
  userId: string,
): Promise<Departed> {
  return database.transact(async (connection) => {
    const room = await lockRoom(connection, roomId, ownerId);
    const rows = await rowsOf<{ user_id: string; role: string }>(
      connection,
      sql`SELECT user_id, role FROM chat.members
          WHERE room_id = ${roomId} AND user_id IN (${ownerId}::uuid, ${userId}::uuid)`,
    );
    const isOwner = rows.some((row) => row.user_id === ownerId && row.role === "owner");
    if (!isOwner) throw new Failure("forbidden", "only the owner removes members");
    if (userId === ownerId) throw new Failure("bad_request", "userId: leave the room instead");
    if (rows.length < 2) throw new Failure("not_found", "no such member");
    return takeOut(connection, room, ownerId, userId);
  });
}

async function takeOut(
  connection: Connection,
  room: LockedRoom,
  actorId: string,
  userId: string,
): Promise<Departed> {
  await connection.execute(
    sql`DELETE FROM chat.members WHERE room_id = ${room.id} AND user_id = ${userId}`,
  );
  await noteMembershipChanges(connection, [userId]);
  await connection.execute(
    sql`UPDATE chat.rooms SET member_count = member_count - 1 WHERE id = ${room.id}`,
  );
  if (room.memberCount <= 1) {
    await eraseSome(connection, room.id);
    return { place: null, told: null };
  }
  await appointOwner(connection, room.id);
  const notice = await appendNotice(connection, room.id, actorId, {
    type: actorId === userId ? "left" : "removed",
    userIds: [userId],
  });
  return { place: notice, told: { room: await roomForUser(connection, room.id, actorId), notice } };
}

async function hide(connection: Connection, room: LockedRoom, userId: string): Promise<void> {
  await connection.execute(sql`
    UPDATE chat.members
    SET is_hidden = true, read_seq = ${room.lastSeq}, history_from_seq = ${room.lastSeq + 1},
        joined_rev = ${room.rev}
    WHERE room_id = ${room.id} AND user_id = ${userId}`);
  await noteMembershipChanges(connection, [userId]);
}

/** Moves the read mark forward, never back and never past the newest place. */
export async function markRead(
  connection: Connection,
  roomId: string,
  userId: string,
  seq: number,
): Promise<{ readSeq: number; moved: boolean; memberCount: number } | undefined> {
  const [row] = await rowsOf<{ read_seq: Count; moved: boolean; member_count: number }>(
    connection,
    sql`WITH mark AS (
          SELECT member.read_seq AS before, r.member_count,
                 greatest(member.read_seq, least(${seq}::int8, r.last_seq)) AS after
          FROM chat.members member JOIN chat.rooms r ON r.id = member.room_id
          WHERE member.room_id = ${roomId} AND member.user_id = ${userId}
        ), moved AS (
          UPDATE chat.members member SET read_seq = greatest(member.read_seq, mark.after)
          FROM mark
          WHERE member.room_id = ${roomId} AND member.user_id = ${userId}
            AND mark.after > mark.before
          RETURNING member.read_seq
        )
        SELECT coalesce((SELECT read_seq FROM moved), mark.after) AS read_seq,
               EXISTS (SELECT FROM moved) AS moved, mark.member_count
        FROM mark`,
  );
  if (!row) return undefined;
  return { readSeq: Number(row.read_seq), moved: row.moved, memberCount: row.member_count };
}

/** `rev` is the room's newest, `historyFromSeq` the first place that the user may see. */
export type Membership = { userId: string; roomId: string; rev: number; historyFromSeq: number };

/** The rooms whose deliveries reach each user: hidden direct rooms are left out. */
export async function membershipsOf(
  connection: Connection,
  userIds: readonly string[],
): Promise<Membership[]> {
  const rows = await rowsOf<{
    user_id: string;
    room_id: string;
    rev: Count;
    history_from_seq: Count;
  }>(
    connection,
    sql`SELECT member.user_id, member.room_id, r.rev, member.history_from_seq
        FROM chat.members member JOIN chat.rooms r ON r.id = member.room_id
        WHERE member.user_id = ANY(${sql.param(userIds)}::uuid[]) AND NOT member.is_hidden`,
  );
  return rows.map((row) => ({
    userId: row.user_id,
    roomId: row.room_id,
    rev: Number(row.rev),
    historyFromSeq: Number(row.history_from_seq),
  }));
}

/** The newest `rev` of each room that exists. */
export async function headsOf(
  connection: Connection,
  roomIds: readonly string[],
): Promise<{ roomId: string; rev: number }[]> {
  const rows = await rowsOf<{ id: string; rev: Count }>(
    connection,
    sql`SELECT id, rev FROM chat.rooms WHERE id = ANY(${sql.param(roomIds)}::uuid[])`,
  );
  return rows.map((row) => ({ roomId: row.id, rev: Number(row.rev) }));
}
