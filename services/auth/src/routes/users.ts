import {
  deleteMeRequest,
  type Me,
  me,
  PAGE_LIMITS,
  type User,
  updateMeRequest,
  usersAnswer,
  usersQuery,
} from "@moim/protocol";
import { toMe } from "../accounts/account.ts";
import { findById, findUsersByIds, searchUsers } from "../accounts/store.ts";
import { limitOwnPasswords } from "../limits/account-limits.ts";
import { limitByUser } from "../limits/rate-limits.ts";
import { audit, auditRefusal } from "./audit.ts";
import { callerOf, existing, withCaller } from "./caller.ts";
import type { Routes } from "./context.ts";
import { BEARER, describe, NOTHING } from "./describe.ts";

const show = describe({
  ...BEARER,
  chapter: "user",
  summary: "One's own profile, with the address that nobody else sees",
  answers: { 200: me },
});

const change = describe({
  ...BEARER,
  chapter: "user",
  summary: "Change what is given of one's profile",
  body: updateMeRequest,
  answers: { 200: me },
});

const remove = describe({
  ...BEARER,
  chapter: "user",
  summary: "Delete one's account",
  description: "All sessions end and the profile is erased; messages stay without a name.",
  body: deleteMeRequest,
  answers: { 204: NOTHING },
});

const find = describe({
  ...BEARER,
  chapter: "user",
  summary: "Users by a part of nickname or name, or by ids",
  description:
    "A search leaves the caller out. Of ids, unknown ones are left out, and those of deleted accounts " +
    "come back empty and `deleted`.",
  querystring: usersQuery,
  answers: { 200: usersAnswer },
});

/** Of one user, for whom a chat node may ask on each connection. */
const LOOKUPS_PER_MINUTE_MAX = 1_200;

export const userRoutes: Routes = (app, context) => {
  const { accounts, counts, profiles, database, now } = context;
  const limitAccount = limitOwnPasswords(counts);
  const forCallers = withCaller(context);

  app.get("/api/users/me", { ...forCallers, schema: show }, async (request): Promise<Me> => {
    const { userId } = callerOf(request);
    return toMe(existing(await findById(database, userId)));
  });

  app.patch("/api/users/me", { ...forCallers, schema: change }, async (request): Promise<Me> => {
    const { userId } = callerOf(request);
    return toMe(existing(await profiles.change(userId, request.body)));
  });

  app.delete("/api/users/me", { ...forCallers, schema: remove }, async (request, reply) => {
    const caller = callerOf(request);
    const { userId } = caller;
    await limitAccount(request, userId);
    const attempt = accounts.delete(userId, request.body.password);
    await auditRefusal(request, "account_deleted", caller, attempt);
    audit(request, "account_deleted", caller);
    return reply.code(204).send();
  });

  app.get(
    "/api/users",
    { ...limitByUser(now, LOOKUPS_PER_MINUTE_MAX), ...forCallers, schema: find },
    async (request): Promise<{ users: User[] }> => {
      const { userId } = callerOf(request);
      const { query, ids, limit = PAGE_LIMITS.userSearch } = request.query;
      if (ids !== undefined) return { users: await findUsersByIds(database, ids) };
      return { users: await searchUsers(database, query ?? "", userId, limit) };
    },
  );
};
