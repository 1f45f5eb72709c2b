import type { Message } from "@moim/protocol";
import { SvelteMap } from "svelte/reactivity";

/** Messages that others answer, by `seq`: held ones at once, the rest fetched when first asked for. */
export class Quotes {
  readonly #fetch: (seq: number) => Promise<Message | null>;
  readonly #fetched = new SvelteMap<number, Message | null>();
  readonly #asked = new Set<number>();
  /** Counts how often it was worth asking again: whoever shows a quote follows it. */
  #attempt = $state(0);

  constructor(fetch: (seq: number) => Promise<Message | null>) {
    this.#fetch = fetch;
  }

  /** Undefined while it is being fetched, null where there is none that this user may see. */
  find(seq: number, held: Message | undefined): Message | null | undefined {
    if (held !== undefined) return held;
    void this.#attempt;
    if (!this.#asked.has(seq)) {
      this.#asked.add(seq);
      void this.#load(seq);
    }
    return this.#fetched.get(seq);
  }

  /** What could not be fetched is asked for once more, where it is shown. */
  tryAgain(): void {
    this.#attempt++;
  }

  async #load(seq: number): Promise<void> {
    try {
      this.#fetched.set(seq, await this.#fetch(seq));
    } catch {
      // Asked for again when it is next shown, or with the next connection.
      this.#asked.delete(seq);
    }
  }
}
