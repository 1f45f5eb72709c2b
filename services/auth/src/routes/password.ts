import { changePasswordRequest } from "@moim/protocol";
import { limitOwnPasswords } from "../limits/account-limits.ts";
import { preferredLanguage } from "../mail/language.ts";
import { audit, auditRefusal } from "./audit.ts";
import { callerOf, withCaller } from "./caller.ts";
import type { Routes } from "./context.ts";
import { BEARER, describe, NOTHING } from "./describe.ts";

const change = describe({
  ...BEARER,
  chapter: "password",
  summary: "Change the password, which ends all other sessions",
  body: changePasswordRequest,
  answers: { 204: NOTHING },
});

export const passwordRoutes: Routes = (app, context) => {
  const limitAccount = limitOwnPasswords(context.counts);

  app.put(
    "/api/auth/password",
    { ...withCaller(context), schema: change },
    async (request, reply) => {
      const caller = callerOf(request);
      const { currentPassword, newPassword } = request.body;
      await limitAccount(request, caller.userId);
      const language = preferredLanguage(request.headers["accept-language"]);
      const { accounts } = context;
      const attempt = accounts.changePassword(caller, currentPassword, newPassword, language);
      await auditRefusal(request, "password_changed", caller, attempt);
      audit(request, "password_changed", caller);
      return reply.code(204).send();
    },
  );
};
