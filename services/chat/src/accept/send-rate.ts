import type { Clock } from "../clock.ts";
import { rateLimited, TokenBucket } from "./rate-limit.ts";

/** A send waits no longer than this for what the other nodes know. */
const CHARGE_TIMEOUT_MS = 100;
/** After a charge without an answer this node decides by itself for a while. */
const ALONE_MS = 1_000;

/** `waitMs`: until the next token; 0 when there is one. */
export type Charged = { granted: number; waitMs: number };

/**
 * The user's bucket that all nodes share. `passed` sends have been let through already and are charged
 * in any case, as a debt where need be; of `wanted` more as many are granted as there are tokens.
 * Rejects when nobody knows.
 */
export type ChargeSends = (userId: string, passed: number, wanted: number) => Promise<Charged>;

/** Undefined: go ahead. Must not throw. */
export type Proceed = (refusal: Error | undefined) => void;

type UserState = {
  bucket: TokenBucket;
  isCharging: boolean;
  /** Sends that came while a charge was under way, in order; at most a burst of them. */
  waiting: Proceed[];
  /** Until then the shared bucket is known to be empty. */
  emptyUntil: number;
};

export type SendRateOptions = {
  clock: Clock;
  /** 0: no limit. */
  perSecond: number;
  burst: number;
  /** Undefined: this node is alone. */
  charge: ChargeSends | undefined;
};

/**
 * The rate of a user's sends, over all sockets and nodes. The shared bucket is charged as messages are
 * committed, in groups: the first send goes ahead at once and is charged behind its back; those that
 * come until the answer is there wait for it and are charged together. A user who writes by hand never
 * waits, a burst waits for one round trip, and a flood costs comparisons on this node alone.
 * When the shared bucket does not answer, a bucket of this node's own decides, which is taken from in
 * any case. The order of the calls is kept.
 */
export class SendRate {
  readonly #options: SendRateOptions;
  readonly #users = new Map<string, UserState>();
  #aloneUntil = 0;
  #waiting = 0;

  constructor(options: SendRateOptions) {
    this.#options = options;
  }

  /** Sends that wait for the shared bucket. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Calls `proceed` once, at once wherever it can. */
  take(userId: string, proceed: Proceed): void {
    if (this.#options.perSecond === 0) {
      proceed(undefined);
      return;
    }
    const now = this.#options.clock.now();
    const user = this.#stateOf(userId, now);
    const refusal = refusalOf(user, now);
    if (refusal) {
      proceed(refusal);
    } else if (user.isCharging) {
      user.waiting.push(proceed);
      this.#waiting++;
    } else {
      const { charge } = this.#options;
      const asks = charge !== undefined && now >= this.#aloneUntil;
      user.isCharging = asks;
      proceed(undefined);
      if (asks) void this.#charge(charge, userId, user);
    }
  }

  async #charge(charge: ChargeSends, userId: string, user: UserState): Promise<void> {
    let group: Proceed[] = [];
    let passed = 1;
    do {
      try {
        const charged = await this.#withinTime(charge(userId, passed, group.length));
        this.#decide(user, group, charged);
      } catch {
        this.#aloneUntil = this.#options.clock.now() + ALONE_MS;
        for (const proceed of [...group, ...this.#takeWaiting(user)]) proceed(undefined);
      }
      passed = 0;
      group = this.#takeWaiting(user);
    } while (group.length > 0);
    user.isCharging = false;
  }

  #decide(user: UserState, group: readonly Proceed[], { granted, waitMs }: Charged): void {
    if (waitMs > 0) user.emptyUntil = this.#options.clock.now() + waitMs;
    const refused = group.slice(granted);
    // Whoever came meanwhile came later: there is nothing for them either.
    if (waitMs > 0) refused.push(...this.#takeWaiting(user));
    for (const proceed of group.slice(0, granted)) proceed(undefined);
    for (const proceed of refused) {
      user.bucket.giveBack();
      proceed(rateLimited(waitMs));
    }
  }

  #takeWaiting(user: UserState): Proceed[] {
    const group = user.waiting;
    user.waiting = [];
    this.#waiting -= group.length;
    return group;
  }

  #stateOf(userId: string, now: number): UserState {
    let user = this.#users.get(userId);
    if (!user) {
      this.#forgetIdle(now);
      const { burst, perSecond } = this.#options;
      const bucket = new TokenBucket(perSecond, burst, now);
      user = { bucket, isCharging: false, waiting: [], emptyUntil: 0 };
      this.#users.set(userId, user);
    }
    return user;
  }

  /** Looks at the oldest few only, so that a new user costs the same however many there are. */
  #forgetIdle(now: number): void {
    let looks = 2;
    for (const [userId, user] of this.#users) {
      if (looks-- === 0) return;
      this.#users.delete(userId);
      const isIdle = !user.isCharging && user.emptyUntil <= now && user.bucket.isFull(now);
      if (!isIdle) this.#users.set(userId, user);
    }
  }

  #withinTime(charged: Promise<Charged>): Promise<Charged> {
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(CHARGE_TIMEOUT_MS, () =>
        reject(new Error("the shared bucket does not answer")),
      );
      charged.then(resolve, reject).finally(cancel);
    });
  }
}

/** What this node knows by itself; a token is taken where it knows nothing against it. */
function refusalOf(user: UserState, now: number): Error | undefined {
  if (now < user.emptyUntil) return rateLimited(user.emptyUntil - now);
  try {
    user.bucket.take(now);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
