import { Failure } from "@moim/protocol";
import type { Logger, Revocation } from "@moim/service";
import { and, desc, eq, gt, isNull } from "drizzle-orm";
import type { Pool } from "pg";
import type { Account } from "../accounts/account.ts";
import { type Database, type Transaction, transact } from "../db/database.ts";
import { refreshTokens, sessions } from "../db/schema.ts";
import type { Outbox } from "../mail/outbox.ts";
import type { Metrics } from "../metrics.ts";
import { describeDevice } from "./describe-device.ts";
import { type Ending, endSessions } from "./end-sessions.ts";
import type { Lifetimes } from "./lifetimes.ts";
import { hashRefreshToken, isRefreshToken } from "./refresh-token.ts";
import type { RevocationPublisher } from "./revocation-publisher.ts";
import { type Rotation, rotate } from "./rotate.ts";
import { type Device, type Grant, startSession } from "./start-session.ts";

export type SessionsParts = {
  pool: Pool;
  database: Database;
  lifetimes: Lifetimes;
  outbox: Outbox;
  publisher: RevocationPublisher;
  metrics: Metrics;
  logger: Logger;
  now: () => number;
};

export type SessionOwner = { sessionId: string; userId: string };

export class Sessions {
  readonly #parts: SessionsParts;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  start(database: Database, userId: string, device: Device): Promise<Grant> {
    return startSession(database, userId, device, this.#parts.lifetimes, this.#parts.now());
  }

  /**
   * Rejects with `token_invalid` for a token that was never ours, `token_expired`, or
   * `session_revoked`: also at the reuse of a spent token, which has then ended the session.
   */
  async refresh(refreshToken: string): Promise<{ account: Account; grant: Grant }> {
    const { pool, lifetimes, outbox, metrics, now } = this.#parts;
    const rotation = await transact(pool, (transaction) =>
      rotate(transaction, refreshToken, { lifetimes, outbox }, now()),
    );
    metrics.refreshes.inc({ outcome: rotation.outcome });
    if (rotation.outcome === "reused") await this.#answerReuse(rotation);
    if (rotation.outcome === "rotated" || rotation.outcome === "repeated") return rotation;
    throw refusal(rotation.outcome);
  }

  async #answerReuse(reuse: Extract<Rotation, { outcome: "reused" }>): Promise<void> {
    const { userId, sessionId, revocations } = reuse;
    this.#parts.logger.warn(
      { event: "refresh_token_reused", userId, sessionId },
      "a spent refresh token was used again: the session is ended",
    );
    this.#parts.outbox.announce();
    await this.announce(revocations);
  }

  async end(userId: string, ending: Ending): Promise<number> {
    const revocations = await transact(this.#parts.pool, (transaction) =>
      this.endWithin(transaction, userId, ending),
    );
    await this.announce(revocations);
    return revocations.length;
  }

  /** For callers with a transaction of their own, who `announce` what this returns after its commit. */
  endWithin(transaction: Transaction, userId: string, ending: Ending): Promise<Revocation[]> {
    return endSessions(transaction, userId, ending, this.#parts.now());
  }

  async announce(revocations: readonly Revocation[]): Promise<void> {
    this.#parts.metrics.revocations.inc(revocations.length);
    await this.#parts.publisher.publish(revocations);
  }

  async isLive(sessionId: string): Promise<boolean> {
    const found = await this.#parts.database
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt)));
    return found.length > 0;
  }

  /** The session that a refresh token belongs to, be it current, spent or expired. */
  async ownerOf(refreshToken: string): Promise<SessionOwner | undefined> {
    if (!isRefreshToken(refreshToken)) return undefined;
    const [owner] = await this.#parts.database
      .select({ sessionId: sessions.id, userId: sessions.userId })
      .from(refreshTokens)
      .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
      .where(eq(refreshTokens.tokenHash, hashRefreshToken(refreshToken)));
    return owner;
  }

  /** Where sessions were begun, ended ones included, as long as they are remembered. */
  async addressesOf(userId: string): Promise<string[]> {
    const found = await this.#parts.database
      .select({ ip: sessions.ip })
      .from(sessions)
      .where(eq(sessions.userId, userId))
      .orderBy(desc(sessions.lastUsedAt))
      .limit(LISTED_MAX);
    return found.map(({ ip }) => ip);
  }

  /** Those that can still be used, the one used last first. */
  async list(userId: string) {
    const { database, now } = this.#parts;
    const found = await database
      .select()
      .from(sessions)
      .where(
        and(
          eq(sessions.userId, userId),
          isNull(sessions.revokedAt),
          gt(sessions.expiresAt, new Date(now())),
        ),
      )
      .orderBy(desc(sessions.lastUsedAt), desc(sessions.id))
      .limit(LISTED_MAX);
    return found.map(({ id, createdAt, lastUsedAt, userAgent, ip }) => ({
      id,
      createdAt: createdAt.getTime(),
      lastUsedAt: lastUsedAt.getTime(),
      userAgent,
      device: describeDevice(userAgent),
      ip,
    }));
  }
}

/** More than anybody looks through; all of them end with "all but this one" anyway. */
const LISTED_MAX = 200;

function refusal(outcome: "unknown" | "expired" | "revoked" | "reused"): Failure {
  switch (outcome) {
    case "unknown":
      return new Failure("token_invalid", "the refresh token is not valid");
    case "expired":
      return new Failure("token_expired", "the refresh token has expired; sign in again");
    case "revoked":
    case "reused":
      return new Failure("session_revoked", "the session was ended; sign in again");
  }
}
