import type { Revocation } from "@moim/service";
import { eq, sql } from "drizzle-orm";
import type { Account } from "../accounts/account.ts";
import { findById } from "../accounts/store.ts";
import type { Database, Transaction } from "../db/database.ts";
import { refreshTokens, sessions } from "../db/schema.ts";
import type { Outbox } from "../mail/outbox.ts";
import { endSessions } from "./end-sessions.ts";
import { type Lifetimes, REPEAT_GRACE_MS } from "./lifetimes.ts";
import {
  hashRefreshToken,
  isRefreshToken,
  makeRefreshToken,
  openSuccessor,
  sealSuccessor,
} from "./refresh-token.ts";
import type { Grant } from "./start-session.ts";

type StoredToken = typeof refreshTokens.$inferSelect;
type StoredSession = typeof sessions.$inferSelect;

/** What became of a refresh token that somebody presented. */
export type Rotation =
  | { outcome: "rotated" | "repeated"; account: Account; grant: Grant }
  | { outcome: "unknown" | "expired" | "revoked" }
  | { outcome: "reused"; userId: string; sessionId: string; revocations: Revocation[] };

/**
 * Spends a refresh token and gives its successor, in the caller's transaction. The session's row
 * is locked first, so that tokens of one family are judged one after the other, on any node: of
 * concurrent uses one rotates and the others, finding the token just spent, repeat its answer.
 *
 * Only the direct predecessor of the current token is repeated, and only for `REPEAT_GRACE_MS`.
 * Any other use of a spent token means that two parties hold it: the session ends, and its owner is
 * told by mail.
 */
export async function rotate(
  transaction: Transaction,
  presented: string,
  { lifetimes, outbox }: { lifetimes: Lifetimes; outbox: Outbox },
  now: number,
): Promise<Rotation> {
  if (!isRefreshToken(presented)) return { outcome: "unknown" };
  const { database } = transaction;
  const found = await lockSessionOf(database, presented);
  if (found === undefined) return { outcome: "unknown" };
  const { session, account } = found;
  if (session.revokedAt !== null) return { outcome: "revoked" };
  // Read after the lock: a rotation that we waited for has changed it.
  const token = await findToken(database, hashRefreshToken(presented));
  if (token === undefined) return { outcome: "unknown" };

  if (token.spentAt === null) {
    if (token.expiresAt.getTime() <= now) return { outcome: "expired" };
    const grant = await spend(database, token, presented, lifetimes, now);
    return { outcome: "rotated", account, grant };
  }
  const successor = await repeatableSuccessor(database, token, presented, now);
  if (successor !== undefined) {
    if (successor.expiresAt.getTime() <= now) return { outcome: "expired" };
    const grant = await repeat(database, successor, session.id, lifetimes, now);
    return { outcome: "repeated", account, grant };
  }
  const ending = { which: "one", sessionId: session.id } as const;
  const revocations = await endSessions(transaction, session.userId, ending, now);
  const letter = { kind: "session-stolen" } as const;
  await outbox.write(database, { to: account.email, letter, language: session.language });
  return { outcome: "reused", userId: session.userId, sessionId: session.id, revocations };
}

async function lockSessionOf(
  database: Database,
  presented: string,
): Promise<{ session: StoredSession; account: Account } | undefined> {
  const token = await findToken(database, hashRefreshToken(presented));
  if (token === undefined) return undefined;
  const [session] = await database
    .select()
    .from(sessions)
    .where(eq(sessions.id, token.sessionId))
    .for("update");
  if (session === undefined) return undefined;
  const account = await findById(database, session.userId);
  return account && { session, account };
}

async function findToken(database: Database, tokenHash: Buffer): Promise<StoredToken | undefined> {
  const [token] = await database
    .select()
    .from(refreshTokens)
    .where(eq(refreshTokens.tokenHash, tokenHash));
  return token;
}

async function spend(
  database: Database,
  token: StoredToken,
  presented: string,
  lifetimes: Lifetimes,
  now: number,
): Promise<Grant> {
  const grant: Grant = {
    sessionId: token.sessionId,
    refreshToken: makeRefreshToken(),
    refreshExpiresAt: lifetimes.refreshExpiresAt(now),
    accessExpiresAt: lifetimes.accessExpiresAt(now),
  };
  const successorHash = hashRefreshToken(grant.refreshToken);
  await database.insert(refreshTokens).values({
    tokenHash: successorHash,
    sessionId: grant.sessionId,
    expiresAt: new Date(grant.refreshExpiresAt),
  });
  await database
    .update(refreshTokens)
    .set({
      spentAt: new Date(now),
      successorHash,
      sealedSuccessor: sealSuccessor(presented, grant.refreshToken),
    })
    .where(eq(refreshTokens.tokenHash, token.tokenHash));
  await touchSession(database, grant, now);
  return grant;
}

type RepeatableSuccessor = { refreshToken: string; expiresAt: Date };

async function repeatableSuccessor(
  database: Database,
  token: StoredToken,
  presented: string,
  now: number,
): Promise<RepeatableSuccessor | undefined> {
  const { spentAt, successorHash, sealedSuccessor } = token;
  if (spentAt === null || successorHash === null || sealedSuccessor === null) return undefined;
  if (now - spentAt.getTime() > REPEAT_GRACE_MS) return undefined;
  const successor = await findToken(database, successorHash);
  if (successor === undefined || successor.spentAt !== null) return undefined;
  return {
    refreshToken: openSuccessor(presented, sealedSuccessor),
    expiresAt: successor.expiresAt,
  };
}

async function repeat(
  database: Database,
  successor: RepeatableSuccessor,
  sessionId: string,
  lifetimes: Lifetimes,
  now: number,
): Promise<Grant> {
  const grant: Grant = {
    sessionId,
    refreshToken: successor.refreshToken,
    refreshExpiresAt: successor.expiresAt.getTime(),
    accessExpiresAt: lifetimes.accessExpiresAt(now),
  };
  await touchSession(database, grant, now);
  return grant;
}

async function touchSession(database: Database, grant: Grant, now: number): Promise<void> {
  const accessExpiresAt = new Date(grant.accessExpiresAt).toISOString();
  await database
    .update(sessions)
    .set({
      lastUsedAt: new Date(now),
      expiresAt: new Date(grant.refreshExpiresAt),
      // Never back: an older token may live longer, and revocations and keys are kept until the last has ended.
      accessExpiresAt: sql`greatest(${sessions.accessExpiresAt}, ${accessExpiresAt}::timestamptz)`,
    })
    .where(eq(sessions.id, grant.sessionId));
}
