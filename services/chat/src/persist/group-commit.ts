import { Failure } from "@moim/protocol";

export type GroupCommitOptions<Item, Outcome> = {
  /**
   * Commits all items together, in the order given, and resolves to their outcomes in the same
   * order. Rejects when nothing was committed or nothing is known.
   */
  commit(items: readonly Item[]): Promise<readonly Outcome[]>;
  /** Items in one commit. More do not make it faster, and keep the rooms' rows locked longer. */
  itemsMax: number;
  /** Items waiting. Over it, `add` rejects with `unavailable`. */
  queueMax: number;
};

type Waiting<Item, Outcome> = {
  item: Item;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
};

/**
 * Commits in groups: while one commit is under way, items queue; then they go together. No timer
 * and no added delay: an idle node commits at once, a busy one commits more at a time.
 * Items are committed in the order in which they were added.
 */
export class GroupCommit<Item, Outcome> {
  readonly #options: GroupCommitOptions<Item, Outcome>;
  #queue: Waiting<Item, Outcome>[] = [];
  /** Items of a commit that one of them broke: each is tried by itself, before the queue. */
  #alone: Waiting<Item, Outcome>[] = [];
  #running: Promise<void> | undefined;

  constructor(options: GroupCommitOptions<Item, Outcome>) {
    this.#options = options;
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  add(item: Item): Promise<Outcome> {
    if (this.#queue.length >= this.#options.queueMax) {
      return Promise.reject(
        new Failure("unavailable", "too much is waiting to be stored; try again", {
          retryAfterMs: 1_000,
        }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves once nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // What one packet burst brings in arrives within a tick: let it gather.
    await Promise.resolve();
    while (this.#alone.length > 0 || this.#queue.length > 0) {
      const isAlone = this.#alone.length > 0;
      await this.#commitGroup(
        isAlone ? this.#alone.splice(0, 1) : this.#queue.splice(0, this.#options.itemsMax),
      );
    }
    this.#running = undefined;
  }

  async #commitGroup(group: readonly Waiting<Item, Outcome>[]): Promise<void> {
    try {
      const outcomes = await this.#options.commit(group.map((waiting) => waiting.item));
      group.forEach((waiting, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined) waiting.reject(new Error("a commit without an outcome"));
        else waiting.resolve(outcome);
      });
    } catch (error) {
      this.#failGroup(group, error);
    }
  }

  #failGroup(group: readonly Waiting<Item, Outcome>[], error: unknown): void {
    if (error instanceof Failure && error.code === "unavailable") {
      // Whoever waited behind this commit has waited as long: one more try could outlast 5 s.
      const behind = [...this.#alone.splice(0), ...this.#queue.splice(0)];
      for (const waiting of [...group, ...behind]) waiting.reject(error);
      return;
    }
    // One item broke the commit: alone, each shows whether it is the one.
    if (group.length > 1) this.#alone = [...group];
    else for (const waiting of group) waiting.reject(error);
  }
}
