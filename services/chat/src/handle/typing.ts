import { requireMember } from "../persist/settings.ts";
import type { Handler } from "./context.ts";

/** Passed on to whoever is there; at most one in two seconds per room reaches them. */
export const typing: Handler<"room:typing"> = async (request, context) => {
  const { caller, database, publisher, typingPace } = context;
  const { roomId } = request;
  await database.read((db) => requireMember(db, roomId, caller.userId));
  if (typingPace.admits(caller.userId, roomId, request.typing)) {
    publisher.typing(roomId, caller.userId, request.typing);
  }
  return {};
};
