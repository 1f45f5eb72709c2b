import { Failure } from "@moim/protocol";
import { passOwnership, successionOf } from "../persist/ownership.ts";
import type { Context } from "./context.ts";

/** With the owner, as many as the auth service answers for at once. */
const HEIRS_MAX = 99;

/**
 * Does what a room's owner may. An owner whose account was deleted stays a member, as their messages
 * stay, but can neither act nor leave: when somebody is refused on their account, the
 * longest-standing member who has one becomes the owner, and the work is tried once more.
 */
export async function asOwner<Result>(
  context: Context,
  roomId: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const isRefused = error instanceof Failure && error.code === "forbidden";
    if (!isRefused || !(await hasPassedOn(context, roomId))) throw error;
    return work();
  }
}

/** False as well when the auth service does not say: who is refused then is so as before. */
async function hasPassedOn(context: Context, roomId: string): Promise<boolean> {
  const { caller, database, publisher, users } = context;
  const succession = await database.read((db) => successionOf(db, roomId, HEIRS_MAX));
  if (!succession) return false;
  const { ownerId, heirIds } = succession;
  const known = await users.known(caller, [ownerId, ...heirIds]).catch(() => undefined);
  const toId = heirIds.find((id) => known?.has(id));
  if (!known || known.has(ownerId) || toId === undefined) return false;
  const room = await passOwnership(database, roomId, caller.userId, { fromId: ownerId, toId });
  if (room) publisher.roomChanged(room);
  return room !== undefined;
}
