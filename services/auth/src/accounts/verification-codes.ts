import { createHmac, randomInt, timingSafeEqual } from "node:crypto";
import { and, eq, lte, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { verificationCodes } from "../db/schema.ts";
import { type Asking, countAgainstQuota, type Purpose, readQuota } from "./quotas.ts";

const LIFETIME_MS = 10 * 60_000;
/** Per code; quotas.ts bounds them per day. */
const FAILED_ATTEMPTS_MAX = 5;
/** Until then asking again answers the same and mails nothing. */
const RESEND_AFTER_MS = 60_000;

export type IssuedCode = {
  /** Undefined when nothing is to be mailed: the one mailed last stays the valid one. */
  code: string | undefined;
  expiresAt: number;
  resendAt: number;
};

/**
 * Six-digit codes. Stored as an HMAC over purpose, address and code under a key that production does
 * not keep in the database: a plain hash of six digits could be undone by trying them all.
 */
export class VerificationCodes {
  readonly #hashKeys: () => readonly Buffer[];

  /** The first key hashes; the others still recognise codes from before a change of keys. */
  constructor(hashKeys: () => readonly Buffer[]) {
    this.#hashKeys = hashKeys;
  }

  /**
   * Replaces the code of this purpose and address, at most once per `RESEND_AFTER_MS` and some times
   * a day, fewer for one source. Once the day's mails are used up the times answered are still those
   * of a new code.
   */
  async issue(database: Database, asking: Asking, now: number): Promise<IssuedCode> {
    const { purpose, email } = asking;
    const code = String(randomInt(1_000_000)).padStart(6, "0");
    const [hashKey] = this.#hashKeys();
    if (hashKey === undefined) throw new Error("verification codes need a key");
    const fresh = {
      codeHash: hashCode(hashKey, purpose, email, code),
      failedAttempts: 0,
      createdAt: new Date(now),
      expiresAt: new Date(now + LIFETIME_MS),
    };
    const { mayMail } = await readQuota(database, asking, now);
    const written = await database
      .insert(verificationCodes)
      .values({ purpose, email, ...fresh })
      .onConflictDoUpdate({
        target: [verificationCodes.purpose, verificationCodes.email],
        set: mayMail ? fresh : { createdAt: fresh.createdAt },
        setWhere: lte(verificationCodes.createdAt, new Date(now - RESEND_AFTER_MS)),
      })
      .returning();
    const isMailed = mayMail && written.length > 0;
    if (isMailed) await countAgainstQuota(database, asking, "mails", now);
    const stored = written[0] ?? (await find(database, purpose, email));
    const createdAt = stored?.createdAt.getTime() ?? now;
    return {
      code: isMailed ? code : undefined,
      expiresAt: createdAt + LIFETIME_MS,
      resendAt: createdAt + RESEND_AFTER_MS,
    };
  }

  /**
   * Uses the code up if it is right; otherwise counts a failed attempt. Call it in a transaction
   * that commits a failed attempt too: the row stays locked until then, so that guesses come
   * one after the other and of many uses of the right code at once one succeeds.
   */
  async redeem(database: Database, asking: Asking, code: string, now: number): Promise<boolean> {
    const { purpose, email } = asking;
    const stored = await find(database, purpose, email, { lock: true });
    if (stored === undefined || stored.expiresAt.getTime() <= now) return false;
    if (stored.failedAttempts >= FAILED_ATTEMPTS_MAX) return false;
    if (!(await readQuota(database, asking, now)).mayAttempt) return false;
    const key = and(eq(verificationCodes.purpose, purpose), eq(verificationCodes.email, email));
    if (!this.#matches(stored.codeHash, purpose, email, code)) {
      await database
        .update(verificationCodes)
        .set({ failedAttempts: sql`${verificationCodes.failedAttempts} + 1` })
        .where(key);
      await countAgainstQuota(database, asking, "failedAttempts", now);
      return false;
    }
    await database.delete(verificationCodes).where(key);
    return true;
  }

  #matches(codeHash: Buffer, purpose: Purpose, email: string, code: string): boolean {
    return this.#hashKeys().some((hashKey) =>
      timingSafeEqual(hashCode(hashKey, purpose, email, code), codeHash),
    );
  }
}

async function find(
  database: Database,
  purpose: Purpose,
  email: string,
  options: { lock?: boolean } = {},
) {
  const query = database
    .select()
    .from(verificationCodes)
    .where(and(eq(verificationCodes.purpose, purpose), eq(verificationCodes.email, email)));
  const [stored] = await (options.lock ? query.for("update") : query);
  return stored;
}

function hashCode(hashKey: Buffer, purpose: Purpose, email: string, code: string): Buffer {
  return createHmac("sha256", hashKey).update(`${purpose}\n${email}\n${code}`).digest();
}
