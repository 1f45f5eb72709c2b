import { Failure } from "@moim/protocol";

export type GroupCommitOptions<Item, Batch, Outcome> = {
  /** Commits all items together, in the order given. Rejects when nothing was committed or nothing is known. */
  commit(items: readonly Item[]): Promise<Batch>;
  /**
   * Called with what was committed, once the next commit is on its way: what is done here costs the
   * database no time. Returns the items' outcomes, in their order.
   */
  committed(batch: Batch): readonly Outcome[];
  /** Items in one commit. More do not make it faster, and keep the rooms' rows locked longer. */
  itemsMax: number;
  /** Items waiting. Over it, `add` rejects with `unavailable`. */
  queueMax: number;
};

type Ended<Group, Batch> = { group: Group } & (
  | { state: "committed"; batch: Batch }
  | { state: "failed"; error: unknown }
);

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
export class GroupCommit<Item, Batch, Outcome> {
  readonly #options: GroupCommitOptions<Item, Batch, Outcome>;
  #queue: Waiting<Item, Outcome>[] = [];
  /** Items of a commit that one of them broke: each is tried by itself, before the queue. */
  #alone: Waiting<Item, Outcome>[] = [];
  #running: Promise<void> | undefined;

  constructor(options: GroupCommitOptions<Item, Batch, Outcome>) {
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
    let next = this.#begin();
    while (next) {
      const ended = await next;
      if (ended.state === "failed") this.#failGroup(ended.group, ended.error);
      next = this.#begin();
      if (ended.state === "failed") continue;
      // The pool hands out a connection in the next tick: by then the statements are on their way.
      if (next) await new Promise<void>((resolve) => process.nextTick(resolve));
      this.#settle(ended.group, ended.batch);
    }
    this.#running = undefined;
  }

  #begin(): Promise<Ended<readonly Waiting<Item, Outcome>[], Batch>> | undefined {
    const isAlone = this.#alone.length > 0;
    const group = isAlone
      ? this.#alone.splice(0, 1)
      : this.#queue.splice(0, this.#options.itemsMax);
    if (group.length === 0) return undefined;
    return this.#options.commit(group.map((waiting) => waiting.item)).then(
      (batch) => ({ group, state: "committed", batch }),
      (error: unknown) => ({ group, state: "failed", error }),
    );
  }

  #settle(group: readonly Waiting<Item, Outcome>[], batch: Batch): void {
    try {
      const outcomes = this.#options.committed(batch);
      group.forEach((waiting, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined) waiting.reject(new Error("a commit without an outcome"));
        else waiting.resolve(outcome);
      });
    } catch (error) {
      for (const waiting of group) waiting.reject(error);
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
