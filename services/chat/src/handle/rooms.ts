import { PAGE_LIMITS } from "@moim/protocol";
import { invite, leave, markRead } from "../persist/membership.ts";
import { noSuchRoom } from "../persist/no-such-room.ts";
import { countUnread, getRoom, listRooms } from "../persist/rooms.ts";
import type { Handler } from "./context.ts";
import { decodeRoomCursor, encodeRoomCursor } from "./room-cursor.ts";

export const list: Handler<"room:list"> = async (request, { caller, database }) => {
  const after = request.cursor === undefined ? null : decodeRoomCursor(request.cursor);
  const limit = request.limit ?? PAGE_LIMITS.rooms;
  const [page, unreadTotal] = await Promise.all([
    database.read((db) => listRooms(db, caller.userId, { after, limit })),
    database.read((db) => countUnread(db, caller.userId)),
  ]);
  return { rooms: page.rooms, nextCursor: page.next && encodeRoomCursor(page.next), unreadTotal };
};

export const get: Handler<"room:get"> = async ({ roomId }, { caller, database }) => ({
  room: await database.read((db) => getRoom(db, roomId, caller.userId)),
});

export const inviteUsers: Handler<"room:invite"> = async (request, context) => {
  const { caller, database, publisher, users } = context;
  const { roomId } = request;
  // Strangers learn nothing, not even which users exist.
  await database.read((db) => getRoom(db, roomId, caller.userId));
  const userIds = [...new Set(request.userIds)];
  await users.requireKnown(caller, userIds, "userIds");
  const { room, added, notice } = await invite(database, roomId, caller.userId, userIds);
  await publisher.membersAdded(roomId, added, notice);
  if (added.length > 0) publisher.roomChanged(room);
  return { room };
};

export const leaveRoom: Handler<"room:leave"> = async ({ roomId }, context) => {
  const { caller, database, publisher } = context;
  const { told } = await leave(database, roomId, caller.userId);
  await publisher.memberLeft(roomId, caller.userId, "left");
  if (told) {
    publisher.timelineChanged(roomId, [told.notice]);
    publisher.roomChanged(told.room);
  }
  return {};
};

export const read: Handler<"room:read"> = async ({ roomId, seq }, context) => {
  const { caller, database, publisher } = context;
  const mark = await database.read((db) => markRead(db, roomId, caller.userId, seq));
  if (!mark) throw noSuchRoom();
  if (mark.moved) publisher.readMarkMoved(roomId, caller.userId, mark.readSeq);
  const unreadTotal = await database.read((db) => countUnread(db, caller.userId));
  return { readSeq: mark.readSeq, unreadTotal };
};
