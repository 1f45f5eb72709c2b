import { parse, passwordResetRequest, resetPasswordRequest } from "@moim/protocol";
import { z } from "zod";
import { preferredLanguage } from "../mail/language.ts";
import type { Routes } from "./context.ts";
import { RATE_LIMITS } from "./rate-limits.ts";
import { sourceOf } from "./source.ts";

const resetParameters = z.object({ token: z.string() });

export const passwordResetRoutes: Routes = (app, { passwordResets }) => {
  app.post("/api/auth/password-resets", RATE_LIMITS.resets, async (request, reply) => {
    const { email } = parse(passwordResetRequest, request.body);
    const language = preferredLanguage(request.headers["accept-language"]);
    await passwordResets.request(email, sourceOf(request), language);
    return reply.code(202).send({});
  });

  app.put("/api/auth/password-resets/:token", RATE_LIMITS.resets, async (request, reply) => {
    const { token } = parse(resetParameters, request.params);
    const { newPassword } = parse(resetPasswordRequest, request.body);
    const language = preferredLanguage(request.headers["accept-language"]);
    await passwordResets.redeem(token, newPassword, language);
    return reply.code(204).send();
  });
};
