import { PAGE_LIMITS } from "@moim/protocol";
import { pageMessages, syncRooms } from "../persist/timeline.ts";
import type { Handler } from "./context.ts";

export const page: Handler<"message:page"> = (request, { caller, database }) => {
  const { roomId, before, after, limit = PAGE_LIMITS.messages } = request;
  return database.read((db) => pageMessages(db, roomId, caller.userId, { before, after, limit }));
};

export const sync: Handler<"room:sync"> = async ({ rooms }, { caller, database }) => ({
  rooms: await database.read((db) => syncRooms(db, caller.userId, rooms)),
});
