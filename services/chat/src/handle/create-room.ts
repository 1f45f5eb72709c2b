import { Failure, type ParsedRequestOf } from "@moim/protocol";
import { createDirect, createGroup, findDirect, findGroup } from "../persist/create-room.ts";
import type { Context, Handler } from "./context.ts";
import { bringingIn } from "./invitations.ts";

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
  const { room, existed } = await bringingIn(
    invitations,
    { userId: caller.userId, most: 1 },
    async () => {
      await users.requireKnown(caller, [userId], "userId");
      const result = await createDirect(database, caller.userId, userId);
      return { result, broughtIn: result.existed ? 0 : 1 };
    },
  );
  // Nobody's list shows it before the first message, but that one must reach both.
  if (!existed) {
    const joining = [caller.userId, userId].map((id) => ({ userId: id, historyFromSeq: 1 }));
    await publisher.subscribeSilently({ roomId: room.id, rev: room.rev, joining });
  }
  return { room };
}

async function group(request: Request<"group">, context: Context) {
  const { caller, database, groupLimits: limits, invitations, publisher, users } = context;
  const { clientId, title = null } = request;
  const repeated = await database.read((db) => findGroup(db, caller.userId, clientId));
  if (repeated) return { room: repeated };
  const userIds = [...new Set(request.userIds)].filter((id) => id !== caller.userId);
  const creatorId = caller.userId;
  const most = userIds.length + 1;
  const made = await bringingIn(invitations, { userId: creatorId, most }, async () => {
    await users.requireKnown(caller, userIds, "userIds");
    const result = await createGroup(database, { creatorId, clientId, title, userIds, limits });
    return { result, broughtIn: result.existed ? 0 : most };
  });
  if (made.existed) return { room: made.room };
  await publisher.membersAdded(made.notice.roomId, made.added, made.notice);
  const own = made.added.find(({ userId }) => userId === creatorId);
  if (!own) throw new Error("a group without its creator");
  return { room: own.room };
}
