import { Failure, signOutRequest } from "@moim/protocol";
import type { FastifyRequest } from "fastify";
import { verifyBearer } from "../keys/access-tokens.ts";
import { RATE_LIMITS } from "../limits/rate-limits.ts";
import type { SessionOwner } from "../sessions/sessions.ts";
import { audit } from "./audit.ts";
import type { Context, Routes } from "./context.ts";
import { describe, NOTHING } from "./describe.ts";
import { clearRefreshCookie, fromKnownOrigin, readRefreshCookie } from "./refresh-cookie.ts";

const signOut = describe({
  chapter: "session",
  summary: "End the session, its refresh token and its sockets everywhere",
  description:
    "By the access token, the cookie, or `refreshToken`. Repeating it is fine: a session that has " +
    "ended already is answered like one that ends now.",
  body: signOutRequest.nullish(),
  answers: { 204: NOTHING },
});

export const signOutRoutes: Routes = (app, context) => {
  const { sessions, config } = context;

  app.post(
    "/api/auth/sign-out",
    { ...RATE_LIMITS.refresh, ...fromKnownOrigin(config), schema: signOut },
    async (request, reply) => {
      const cookie = readRefreshCookie(request);
      const cookieOwner = cookie === undefined ? undefined : await sessions.ownerOf(cookie);
      const { refreshToken } = request.body ?? {};
      const owner = (await ownerByProof(request, refreshToken, context)) ?? cookieOwner;
      // Another account may have signed in in another tab since: its cookie is not ours to clear.
      const isForeign = cookieOwner !== undefined && cookieOwner.sessionId !== owner?.sessionId;
      if (cookie !== undefined && !isForeign) clearRefreshCookie(reply, config);
      if (owner === undefined) throw await refusal(request, context);
      await sessions.end(owner.userId, { which: "one", sessionId: owner.sessionId });
      audit(request, "signed_out", owner);
      return reply.code(204).send();
    },
  );
};

/** By bearer or by a refresh token in the body; either may have run out or been spent meanwhile. */
async function ownerByProof(
  request: FastifyRequest,
  refreshToken: string | undefined,
  { sessions, now }: Context,
): Promise<SessionOwner | undefined> {
  try {
    const { sub, sid } = await verifyBearer(request, now());
    return { userId: sub, sessionId: sid };
  } catch {
    return refreshToken === undefined ? undefined : sessions.ownerOf(refreshToken);
  }
}

/** Says what is wrong with the bearer, where that is all there was. */
async function refusal(request: FastifyRequest, { now }: Context): Promise<Failure> {
  try {
    await verifyBearer(request, now());
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  return new Failure("token_invalid", "an access token or a refresh token is required");
}
