import {
  deleteMeRequest,
  Failure,
  type Me,
  PAGE_LIMITS,
  parse,
  type User,
  updateMeRequest,
  userIdsQuery,
  userSearchQuery,
} from "@moim/protocol";
import { toMe } from "../accounts/account.ts";
import { findById, findUsersByIds, searchUsers } from "../accounts/store.ts";
import { existing, requireCaller } from "./caller.ts";
import type { Routes } from "./context.ts";
import { createAccountLimit, limitLookupsByUser } from "./rate-limits.ts";

export const userRoutes: Routes = (app, context) => {
  const { accounts, profiles, database, now } = context;
  const limitAccount = createAccountLimit(app);

  app.get("/api/users/me", async (request): Promise<Me> => {
    const { userId } = await requireCaller(request, context);
    return toMe(existing(await findById(database, userId)));
  });

  app.patch("/api/users/me", async (request): Promise<Me> => {
    const { userId } = await requireCaller(request, context);
    const change = parse(updateMeRequest, request.body);
    return toMe(existing(await profiles.change(userId, change)));
  });

  app.delete("/api/users/me", async (request, reply) => {
    const { userId } = await requireCaller(request, context);
    const { password } = parse(deleteMeRequest, request.body);
    await limitAccount(request, userId);
    await accounts.delete(userId, password);
    return reply.code(204).send();
  });

  app.get("/api/users", limitLookupsByUser(now), async (request): Promise<{ users: User[] }> => {
    const { userId } = await requireCaller(request, context);
    const given = request.query as Record<string, unknown>;
    if ((given.query === undefined) === (given.ids === undefined)) {
      throw new Failure("bad_request", "give either query or ids");
    }
    if (given.ids !== undefined) {
      const { ids } = parse(userIdsQuery, given);
      return { users: await findUsersByIds(database, ids) };
    }
    const { query, limit = PAGE_LIMITS.userSearch } = parse(userSearchQuery, given);
    return { users: await searchUsers(database, query, userId, limit) };
  });
};
