import { Failure } from "@moim/protocol";
import type { Metrics } from "../metrics.ts";
import { type Appended, appendMessages, type Batch, type Send } from "./append-messages.ts";
import type { Database } from "./database.ts";
import { GroupCommit } from "./group-commit.ts";
import type { RoomCommit } from "./room-commits.ts";

/** More in one transaction gains nothing (measured: 93,000 rows/s at 500). */
const SENDS_PER_COMMIT = 500;
/** Some 100 ms of work for a busy node; beyond it waiting would only grow. */
const QUEUE_MAX = 10_000;

/** Where messages are stored: in groups, numbered, once each. */
export class MessageLog {
  readonly #commits: GroupCommit<Send, Batch, Appended | Failure>;

  /** `onCommitted` is called after each commit, in their order, before anybody is answered. */
  constructor(
    database: Database,
    metrics: Pick<Metrics, "commitSize" | "commitSeconds" | "duplicates" | "messages">,
    onCommitted: (commits: readonly RoomCommit[]) => void,
  ) {
    this.#commits = new GroupCommit({
      itemsMax: SENDS_PER_COMMIT,
      queueMax: QUEUE_MAX,
      commit: (sends) => {
        const stopTimer = metrics.commitSeconds.startTimer();
        // Measured when it fails, too: a database that answers no more would show as a fast one.
        return appendMessages(database, sends).finally(stopTimer);
      },
      committed: ({ commits, outcomes }) => {
        metrics.commitSize.observe(outcomes.length);
        onCommitted(commits);
        for (const outcome of outcomes) {
          if (outcome instanceof Failure) continue;
          if (outcome.duplicate) metrics.duplicates.inc();
          else metrics.messages.inc();
        }
        return outcomes;
      },
    });
  }

  get queueLength(): number {
    return this.#commits.queueLength;
  }

  /**
   * Resolves after the commit. Messages are stored in the order of the calls. Rejects with
   * `not_found`, or with `unavailable`: whether it was stored is then unknown, and repeating is safe.
   */
  async append(send: Send): Promise<Appended> {
    const outcome = await this.#commits.add(send);
    if (outcome instanceof Failure) throw outcome;
    return outcome;
  }

  /** Resolves once nothing waits to be stored. */
  idle(): Promise<void> {
    return this.#commits.idle();
  }
}
