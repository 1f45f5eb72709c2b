import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@moim/service";
import type { Pool } from "pg";
import type { Metrics } from "../metrics.ts";
import { type Content, openContent, sealContent } from "./outbox.ts";
import { type Claimed, claim, LEASE_MS, postpone, remove } from "./queue.ts";
import { retryDelayMs } from "./retry-delay.ts";
import type { Seal } from "./seal.ts";
import { MailFailure, type MailTransport } from "./transport.ts";

export type MailWorkerParts = {
  pool: Pool;
  seal: Seal;
  transport: MailTransport;
  metrics: Metrics;
  logger: Logger;
  /** How often it looks for letters of others, and for those that are due again. */
  pollMs?: number;
  /** For one attempt, all of it. Well below `LEASE_MS`. */
  attemptTimeoutMs?: number;
  /** What is under way when the process is told to end gets so long. */
  farewellMs?: number;
  delayMs?: (attempts: number) => number;
};

/** Mails on their way at once: a mail server that hangs holds no more than these. */
const CONCURRENT_MAX = 4;
const POLL_MS = 2_000;
const ATTEMPT_TIMEOUT_MS = 30_000;
/** How soon the deletion of what was delivered is tried again. */
const REMOVE_RETRY_MS = 1_000;
const FAREWELL_MS = 2_500;

/**
 * Carries letters from the outbox to the mail server; no request waits for it. Any number of
 * processes may do so at once: a letter has one bearer at a time. It is tried until it is taken, is
 * refused for good, or expires. It goes twice only when a process ends, or loses the database for
 * `LEASE_MS`, between the mail server's word and the deletion of the letter.
 */
export class MailWorker {
  readonly #parts: MailWorkerParts;
  readonly #underWay = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #isWoken = false;
  #claiming: Promise<void> | undefined;
  #isStopped = false;
  #isDatabaseLost = false;

  constructor(parts: MailWorkerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), this.#parts.pollMs ?? POLL_MS);
    this.#timer.unref();
    this.wake();
  }

  /** There may be something to deliver. Cheap, and safe to call at any time. */
  wake(): void {
    if (this.#isStopped) return;
    this.#isWoken = true;
    this.#claiming ??= this.#claimWhileWoken();
  }

  /** Resolves when nothing is under way that was due when this was called. */
  async settled(): Promise<void> {
    while (this.#claiming || this.#underWay.size > 0) {
      await Promise.all([this.#claiming, ...this.#underWay]);
    }
  }

  /** Takes nothing new, and lets what is under way end or aborts it. Another process goes on with it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    const deadline = setTimeout(() => this.#abort.abort(), this.#parts.farewellMs ?? FAREWELL_MS);
    await this.settled();
    clearTimeout(deadline);
  }

  async #claimWhileWoken(): Promise<void> {
    // Not begun within `wake`: it must be seen as under way first.
    await Promise.resolve();
    try {
      while (this.#isWoken && !this.#isStopped) {
        this.#isWoken = false;
        await this.#claimFree();
      }
      this.#isDatabaseLost = false;
    } catch (error) {
      this.#isWoken = false;
      if (!this.#isDatabaseLost)
        this.#parts.logger.warn({ err: error }, "mails are not looked for");
      this.#isDatabaseLost = true;
    }
    this.#claiming = undefined;
  }

  async #claimFree(): Promise<void> {
    const free = CONCURRENT_MAX - this.#underWay.size;
    // Whichever ends next wakes us.
    if (free === 0) return;
    for (const letter of await claim(this.#parts.pool, free)) {
      const delivery: Promise<void> = this.#process(letter).finally(() => {
        this.#underWay.delete(delivery);
        this.wake();
      });
      this.#underWay.add(delivery);
    }
  }

  async #process(letter: Claimed): Promise<void> {
    const { pool, seal, logger } = this.#parts;
    try {
      const content = openContent(seal, letter.id, letter.sealed);
      if (letter.isExpired) await this.#giveUp(letter, "expired", "expired");
      // The key may be so new that this process does not know it yet.
      else if (content === undefined) await this.#postpone(letter, "no key opens it");
      else if (content.isSent) await this.#deliver(letter, content);
      else await remove(pool, letter.id);
    } catch (error) {
      // The database is away. The lease brings the letter back.
      logger.warn({ err: error, mailId: letter.id }, "what became of a mail could not be noted");
    }
  }

  async #deliver(letter: Claimed, content: Content): Promise<void> {
    const { seal, transport, metrics, attemptTimeoutMs = ATTEMPT_TIMEOUT_MS } = this.#parts;
    const timeout = AbortSignal.timeout(attemptTimeoutMs);
    const signal = AbortSignal.any([timeout, this.#abort.signal]);
    try {
      await transport.deliver(content.mail, letter.id, signal);
    } catch (error) {
      const reason = error instanceof MailFailure ? error.message : "unknown";
      const isPermanent = error instanceof MailFailure && error.isPermanent;
      if (isPermanent) return await this.#giveUp(letter, "refused", reason);
      // Sealed anew, under the key of today: a letter may wait longer than a retired key is kept.
      const sealed = sealContent(seal, letter.id, content);
      return await this.#postpone({ ...letter, sealed }, reason);
    }
    metrics.mails.inc({ outcome: "delivered" });
    await this.#removeDelivered(letter.id);
  }

  /** Tried for as long as the letter is ours: whoever takes it next would send it a second time. */
  async #removeDelivered(id: string): Promise<void> {
    const attemptsMax = Math.floor((LEASE_MS - ATTEMPT_TIMEOUT_MS) / REMOVE_RETRY_MS / 2);
    for (let attempt = 1; ; attempt++) {
      try {
        return await remove(this.#parts.pool, id);
      } catch (error) {
        if (attempt >= attemptsMax || this.#abort.signal.aborted) throw error;
      }
      await sleep(REMOVE_RETRY_MS);
    }
  }

  async #giveUp(letter: Claimed, outcome: "expired" | "refused", reason: string) {
    const { pool, logger, metrics } = this.#parts;
    metrics.mails.inc({ outcome });
    const fields = { mailId: letter.id, attempts: letter.attempts, reason };
    logger.error(fields, "a mail is given up");
    await remove(pool, letter.id);
  }

  async #postpone(letter: Claimed, reason: string): Promise<void> {
    const { pool, logger, metrics, delayMs = randomDelayMs } = this.#parts;
    const { id, attempts } = letter;
    const delay = this.#isStopped ? 0 : delayMs(attempts);
    metrics.mails.inc({ outcome: "postponed" });
    logger.warn({ mailId: id, attempts, reason, delayMs: delay }, "a mail is not taken yet");
    await postpone(pool, letter, delay);
  }
}

function randomDelayMs(attempts: number): number {
  return retryDelayMs(attempts, Math.random);
}
