import { Failure } from "@moim/protocol";
import type { Clock } from "../clock.ts";

export type TurnstileOptions = {
  clock: Clock;
  /** Under way at once, of all users together. */
  atOnce: number;
  /** Waiting or under way for one user. */
  perUser: number;
  /** Waiting or under way for all users. */
  total: number;
  /** Whoever has waited so long is refused. */
  waitMsMax: number;
  /** Waiting and work together. */
  withinMs: number;
};

/** What a refused caller is asked to wait: by then some of those before are through. */
const RETRY_AFTER_MS = 1_000;

type Waiter = { begin(): void; refuse(failure: Failure): void };

/**
 * Lets costly work through a few at a time, so that it leaves the database's connections to others.
 * Users take turns, however much one of them asks for; each one's own goes first come first served.
 * Places to wait are shared alike, too: when all are taken, whoever has fewer than another gets the place of the
 * other's newest. So those who ask for much, together, cannot keep one out who asks for little.
 * Rejects with `rate_limited` where too much of the user's waits already, and with `unavailable` when the turn does
 * not come in time; the work is then never begun.
 */
export class Turnstile {
  readonly #options: TurnstileOptions;
  /** By user, the oldest first; whose turn is next comes first. */
  readonly #waiting = new Map<string, Waiter[]>();
  #waitingCount = 0;
  readonly #underWay = new Map<string, number>();
  #underWayCount = 0;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** `work` is told how much of its time is left; to keep to it is its own affair. */
  async pass<Result>(
    userId: string,
    work: (leftMs: () => number) => Promise<Result>,
  ): Promise<Result> {
    const { atOnce, clock, perUser, total, withinMs } = this.#options;
    const count = this.#countOf(userId) + 1;
    if (count > perUser) throw tooMany();
    if (this.#underWayCount + this.#waitingCount >= total) this.#refuseOneOfMoreThan(count);
    const endsAt = clock.now() + withinMs;
    if (this.#underWayCount < atOnce) this.#begin(userId);
    else await this.#turn(userId);
    try {
      return await work(() => endsAt - clock.now());
    } finally {
      this.#end(userId);
      this.#next();
    }
  }

  /** Refuses the newest of whoever has most, or throws where nobody who waits has more than `count`. */
  #refuseOneOfMoreThan(count: number): void {
    let most = count;
    let newest: Waiter | undefined;
    for (const [userId, ofUser] of this.#waiting) {
      if (this.#countOf(userId) <= most) continue;
      most = this.#countOf(userId);
      newest = ofUser.at(-1);
    }
    if (!newest) throw tooMany();
    newest.refuse(tooMany());
  }

  #turn(userId: string): Promise<void> {
    const { clock, waitMsMax } = this.#options;
    return new Promise((resolve, reject) => {
      const leave = () => {
        cancel();
        this.#remove(userId, waiter);
      };
      const waiter: Waiter = {
        begin: () => {
          leave();
          this.#begin(userId);
          resolve();
        },
        refuse: (failure) => {
          leave();
          reject(failure);
        },
      };
      const cancel = clock.after(waitMsMax, () => waiter.refuse(tooLate()));
      const ofUser = this.#waiting.get(userId);
      if (ofUser) ofUser.push(waiter);
      else this.#waiting.set(userId, [waiter]);
      this.#waitingCount++;
    });
  }

  #next(): void {
    for (const [userId, ofUser] of this.#waiting) {
      ofUser[0]?.begin();
      // Behind everybody else who waits.
      if (this.#waiting.delete(userId)) this.#waiting.set(userId, ofUser);
      return;
    }
  }

  #remove(userId: string, waiter: Waiter): void {
    const ofUser = this.#waiting.get(userId) ?? [];
    ofUser.splice(ofUser.indexOf(waiter), 1);
    this.#waitingCount--;
    if (ofUser.length === 0) this.#waiting.delete(userId);
  }

  #begin(userId: string): void {
    this.#underWay.set(userId, (this.#underWay.get(userId) ?? 0) + 1);
    this.#underWayCount++;
  }

  #end(userId: string): void {
    const left = (this.#underWay.get(userId) ?? 0) - 1;
    if (left > 0) this.#underWay.set(userId, left);
    else this.#underWay.delete(userId);
    this.#underWayCount--;
  }

  /** Waiting or under way. */
  #countOf(userId: string): number {
    return (this.#underWay.get(userId) ?? 0) + (this.#waiting.get(userId)?.length ?? 0);
  }
}

function tooMany(): Failure {
  return new Failure("rate_limited", "too many at once", { retryAfterMs: RETRY_AFTER_MS });
}

function tooLate(): Failure {
  return new Failure("unavailable", "too much at once", { retryAfterMs: RETRY_AFTER_MS });
}
