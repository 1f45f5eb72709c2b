import type { Message, Room } from "@moim/protocol";
import { sql } from "drizzle-orm";
import { v7 as uuidv7 } from "uuid";
import { type Connection, type Database, rowsOf } from "./database.ts";
import {
  type GroupLimits,
  requirePlaceForOwnGroup,
  requirePlaceInGroups,
} from "./groups-per-user.ts";
import { noteMembershipChanges } from "./membership-changes.ts";
import { noSuchRoom } from "./no-such-room.ts";
import { appendNotice } from "./notices.ts";
import { type AddedMember, asAdded } from "./room-commits.ts";
import { roomForUser } from "./rooms.ts";

/** `existed`: somebody, perhaps an earlier try of the caller, had made the room. */
export type CreatedDirect = { room: Room; existed: boolean };

export function directPair(userId: string, otherId: string): string {
  return [userId, otherId].sort().join(":");
}

/** The caller's direct room with another user, or undefined. */
export async function findDirect(
  connection: Connection,
  userId: string,
  otherId: string,
): Promise<Room | undefined> {
  const [row] = await rowsOf<{ id: string }>(
    connection,
    sql`SELECT id FROM chat.rooms WHERE direct_pair = ${directPair(userId, otherId)}`,
  );
  return row ? roomForUser(connection, row.id, userId) : undefined;
}

/** Get or create. The unique pair decides races: exactly one room, whoever comes first. */
export function createDirect(
  database: Database,
  userId: string,
  otherId: string,
): Promise<CreatedDirect> {
  return database.transact(async (connection) => {
    const [created] = await rowsOf<{ id: string }>(
      connection,
      sql`INSERT INTO chat.rooms (id, kind, direct_pair, created_by, member_count)
          VALUES (${uuidv7()}, 'direct', ${directPair(userId, otherId)}, ${userId}, 2)
          ON CONFLICT (direct_pair) DO NOTHING RETURNING id`,
    );
    if (created) await addMembers(connection, created.id, [userId, otherId], null);
    const room = await findDirect(connection, userId, otherId);
    if (!room) throw new Error("a direct room was neither made nor found");
    return { room, existed: created === undefined };
  });
}

export type GroupCreation = {
  creatorId: string;
  clientId: string;
  title: string | null;
  /** Without the creator, each once. */
  userIds: readonly string[];
  limits: GroupLimits;
};

export type CreatedGroup =
  | { existed: true; room: Room }
  | { existed: false; added: AddedMember[]; notice: Message };

/** The group that the creator made with this `clientId`, while a member of it; or undefined. */
export async function findGroup(
  connection: Connection,
  creatorId: string,
  clientId: string,
): Promise<Room | undefined> {
  const [row] = await rowsOf<{ id: string }>(
    connection,
    sql`SELECT r.id FROM chat.rooms r
        JOIN chat.members member ON member.room_id = r.id AND member.user_id = ${creatorId}
        WHERE r.created_by = ${creatorId} AND r.creation_id = ${clientId}`,
  );
  return row ? roomForUser(connection, row.id, creatorId) : undefined;
}

/** Idempotent by (creator, `clientId`). */
export function createGroup(database: Database, group: GroupCreation): Promise<CreatedGroup> {
  return database.transact(async (connection) => {
    const memberIds = [group.creatorId, ...group.userIds];
    const [created] = await rowsOf<{ id: string }>(
      connection,
      sql`INSERT INTO chat.rooms (id, kind, title, created_by, creation_id, member_count)
          VALUES (${uuidv7()}, 'group', ${group.title}, ${group.creatorId}, ${group.clientId},
                  ${memberIds.length})
          ON CONFLICT (created_by, creation_id) DO NOTHING RETURNING id`,
    );
    if (!created) return { existed: true, room: await existingGroup(connection, group) };
    const { creatorId, limits, userIds } = group;
    await requirePlaceForOwnGroup(connection, creatorId, limits);
    await requirePlaceInGroups(connection, { makerId: creatorId, userIds }, limits);
    await addMembers(connection, created.id, memberIds, group.creatorId);
    const notice = await appendNotice(connection, created.id, group.creatorId, {
      type: "created",
      userIds: [...group.userIds],
      ...(group.title === null ? {} : { title: group.title }),
    });
    const listed = memberIds.map((userId) => ({ roomId: created.id, userId, historyFromSeq: 1 }));
    return { existed: false, added: await asAdded(connection, listed), notice };
  });
}

async function existingGroup(connection: Connection, group: GroupCreation): Promise<Room> {
  const room = await findGroup(connection, group.creatorId, group.clientId);
  // Its creator has left it since: for them it is no longer there.
  if (!room) throw noSuchRoom();
  return room;
}

async function addMembers(
  connection: Connection,
  roomId: string,
  userIds: readonly string[],
  ownerId: string | null,
): Promise<void> {
  await connection.execute(sql`
    INSERT INTO chat.members (room_id, user_id, role)
    SELECT ${roomId}::uuid, user_id,
           CASE WHEN user_id = ${ownerId}::uuid THEN 'owner' ELSE 'member' END
    FROM unnest(${sql.param(userIds)}::uuid[]) AS added (user_id)`);
  await noteMembershipChanges(connection, userIds);
}
