import { Failure, type ParsedRequestOf } from "@moim/protocol";
import { createDirect, createGroup, findDirect, findGroup } from "../persist/create-room.ts";
import type { Context, Handler } from "./context.ts";

export const createRoom: Handler<"room:create"> = (request, context) =>
  request.kind === "direct" ? direct(request, context) : group(request, context);

type Request<Kind> = Extract<ParsedRequestOf<"room:create">, { kind: Kind }>;

async function direct({ userId }: Request<"direct">, context: Context) {
  const { caller, database, invitations, publisher, users } = context;
  if (userId === caller.userId) {
    throw new Failure("bad_request", "userId: a direct room needs somebody else", {
      errors: [{ path: "userId", message: "must be another user" }],
    });
  }
  const present = await database.read((db) => findDirect(db, caller.userId, userId));
  if (present) return { room: present };
  invitations.take(caller.userId, 1);
  await users.requireKnown(caller, [userId], "userId");
  const { room, existed } = await createDirect(database, caller.userId, userId);
  // Nobody's list shows it before the first message, but that one must reach both.
  if (!existed) {
    const joining = [caller.userId, userId].map((id) => ({ userId: id, historyFromSeq: 1 }));
    await publisher.subscribeSilently({ roomId: room.id, rev: room.rev, joining });
  }
  return { room };
}

async function group(request: Request<"group">, context: Context) {
  const { caller, database, groupsPerUser, invitations, publisher, users } = context;
  const { clientId, title } = request;
  const repeated = await database.read((db) => findGroup(db, caller.userId, clientId));
  if (repeated) return { room: repeated };
  const userIds = [...new Set(request.userIds)].filter((id) => id !== caller.userId);
  invitations.take(caller.userId, userIds.length + 1);
  await users.requireKnown(caller, userIds, "userIds");
  const creatorId = caller.userId;
  const made = await createGroup(database, {
    ...{ creatorId, clientId, title: title ?? null, userIds, groupsPerUser },
  });
  if (made.existed) return { room: made.room };
  await publisher.membersAdded(made.notice.roomId, made.added, made.notice);
  const own = made.added.find(({ userId }) => userId === creatorId);
  if (!own) throw new Error("a group without its creator");
  return { room: own.room };
}
