import { passwordResetRequest, resetPasswordRequest } from "@moim/protocol";
import { z } from "zod";
import { RATE_LIMITS } from "../limits/rate-limits.ts";
import { sourceOf } from "../limits/source.ts";
import { preferredLanguage } from "../mail/language.ts";
import { audit, auditRefusal } from "./audit.ts";
import type { Routes } from "./context.ts";
import { describe, NOTHING } from "./describe.ts";

const requestLink = describe({
  chapter: "password",
  summary: "Mail a link by which a forgotten password is replaced",
  description: "The answer and its time are the same for every address.",
  body: passwordResetRequest,
  answers: { 202: z.object({}) },
});

const setPassword = describe({
  chapter: "password",
  summary: "Set a new password by a mailed link, once, which ends all sessions",
  params: z.object({ token: z.string() }),
  body: resetPasswordRequest,
  answers: { 204: NOTHING },
});

export const passwordResetRoutes: Routes = (app, { passwordResets }) => {
  app.post(
    "/api/auth/password-resets",
    { ...RATE_LIMITS.resets, schema: requestLink },
    async (request, reply) => {
      const { email } = request.body;
      const language = preferredLanguage(request.headers["accept-language"]);
      await passwordResets.request(email, sourceOf(request), language);
      return reply.code(202).send({});
    },
  );

  app.put(
    "/api/auth/password-resets/:token",
    { ...RATE_LIMITS.resets, schema: setPassword },
    async (request, reply) => {
      const { token } = request.params;
      const language = preferredLanguage(request.headers["accept-language"]);
      const attempt = passwordResets.redeem(token, request.body.newPassword, language);
      const { userId } = await auditRefusal(request, "password_reset", {}, attempt);
      audit(request, "password_reset", { userId });
      return reply.code(204).send();
    },
  );
};
