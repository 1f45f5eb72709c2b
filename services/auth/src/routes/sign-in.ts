import { refreshRequest, session, signInRequest } from "@moim/protocol";
import { limitPasswords, limitRefreshes } from "../limits/account-limits.ts";
import { RATE_LIMITS } from "../limits/rate-limits.ts";
import { networkOf } from "../limits/source.ts";
import { audit, auditRefusal } from "./audit.ts";
import { deviceOf } from "./caller.ts";
import type { Routes } from "./context.ts";
import { describe } from "./describe.ts";
import { fromKnownOrigin, readRefreshCookie } from "./refresh-cookie.ts";
import { answerSession } from "./session-answer.ts";

const signIn = describe({
  chapter: "session",
  summary: "Open a session",
  description: "A wrong address and a wrong password are one refusal.",
  body: signInRequest,
  answers: { 200: session },
});

const refresh = describe({
  chapter: "session",
  summary: "Get a new access token, and the next refresh token",
  description:
    "By the cookie, or by `refreshToken` with `tokenTransport: body`. For 30 s after its rotation a " +
    "token yields the same successor again; any other use of a spent one ends the session.",
  body: refreshRequest.nullish(),
  answers: { 200: session },
});

export const signInRoutes: Routes = (app, context) => {
  const { accounts, sessions, config } = context;
  const limitAttempts = limitPasswords(context.counts, async (email, source) =>
    (await accounts.addressesOf(email)).some((address) => networkOf(address) === source),
  );
  const limitSession = limitRefreshes(context.counts);

  app.post(
    "/api/auth/sign-in",
    { ...RATE_LIMITS.signIn, ...fromKnownOrigin(config), schema: signIn },
    async (request, reply) => {
      const { email, password, tokenTransport } = request.body;
      const attempt = await limitAttempts(request, email);
      const signingIn = accounts.signIn(email, password, deviceOf(request));
      const signedIn = await auditRefusal(request, "signed_in", {}, signingIn);
      await attempt.succeeded();
      const { account, grant } = signedIn;
      audit(request, "signed_in", { userId: account.id, sessionId: grant.sessionId });
      return answerSession(reply, context, signedIn, tokenTransport);
    },
  );

  app.post(
    "/api/auth/refresh",
    { ...RATE_LIMITS.refresh, ...fromKnownOrigin(config), schema: refresh },
    async (request, reply) => {
      const { refreshToken, tokenTransport } = request.body ?? {};
      const presented = tokenTransport === "body" ? refreshToken : readRefreshCookie(request);
      const owner = await sessions.ownerOf(presented ?? "");
      if (owner !== undefined) await limitSession(owner.sessionId);
      const refreshed = await sessions.refresh(presented ?? "");
      return answerSession(reply, context, refreshed, tokenTransport);
    },
  );
};
