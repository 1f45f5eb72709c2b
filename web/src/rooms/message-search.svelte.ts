import type { MoimClient } from "@moim/client";
import type { Message } from "@moim/protocol";

const PAUSE_MS = 250;
const PAGE = 30;

/** Looks for messages in one room, newest first, as one types. */
export class MessageSearch {
  readonly #client: Pick<MoimClient, "searchMessages">;
  readonly #roomId: string;
  #query = $state("");
  #phase: "idle" | "searching" | "found" | "failed" = $state("idle");
  #found: readonly Message[] = $state.raw([]);
  #nextCursor: string | null = $state(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The first of what is being looked for is wanted as soon as it is there. */
  #onFound: ((first: Message) => void) | null = null;

  constructor(client: Pick<MoimClient, "searchMessages">, roomId: string) {
    this.#client = client;
    this.#roomId = roomId;
  }

  get query(): string {
    return this.#query;
  }
  get phase(): "idle" | "searching" | "found" | "failed" {
    return this.#phase;
  }
  get found(): readonly Message[] {
    return this.#found;
  }
  get hasMore(): boolean {
    return this.#nextCursor !== null;
  }

  type(query: string): void {
    // The end of a composition is told like a change, and changes nothing.
    if (query === this.#query) return;
    this.#query = query;
    clearTimeout(this.#timer);
    this.stay();
    this.#nextCursor = null;
    if (query.trim() === "") {
      this.#phase = "idle";
      this.#found = [];
      return;
    }
    this.#phase = "searching";
    this.#timer = setTimeout(() => void this.#look(query.trim()), PAUSE_MS);
  }

  /**
   * To the first of what is found: now, or as soon as the answer to what is typed is there. What stands there
   * meanwhile may still answer what was typed before.
   */
  goToFirst(go: (first: Message) => void): void {
    if (this.#phase === "searching") this.#onFound = go;
    const [first] = this.#phase === "found" ? this.#found : [];
    if (first !== undefined) go(first);
  }

  /** Whoever has gone elsewhere, or types on, is led nowhere by an answer that comes late. */
  stay(): void {
    this.#onFound = null;
  }

  /** The connection is back: what failed for want of it need not be typed again. */
  tryAgain(): void {
    if (this.#phase !== "failed") return;
    this.#phase = "searching";
    void this.#look(this.#query.trim());
  }

  /** The next page; a failure leaves what is there. */
  async more(): Promise<void> {
    const cursor = this.#nextCursor;
    const query = this.#query.trim();
    if (cursor === null) return;
    const page = await this.#ask(query, cursor);
    if (this.#query.trim() !== query || this.#nextCursor !== cursor) return;
    this.#found = [...this.#found, ...page.messages];
    this.#nextCursor = page.nextCursor;
  }

  async #look(query: string): Promise<void> {
    try {
      const page = await this.#ask(query);
      // Answers that come late are for another question.
      if (this.#query.trim() !== query) return;
      this.#found = page.messages;
      this.#nextCursor = page.nextCursor;
      this.#phase = "found";
      if (this.#onFound !== null) this.goToFirst(this.#onFound);
      this.stay();
    } catch {
      if (this.#query.trim() !== query) return;
      this.#phase = "failed";
      // Whoever is told so does something else, and is not to be led away from that later.
      this.stay();
    }
  }

  #ask(query: string, cursor?: string) {
    const roomId = this.#roomId;
    const request = { query, roomId, limit: PAGE };
    return this.#client.searchMessages(cursor === undefined ? request : { ...request, cursor });
  }
}
