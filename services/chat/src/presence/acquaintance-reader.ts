import { Failure } from "@moim/protocol";
import type { Acquaintance, Pair } from "../persist/presence.ts";
import { PAIRS_PER_STATEMENT, PAIRS_WAITING_MAX } from "./bounds.ts";

type Question = {
  pairs: readonly Pair[];
  resolve(known: Acquaintance[]): void;
  reject(error: unknown): void;
};

/**
 * Asks the database who shares a room, for many questions at once and with one statement at a time:
 * however many ask, presence takes one connection from those that messages need.
 */
export class AcquaintanceReader {
  readonly #read: (pairs: readonly Pair[]) => Promise<Acquaintance[]>;
  readonly #waiting: Question[] = [];
  #pairsWaiting = 0;
  #isReading = false;

  constructor(read: (pairs: readonly Pair[]) => Promise<Acquaintance[]>) {
    this.#read = read;
  }

  /**
   * Those of the pairs who share a room, in the order given. Rejects with `unavailable` when the
   * database does not answer or too many ask.
   */
  of(pairs: readonly Pair[]): Promise<Acquaintance[]> {
    if (pairs.length === 0) return Promise.resolve([]);
    if (this.#pairsWaiting + pairs.length > PAIRS_WAITING_MAX) {
      return Promise.reject(
        new Failure("unavailable", "too many questions at once; try again", {
          retryAfterMs: 1_000,
        }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ pairs, resolve, reject });
      this.#pairsWaiting += pairs.length;
      if (!this.#isReading) void this.#readAll();
    });
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    while (this.#waiting.length > 0) {
      const questions = this.#takeSome();
      try {
        const known = await this.#read(questions.flatMap(({ pairs }) => pairs));
        const byKey = new Map(known.map((one) => [keyOf(one), one]));
        for (const { pairs, resolve } of questions) {
          resolve(pairs.flatMap((pair) => byKey.get(keyOf(pair)) ?? []));
        }
      } catch (error) {
        for (const { reject } of questions) reject(error);
      }
    }
    this.#isReading = false;
  }

  #takeSome(): Question[] {
    let pairs = 0;
    let count = 0;
    for (const question of this.#waiting) {
      pairs += question.pairs.length;
      if (count > 0 && pairs > PAIRS_PER_STATEMENT) break;
      count++;
    }
    const taken = this.#waiting.splice(0, count);
    for (const question of taken) this.#pairsWaiting -= question.pairs.length;
    return taken;
  }
}

function keyOf({ watcherId, userId }: Pair): string {
  return `${watcherId} ${userId}`;
}
