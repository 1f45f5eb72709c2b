import { hkdfSync } from "node:crypto";
import type { Logger } from "@moim/service";
import type { JWK } from "jose";
import type { KeySet } from "./key-set.ts";
import type { SigningKey } from "./signing-key.ts";

/** Forged `kid`s must not make us read the keys again and again. */
const RELOAD_COOLDOWN_MS = 2_000;
/** A rotation is known everywhere after this time, without a restart. */
const RELOAD_INTERVAL_MS = 5_000;

/** Where the keys are kept; asked again and again, because somebody may rotate them. */
export type KeySource = () => Promise<KeySet>;

/** The keys in use: one signs, all verify and are published. */
export class KeyRing {
  readonly #source: KeySource;
  readonly #logger: Logger;
  readonly #now: () => number;
  #set: KeySet;
  #reloading: Promise<void> | undefined;
  #reloadedAt = Number.NEGATIVE_INFINITY;

  private constructor(set: KeySet, source: KeySource, logger: Logger, now: () => number) {
    this.#set = set;
    this.#source = source;
    this.#logger = logger;
    this.#now = now;
  }

  /** Rejects where the source does. */
  static async open(source: KeySource, logger: Logger, now: () => number): Promise<KeyRing> {
    return new KeyRing(await source(), source, logger, now);
  }

  get current(): SigningKey {
    return this.#set.current;
  }

  /** Undefined for a key that is not ours, not yet or no longer. One that we do not know may be new. */
  async find(kid: unknown): Promise<SigningKey | undefined> {
    if (typeof kid !== "string") return undefined;
    const known = this.#published().find((key) => key.kid === kid);
    if (known !== undefined || this.#now() - this.#reloadedAt < RELOAD_COOLDOWN_MS) return known;
    await this.reload();
    return this.#published().find((key) => key.kid === kid);
  }

  /** The current one first, then the next, then the retired. */
  publicJwks(): { keys: JWK[] } {
    return { keys: this.#published().map((key) => key.publicJwk) };
  }

  /**
   * Keys for one other purpose, derived from each of ours, the current one's first. In production
   * they stand nowhere in the database, so what is hashed under them survives a stolen dump.
   */
  deriveKeys(purpose: string): Buffer[] {
    return this.#published().map((key) =>
      Buffer.from(hkdfSync("sha256", key.secret, "", purpose, 32)),
    );
  }

  /** Never rejects: without an answer, or with one that makes no sense, the keys stay as they are. */
  reload(): Promise<void> {
    this.#reloading ??= this.#load().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  /** Until the returned function is called. */
  reloadRegularly(): () => void {
    const timer = setInterval(() => void this.reload(), RELOAD_INTERVAL_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  async #load(): Promise<void> {
    this.#reloadedAt = this.#now();
    try {
      const set = await this.#source();
      if (set.current.kid !== this.current.kid) {
        this.#logger.info({ kid: set.current.kid }, "another key signs from now on");
      }
      this.#set = set;
    } catch (error) {
      this.#logger.warn({ err: error }, "the keys could not be read again: they stay as they are");
    }
  }

  #published(): SigningKey[] {
    const { current, next, retired } = this.#set;
    const now = this.#now();
    const alive = retired.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
    return [current, ...(next ? [next] : []), ...alive.map(({ key }) => key)];
  }
}
