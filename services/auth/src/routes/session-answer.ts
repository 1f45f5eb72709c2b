import type { Session, TokenTransport } from "@moim/protocol";
import type { FastifyReply } from "fastify";
import { toMe } from "../accounts/account.ts";
import type { SignedIn } from "../accounts/accounts.ts";
import { signAccessToken } from "../keys/access-tokens.ts";
import type { Context } from "./context.ts";
import { setRefreshCookie } from "./refresh-cookie.ts";

/** The answer of sign-up, sign-in and refresh. The refresh token travels either way, never both. */
export function answerSession(
  reply: FastifyReply,
  { config, keys, now }: Context,
  { account, grant }: SignedIn,
  transport: TokenTransport | undefined,
): Session {
  const session: Session = {
    user: toMe(account),
    sessionId: grant.sessionId,
    accessToken: signAccessToken(
      keys,
      config.token,
      { userId: account.id, sessionId: grant.sessionId, expiresAt: grant.accessExpiresAt },
      now(),
    ),
    accessTokenExpiresAt: grant.accessExpiresAt,
  };
  if (transport === "body") return { ...session, refreshToken: grant.refreshToken };
  setRefreshCookie(reply, config, grant.refreshToken, grant.refreshExpiresAt - now());
  return session;
}
