/**
 * After a lost announcement the server says so within 5 s (guarantee 4 of the protocol). Later than
 * this, with a second for busy machines, a gap is one that nobody would have noticed: a loss.
 */
export const UNTOLD_GAP_MS = 6_000;

/** `isFetched`: it is held, and may still come late, once. */
export type Gap = { sinceMs: number; isTold: boolean; isFetched: boolean };

/** Changes of a room that have not come on this connection although later ones have. */
export class Gaps {
  #byRev: Map<number, Gap> | undefined;

  open(rev: number, gap: Gap): void {
    this.#byRev ??= new Map();
    this.#byRev.set(rev, gap);
  }

  /** It has come: no gap any more. Undefined: it was none. */
  close(rev: number): Gap | undefined {
    const gap = this.#byRev?.get(rev);
    this.#byRev?.delete(rev);
    return gap;
  }

  /** The server has said by itself that something is missing. */
  told(): void {
    for (const gap of this.#byRev?.values() ?? []) gap.isTold = true;
  }

  fetchedUpTo(rev: number): void {
    for (const [missing, gap] of this.#byRev ?? []) if (missing <= rev) gap.isFetched = true;
  }

  /** Those of which the server has kept silent for too long; each once. */
  takeOverdue(nowMs: number): number[] {
    const overdue: number[] = [];
    for (const [rev, gap] of this.#byRev ?? []) {
      if (gap.isTold || gap.isFetched || nowMs - gap.sinceMs < UNTOLD_GAP_MS) continue;
      gap.isTold = true;
      overdue.push(rev);
    }
    return overdue;
  }

  /** Nothing could be read until now: whatever the server has said meanwhile comes yet. */
  readAgain(nowMs: number): void {
    for (const gap of this.#byRev?.values() ?? []) gap.sinceMs = nowMs;
  }

  clear(): void {
    this.#byRev = undefined;
  }
}
