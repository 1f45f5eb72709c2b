type Waiting = { signal: AbortSignal; run(): void };

/** Web Locks among the tabs of one test: first come, first served, and abortable while waiting. */
export class FakeLocks {
  readonly #held = new Set<string>();
  readonly #waiting = new Map<string, Waiting[]>();

  /** A tab that was frozen while it held the lock. */
  holdForEver(name: string): void {
    this.#held.add(name);
  }

  request<Result>(
    name: string,
    { signal }: { signal: AbortSignal },
    work: () => Promise<Result>,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = () => {
        this.#held.add(name);
        work()
          .then(resolve, reject)
          .finally(() => this.#release(name));
      };
      const queue = this.#waiting.get(name) ?? [];
      this.#waiting.set(name, [...queue, { signal, run }]);
      signal.addEventListener("abort", () => reject(signal.reason));
      this.#serve(name);
    });
  }

  #release(name: string): void {
    this.#held.delete(name);
    this.#serve(name);
  }

  #serve(name: string): void {
    if (this.#held.has(name)) return;
    const queue = this.#waiting.get(name) ?? [];
    const next = queue.findIndex(({ signal }) => !signal.aborted);
    if (next < 0) return;
    this.#waiting.set(name, queue.slice(next + 1));
    queue[next]?.run();
  }
}
