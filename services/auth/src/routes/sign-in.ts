import { parse, refreshRequest, signInRequest } from "@moim/protocol";
import { deviceOf } from "./caller.ts";
import type { Routes } from "./context.ts";
import { createAccountLimit, RATE_LIMITS } from "./rate-limits.ts";
import { readRefreshCookie, requireKnownOrigin } from "./refresh-cookie.ts";
import { answerSession } from "./session-answer.ts";

export const signInRoutes: Routes = (app, context) => {
  const { accounts, sessions, config } = context;
  const limitAccount = createAccountLimit(app);

  app.post("/api/auth/sign-in", RATE_LIMITS.signIn, async (request, reply) => {
    requireKnownOrigin(request, config);
    const { email, password, tokenTransport } = parse(signInRequest, request.body);
    await limitAccount(request, email);
    const signedIn = await accounts.signIn(email, password, deviceOf(request));
    return answerSession(app, reply, context, signedIn, tokenTransport);
  });

  app.post("/api/auth/refresh", RATE_LIMITS.refresh, async (request, reply) => {
    requireKnownOrigin(request, config);
    const { refreshToken, tokenTransport } = parse(refreshRequest, request.body ?? {});
    const presented = tokenTransport === "body" ? refreshToken : readRefreshCookie(request);
    const refreshed = await sessions.refresh(presented ?? "");
    return answerSession(app, reply, context, refreshed, tokenTransport);
  });
};
