/** What has been started and must be stopped, in the opposite order. */
export class StopList {
  readonly #entries: (() => Promise<unknown>)[] = [];

  add(stop: () => Promise<unknown>): void {
    this.#entries.push(stop);
  }

  /** Stops one after the other; a failing one does not keep the rest from being stopped. */
  async stopAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let stop = this.#entries.pop(); stop; stop = this.#entries.pop()) {
      await stop().catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, "not everything could be stopped");
  }
}
