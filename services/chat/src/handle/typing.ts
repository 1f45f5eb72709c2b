import { requireMember } from "../persist/settings.ts";
import type { Handler } from "./context.ts";

/** Passed on to whoever is there; at most one in two seconds per room reaches them. */
export const typing: Handler<"room:typing"> = async (request, context) => {
  const { caller, database, publisher, typingPace } = context;
  const { roomId } = request;
  // Known only for rooms that the caller was a member of two seconds ago: no question, no oracle.
  if (typingPace.isTooSoon(caller.userId, roomId, request.typing)) return {};
  const { isListed } = await database.read((db) => requireMember(db, roomId, caller.userId));
  const isAdmitted = typingPace.admits(caller.userId, roomId, request.typing);
  if (isListed && isAdmitted) publisher.typing(roomId, caller.userId, request.typing);
  return {};
};
