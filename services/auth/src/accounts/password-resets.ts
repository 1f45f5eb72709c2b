import { createHash, randomBytes } from "node:crypto";
import { Failure } from "@moim/protocol";
import type { Revocation } from "@moim/service";
import { and, eq, gt } from "drizzle-orm";
import type { Pool } from "pg";
import { type Database, type Transaction, transact } from "../db/database.ts";
import { passwordResets, users } from "../db/schema.ts";
import type { Language } from "../mail/language.ts";
import type { Outbox } from "../mail/outbox.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { requireUncommonPassword } from "./common-passwords.ts";
import type { PasswordHasher } from "./password-hasher.ts";
import { countAgainstQuota, lockQuota, readQuota } from "./quotas.ts";
import { changeAccount, findByEmail, lockPasswordHash } from "./store.ts";

const LIFETIME_MS = 30 * 60_000;
const TOKEN_BYTES = 32;
const TOKEN_PATTERN = /^[\w-]{43}$/;

export type PasswordResetsParts = {
  pool: Pool;
  database: Database;
  hasher: PasswordHasher;
  sessions: Sessions;
  outbox: Outbox;
  now: () => number;
};

/** Links by mail that set a new password, for whoever has forgotten the old one. */
export class PasswordResets {
  readonly #parts: PasswordResetsParts;

  constructor(parts: PasswordResetsParts) {
    this.#parts = parts;
  }

  /**
   * Mails a link, and makes older ones void; some times a day, fewer for one `source`. For an
   * address without an account a token and a letter are made and stored all the same, and thrown
   * away, so that neither the answer nor its time tells whether there is one.
   */
  async request(email: string, source: string, language: Language): Promise<void> {
    const { pool, outbox, now } = this.#parts;
    const asking = { purpose: "password-reset", email, source } as const;
    await transact(pool, async ({ database }) => {
      await lockQuota(database, asking);
      const owner = await findByEmail(database, email);
      const { mayMail } = await readQuota(database, asking, now());
      if (!mayMail) return;
      await countAgainstQuota(database, asking, "mails", now());
      const token = randomBytes(TOKEN_BYTES).toString("base64url");
      await this.#replace(database, email, owner?.id ?? null, token);
      const letter = { kind: "password-reset", token } as const;
      await outbox.write(database, { to: email, letter, language, isSent: owner !== undefined });
    });
    outbox.announce();
  }

  async #replace(database: Database, email: string, userId: string | null, token: string) {
    const fresh = {
      userId,
      tokenHash: hashToken(token),
      expiresAt: new Date(this.#parts.now() + LIFETIME_MS),
    };
    await database
      .insert(passwordResets)
      .values({ email, ...fresh })
      .onConflictDoUpdate({ target: passwordResets.email, set: fresh });
  }

  /**
   * Sets the password, ends every session of the account, and uses the token up, together or not at
   * all. Resolves to whose account it was. Rejects with `bad_request` for a token that is wrong, was
   * used, replaced, or has expired.
   */
  async redeem(
    token: string,
    newPassword: string,
    language: Language,
  ): Promise<{ userId: string }> {
    const { pool, database, hasher, sessions, outbox } = this.#parts;
    // Asked before the hashing too: that is work which nobody should get for made-up tokens.
    const account = await this.#findAccount(database, token);
    if (account === undefined) throw wrongToken();
    requireUncommonPassword(newPassword, "newPassword");
    const passwordHash = await hasher.hash(newPassword);
    const revocations = await transact(pool, (transaction) =>
      this.#reset(transaction, token, passwordHash, language),
    );
    outbox.announce();
    await sessions.announce(revocations);
    return { userId: account.id };
  }

  async #reset(
    transaction: Transaction,
    token: string,
    passwordHash: string,
    language: Language,
  ): Promise<Revocation[]> {
    const { sessions, outbox } = this.#parts;
    const { database } = transaction;
    const account = await this.#findAccount(database, token);
    if (account === undefined) throw wrongToken();
    // The account before its link, as whoever changes the password locks them.
    await lockPasswordHash(database, account.id);
    // Of many uses at once one deletes the row; the others, having waited for it, find none.
    const deleted = await database
      .delete(passwordResets)
      .where(eq(passwordResets.tokenHash, hashToken(token)))
      .returning({ email: passwordResets.email });
    if (deleted.length === 0) throw wrongToken();
    await changeAccount(database, account.id, { passwordHash });
    const letter = { kind: "password-changed" } as const;
    await outbox.write(database, { to: account.email, letter, language });
    return sessions.endWithin(transaction, account.id, { which: "all" });
  }

  /** A link is for the account and for the address that it was mailed to. */
  async #findAccount(database: Database, token: string) {
    if (!TOKEN_PATTERN.test(token)) return undefined;
    const [account] = await database
      .select({ id: users.id, email: users.email })
      .from(passwordResets)
      .innerJoin(
        users,
        and(eq(users.id, passwordResets.userId), eq(users.email, passwordResets.email)),
      )
      .where(
        and(
          eq(passwordResets.tokenHash, hashToken(token)),
          gt(passwordResets.expiresAt, new Date(this.#parts.now())),
        ),
      );
    return account;
  }
}

/** A link that was mailed before the password changed must not change it again. */
export async function voidPasswordReset(database: Database, userId: string): Promise<void> {
  await database.delete(passwordResets).where(eq(passwordResets.userId, userId));
}

function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

function wrongToken(): Failure {
  const message = "is wrong, was used, or has expired";
  return new Failure("bad_request", `token: ${message}`, { errors: [{ path: "token", message }] });
}
