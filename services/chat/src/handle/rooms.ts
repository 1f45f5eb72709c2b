import { PAGE_LIMITS } from "@moim/protocol";
import { invite, leave, markRead, remove, withoutMembers } from "../persist/membership.ts";
import { noSuchRoom } from "../persist/no-such-room.ts";
import { countUnread, getRoom, listRooms } from "../persist/rooms.ts";
import { listMembers, muteRoom, renameRoom } from "../persist/settings.ts";
import type { Handler } from "./context.ts";
import { decodeCursor, encodeCursor, memberCursor, roomCursor } from "./cursor.ts";
import { bringingIn } from "./invitations.ts";
import { asOwner } from "./ownership.ts";

export const list: Handler<"room:list"> = async (request, { caller, database }) => {
  const after = request.cursor === undefined ? null : decodeCursor(roomCursor, request.cursor);
  const limit = request.limit ?? PAGE_LIMITS.rooms;
  const [page, unreadTotal] = await Promise.all([
    database.read((db) => listRooms(db, caller.userId, { after, limit })),
    database.read((db) => countUnread(db, caller.userId)),
  ]);
  return { rooms: page.rooms, nextCursor: page.next && encodeCursor(page.next), unreadTotal };
};

export const get: Handler<"room:get"> = async ({ roomId }, { caller, database }) => ({
  room: await database.read((db) => getRoom(db, roomId, caller.userId)),
});

export const inviteUsers: Handler<"room:invite"> = async (request, context) => {
  const { caller, database, groupLimits: limits, invitations, publisher, users } = context;
  const { roomId } = request;
  const { userId } = caller;
  // Strangers learn nothing, not even which users exist.
  await database.read((db) => getRoom(db, roomId, caller.userId));
  const userIds = [...new Set(request.userIds)];
  const most = (await database.read((db) => withoutMembers(db, roomId, userIds))).length;
  const { room, added, notice } = await bringingIn(invitations, { userId, most }, async () => {
    await users.requireKnown(caller, userIds, "userIds");
    const result = await invite(database, { roomId, userId, userIds, limits });
    return { result, broughtIn: result.added.length };
  });
  await publisher.membersAdded(roomId, added, notice);
  if (added.length > 0) publisher.roomChanged(room);
  return { room };
};

export const leaveRoom: Handler<"room:leave"> = async ({ roomId }, context) => {
  const { caller, database, publisher } = context;
  const { userId } = caller;
  const departed = await leave(database, roomId, userId);
  await publisher.memberLeft({ roomId, userId, reason: "left" }, departed);
  return {};
};

export const removeMember: Handler<"room:remove"> = async ({ roomId, userId }, context) => {
  const { caller, database, publisher } = context;
  const departed = await asOwner(context, roomId, () =>
    remove(database, roomId, caller.userId, userId),
  );
  await publisher.memberLeft({ roomId, userId, reason: "removed" }, departed);
  return {};
};

export const rename: Handler<"room:rename"> = async ({ roomId, title }, context) => {
  const { caller, database, publisher } = context;
  const { room, notice } = await renameRoom(database, roomId, caller.userId, title);
  if (notice) {
    publisher.timelineChanged(roomId, [notice]);
    publisher.roomChanged(room);
  }
  return { room };
};

export const mute: Handler<"room:mute"> = async ({ roomId, muted }, context) => {
  const { caller, database, publisher } = context;
  await database.read((db) => muteRoom(db, roomId, caller.userId, muted));
  // A summary, so that the other devices learn of it: `muted` is this member's own.
  publisher.roomChangedFor(
    caller.userId,
    await database.read((db) => getRoom(db, roomId, caller.userId)),
  );
  return {};
};

export const members: Handler<"room:members"> = async (request, { caller, database }) => {
  const after = request.cursor === undefined ? null : decodeCursor(memberCursor, request.cursor);
  const limit = request.limit ?? PAGE_LIMITS.members;
  const page = await database.read((db) =>
    listMembers(db, request.roomId, caller.userId, { after, limit }),
  );
  return { members: page.members, nextCursor: page.next && encodeCursor(page.next) };
};

export const read: Handler<"room:read"> = async ({ roomId, seq }, context) => {
  const { caller, database, publisher } = context;
  const mark = await database.read((db) => markRead(db, roomId, caller.userId, seq));
  if (!mark) throw noSuchRoom();
  // A repeat, too: the first attempt may have committed and died before telling anybody. Nobody repeats the
  // beginning, and in a direct room where nothing has been said it would give the room away.
  const isRepeat = seq > 0 && seq === mark.readSeq;
  if (mark.moved || isRepeat) {
    const moved = { roomId, userId: caller.userId, seq: mark.readSeq };
    publisher.readMarkMoved(moved, mark.memberCount);
  }
  const unreadTotal = await database.read((db) => countUnread(db, caller.userId));
  return { readSeq: mark.readSeq, unreadTotal };
};
