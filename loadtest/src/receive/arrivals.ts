import { Gaps } from "./gaps.ts";

/**
 * How a change comes. `repeated`: it has come before. `held`: it was fetched, or had come on the connection before
 * this one. `late`: after a later one, without a word of the server.
 */
export type Arrival = "due" | "held" | "repeated" | "late";

/** The changes of one room as they come on one connection: each once, and none later than its successors. */
export class Arrivals {
  /** The newest that has come. */
  #rev: number;
  readonly #gaps = new Gaps();
  /** What was held when this connection began, and of it what has come on it all the same. */
  #heldRev = 0;
  #heldAgain: Set<number> | undefined;
  /** Fetching on a new connection: until that is done, what comes before the rest is no gap to be told of. */
  #isCatchingUp = false;

  constructor(rev: number) {
    this.#rev = rev;
  }

  /** The connection has ended with everything held up to `rev`; what it missed is fetched, and no gap any more. */
  restart(rev: number): void {
    this.#rev = rev;
    this.#heldRev = rev;
    this.#heldAgain = undefined;
    this.#isCatchingUp = true;
    this.#gaps.clear();
  }

  /** The server says by itself that something is missing. */
  told(): void {
    this.#gaps.told();
  }

  readAgain(nowMs: number): void {
    this.#gaps.readAgain(nowMs);
  }

  /** A fetch is over; undefined: it brought nothing new. */
  fetchedUpTo(rev: number | undefined): void {
    this.#isCatchingUp = false;
    if (rev !== undefined) this.#gaps.fetchedUpTo(rev);
  }

  /** Those of which the server has kept silent for too long; each once. */
  takeOverdue(nowMs: number): number[] {
    return this.#gaps.takeOverdue(nowMs);
  }

  /** A change comes to a receiver that holds everything up to `heldRev`. */
  come(rev: number, heldRev: number, nowMs: number): Arrival {
    if (rev <= this.#heldRev) {
      this.#heldAgain ??= new Set();
      const isAgain = this.#heldAgain.has(rev);
      this.#heldAgain.add(rev);
      return isAgain ? "repeated" : "held";
    }
    if (rev <= this.#rev) {
      const gap = this.#gaps.close(rev);
      if (gap === undefined) return "repeated";
      if (gap.isFetched) return "held";
      return gap.isTold ? "due" : "late";
    }
    for (let missing = this.#rev + 1; missing < rev; missing++) {
      const isFetched = missing <= heldRev;
      this.#gaps.open(missing, { sinceMs: nowMs, isTold: this.#isCatchingUp, isFetched });
    }
    this.#rev = rev;
    return rev <= heldRev ? "held" : "due";
  }
}
