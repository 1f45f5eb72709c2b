import type { Session } from "@moim/protocol";
import { RENEW_AFTER_SHARE, TOKEN_MARGIN_MS } from "../bounds.ts";

/** An access token and its life, by the server's clock. Kept in memory only. */
export type AccessToken = { value: string; issuedAtMs: number; expiresAtMs: number };

/** `receivedAtMs` (server's clock) stands in where the token does not say when it was issued. */
export function accessTokenOf(session: Session, receivedAtMs: number): AccessToken {
  return {
    value: session.accessToken,
    issuedAtMs: issuedAtMsOf(session.accessToken) ?? receivedAtMs,
    expiresAtMs: session.accessTokenExpiresAt,
  };
}

export function isExpired(token: AccessToken, serverNowMs: number): boolean {
  const lifetimeMs = token.expiresAtMs - token.issuedAtMs;
  return serverNowMs >= token.expiresAtMs - Math.min(TOKEN_MARGIN_MS, lifetimeMs / 10);
}

export function renewAtMs(token: AccessToken): number {
  return token.issuedAtMs + (token.expiresAtMs - token.issuedAtMs) * RENEW_AFTER_SHARE;
}

/**
 * The `iat` claim. Read, not verified: it only says what the server's clock showed a moment ago,
 * for verifying is the server's part.
 */
export function issuedAtMsOf(token: string): number | null {
  try {
    const payload = token.split(".")[1] ?? "";
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    const iat = (claims as { iat?: unknown } | null)?.iat;
    return typeof iat === "number" ? iat * 1_000 : null;
  } catch {
    return null;
  }
}
