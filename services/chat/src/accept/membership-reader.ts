import type { Clock } from "../clock.ts";
import type { Membership } from "../persist/membership.ts";
import { groupBy } from "../persist/rows.ts";

/** In one statement: a few milliseconds of the database's work. */
const QUESTIONS_PER_READ = 200;
/**
 * Between two statements, so that more come to share the second: without, 5,000 sockets that came at once cost
 * Postgres and Redis twice the processor time (1.1 s in place of 0.6).
 */
const PAUSE_MS = 20;

type Question = {
  userIds: readonly string[];
  resolve(memberships: Membership[]): void;
  reject(error: unknown): void;
};

/**
 * Reads the memberships of many who come at once: one statement at a time, for all who ask meanwhile. After
 * a node has died, thousands of sockets come to the others within a second; a statement for each would
 * cost the database and the node more than all else that lets them in.
 */
export class MembershipReader {
  readonly #clock: Clock;
  readonly #read: (userIds: readonly string[]) => Promise<Membership[]>;
  readonly #waiting: Question[] = [];
  #isReading = false;

  constructor(clock: Clock, read: (userIds: readonly string[]) => Promise<Membership[]>) {
    this.#clock = clock;
    this.#read = read;
  }

  /** As they are at some moment after the call. Rejects when the database does not answer. */
  of(userIds: readonly string[]): Promise<Membership[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ userIds, resolve, reject });
      if (!this.#isReading) void this.#readAll();
    });
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    while (this.#waiting.length > 0) {
      await this.#answer(this.#waiting.splice(0, QUESTIONS_PER_READ));
      if (this.#waiting.length < QUESTIONS_PER_READ) {
        await new Promise<void>((resolve) => {
          this.#clock.after(PAUSE_MS, resolve);
        });
      }
    }
    this.#isReading = false;
  }

  async #answer(questions: readonly Question[]): Promise<void> {
    try {
      const userIds = new Set(questions.flatMap((question) => question.userIds));
      const byUser = groupBy(await this.#read([...userIds]), ({ userId }) => userId);
      for (const question of questions) {
        question.resolve(question.userIds.flatMap((userId) => byUser.get(userId) ?? []));
      }
    } catch (error) {
      for (const { reject } of questions) reject(error);
    }
  }
}
