import { Failure } from "@moim/protocol";
import type { Revocation } from "@moim/service";
import type { Pool } from "pg";
import { v7 as uuidv7 } from "uuid";
import { type Database, type Transaction, transact } from "../db/database.ts";
import type { Language } from "../mail/language.ts";
import type { Letter } from "../mail/letters.ts";
import type { Outbox } from "../mail/outbox.ts";
import type { Metrics } from "../metrics.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Device, Grant } from "../sessions/start-session.ts";
import type { Account } from "./account.ts";
import { requireUncommonPassword } from "./common-passwords.ts";
import { eraseAccount } from "./erase-account.ts";
import type { PasswordHasher } from "./password-hasher.ts";
import { voidPasswordReset } from "./password-resets.ts";
import { changeAccount, findByEmail, findById, insertAccount, lockPasswordHash } from "./store.ts";
import type { VerificationCodes } from "./verification-codes.ts";

export type AccountsParts = {
  pool: Pool;
  database: Database;
  hasher: PasswordHasher;
  codes: VerificationCodes;
  sessions: Sessions;
  outbox: Outbox;
  metrics: Metrics;
  isEmailVerified: boolean;
  now: () => number;
};

export type SignUp = {
  email: string;
  code?: string | null | undefined;
  password: string;
  nickname: string;
  name: string;
};

export type SignedIn = { account: Account; grant: Grant };

export class Accounts {
  readonly #parts: AccountsParts;

  constructor(parts: AccountsParts) {
    this.#parts = parts;
  }

  /**
   * Mails a code, or to the owner of an account that there is one already. A code is made and
   * stored in both cases, so that neither the answer nor its time tells which it was. `source` is the
   * network address of whoever asks.
   */
  async requestCode(email: string, source: string, language: Language) {
    const { pool, codes, outbox, now } = this.#parts;
    const asking = { purpose: "sign-up", email, source } as const;
    const times = await transact(pool, async ({ database }) => {
      const owner = await findByEmail(database, email);
      const { code, expiresAt, resendAt } = await codes.issue(database, asking, now());
      if (code !== undefined) {
        const letter: Letter =
          owner === undefined ? { kind: "verification-code", code } : { kind: "already-signed-up" };
        await outbox.write(database, { to: email, letter, language });
      }
      return { expiresAt, resendAt };
    });
    outbox.announce();
    return times;
  }

  /**
   * Makes the account and its first session, and uses the code up, together or not at all.
   * Rejects with `bad_request` for a wrong code, `conflict` for a taken nickname or address.
   */
  async signUp(request: SignUp, source: string, device: Device): Promise<SignedIn> {
    const { pool, hasher, isEmailVerified, metrics } = this.#parts;
    // First: whoever has to choose another password should not have gone for a code before.
    requireUncommonPassword(request.password, "password");
    if (isEmailVerified && typeof request.code !== "string")
      throw wrongField("code", "is required");
    const passwordHash = await hasher.hash(request.password);
    const signedIn = await transact(pool, async (transaction) => {
      // Not thrown from in here: that would roll the count of failed attempts back.
      if (isEmailVerified && !(await this.#redeem(transaction, request, source))) return undefined;
      return this.#open(transaction, request, passwordHash, device);
    });
    if (signedIn === undefined) throw wrongField("code", "is wrong or has expired");
    metrics.signUps.inc();
    return signedIn;
  }

  #redeem({ database }: Transaction, { email, code }: SignUp, source: string): Promise<boolean> {
    const asking = { purpose: "sign-up", email, source } as const;
    return this.#parts.codes.redeem(database, asking, code ?? "", this.#parts.now());
  }

  async #open(
    { database }: Transaction,
    { email, nickname, name }: SignUp,
    passwordHash: string,
    device: Device,
  ): Promise<SignedIn> {
    const account = await insertAccount(database, {
      id: uuidv7(),
      email,
      nickname,
      name,
      passwordHash,
      createdAt: new Date(this.#parts.now()),
    });
    return { account, grant: await this.#parts.sessions.start(database, account.id, device) };
  }

  /** Rejects with the same failure, after the same work, for a wrong address and a wrong password. */
  async signIn(email: string, password: string, device: Device): Promise<SignedIn> {
    const { pool, database, hasher, sessions, metrics } = this.#parts;
    const account = await findByEmail(database, email);
    const matches = await hasher.verify(account?.passwordHash ?? null, password);
    metrics.signIns.inc({ outcome: matches ? "succeeded" : "refused" });
    if (account === undefined || !matches) {
      throw new Failure("token_invalid", "the email address or the password is wrong");
    }
    const passwordHash = await this.#renewedHash(account, password);
    const grant = await transact(pool, async (transaction) => {
      await requireSamePassword(transaction.database, account);
      // Not before it is locked: this password may be the old one by now.
      if (passwordHash !== undefined) {
        await changeAccount(transaction.database, account.id, { passwordHash });
      }
      return sessions.start(transaction.database, account.id, device);
    });
    return { account, grant };
  }

  /** Where the account was signed in to lately, the latest first: nothing for an address without one. */
  async addressesOf(email: string): Promise<string[]> {
    const account = await findByEmail(this.#parts.database, email);
    return account === undefined ? [] : this.#parts.sessions.addressesOf(account.id);
  }

  /** By the parameters of today, at the one moment when the password is at hand; undefined when it is already. */
  async #renewedHash({ passwordHash }: Account, password: string): Promise<string | undefined> {
    const { hasher } = this.#parts;
    if (passwordHash === null || !hasher.isOutdated(passwordHash)) return undefined;
    return hasher.hash(password);
  }

  /** All sessions but the caller's end, and the owner is told by mail. Rejects with `bad_request` when `current` is wrong. */
  async changePassword(
    caller: { userId: string; sessionId: string },
    current: string,
    next: string,
    language: Language,
  ): Promise<void> {
    const { pool, database, hasher, sessions, outbox } = this.#parts;
    requireUncommonPassword(next, "newPassword");
    const account = await findById(database, caller.userId);
    const matches = await hasher.verify(account?.passwordHash ?? null, current);
    if (account === undefined || !matches) throw wrongField("currentPassword", "is wrong");
    const passwordHash = await hasher.hash(next);
    const revocations: Revocation[] = await transact(pool, async (transaction) => {
      await requireSamePassword(transaction.database, account);
      await changeAccount(transaction.database, caller.userId, { passwordHash });
      await voidPasswordReset(transaction.database, caller.userId);
      const letter = { kind: "password-changed" } as const;
      await outbox.write(transaction.database, { to: account.email, letter, language });
      const others = { which: "all-but", sessionId: caller.sessionId } as const;
      return sessions.endWithin(transaction, caller.userId, others);
    });
    outbox.announce();
    await sessions.announce(revocations);
  }

  /** Ends every session and erases the account. Rejects with `bad_request` when the password is wrong. */
  async delete(userId: string, password: string): Promise<void> {
    const { pool, database, hasher, sessions, metrics, now } = this.#parts;
    const account = await findById(database, userId);
    const matches = await hasher.verify(account?.passwordHash ?? null, password);
    if (account === undefined || !matches) throw wrongField("password", "is wrong");
    const revocations = await transact(pool, async (transaction) => {
      await requireSamePassword(transaction.database, account);
      const ended = await sessions.endWithin(transaction, userId, { which: "all" });
      await eraseAccount(transaction.database, account, now());
      return ended;
    });
    metrics.deletions.inc();
    await sessions.announce(revocations);
  }
}

/**
 * A password that was changed after it was compared must open nothing any more: its change ended the
 * sessions that there were, and would miss one that begins now. Locks the account until commit.
 */
async function requireSamePassword(database: Database, compared: Account): Promise<void> {
  const passwordHash = await lockPasswordHash(database, compared.id);
  if (passwordHash === compared.passwordHash) return;
  throw new Failure("conflict", "the password was changed at this moment; try again");
}

function wrongField(path: string, message: string): Failure {
  return new Failure("bad_request", `${path}: ${message}`, { errors: [{ path, message }] });
}
