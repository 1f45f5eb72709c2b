import { changePasswordRequest, parse } from "@moim/protocol";
import { preferredLanguage } from "../mail/language.ts";
import { requireCaller } from "./caller.ts";
import type { Routes } from "./context.ts";
import { createAccountLimit } from "./rate-limits.ts";

export const passwordRoutes: Routes = (app, context) => {
  const limitAccount = createAccountLimit(app);

  app.put("/api/auth/password", async (request, reply) => {
    const caller = await requireCaller(request, context);
    const { currentPassword, newPassword } = parse(changePasswordRequest, request.body);
    await limitAccount(request, caller.userId);
    const language = preferredLanguage(request.headers["accept-language"]);
    await context.accounts.changePassword(caller, currentPassword, newPassword, language);
    return reply.code(204).send();
  });
};
