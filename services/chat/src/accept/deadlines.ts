import type { Clock } from "../clock.ts";

/** A machine that was suspended goes on with a later time, and with its timers where they were. */
const CLOCK_CHECK_MS = 10_000;

/** Without a task when cancelled: a socket that has gone must not stay in memory till its time. */
type Entry = { at: number; task: { owner: object; callback: () => void } | undefined };

/**
 * Many deadlines, one timer. A binary heap ordered by time; a deadline that was replaced stays in
 * it, empty, until its time comes. Ten thousand sockets cost ten thousand heap entries, not timers.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #heap: Entry[] = [];
  readonly #byOwner = new WeakMap<object, Entry>();
  #cancelTimer: (() => void) | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back at `at` (milliseconds since the epoch) unless `owner` sets another deadline before. */
  set(owner: object, at: number, callback: () => void): void {
    this.cancel(owner);
    const entry: Entry = { at, task: { owner, callback } };
    this.#byOwner.set(owner, entry);
    this.#push(entry);
    this.#arm();
  }

  cancel(owner: object): void {
    const entry = this.#byOwner.get(owner);
    if (!entry) return;
    entry.task = undefined;
    this.#byOwner.delete(owner);
  }

  #arm(): void {
    const next = this.#heap[0];
    if (!next || next.at >= this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = next.at;
    const delayMs = Math.min(Math.max(next.at - this.#clock.now(), 0), CLOCK_CHECK_MS);
    this.#cancelTimer = this.#clock.after(delayMs, () => this.#fire());
  }

  #fire(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let next = this.#heap[0]; next && next.at <= now; next = this.#heap[0]) {
      this.#pop();
      if (!next.task) continue;
      this.#byOwner.delete(next.task.owner);
      next.task.callback();
    }
    this.#arm();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (!parent || parent.at <= entry.at) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      const right = heap[childIndex + 1];
      if (child && right && right.at < child.at) {
        childIndex++;
        child = right;
      }
      if (!child || child.at >= last.at) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}
