import type { MoimClient } from "@moim/client";
import type { Message, User } from "@moim/protocol";

const PAUSE_MS = 250;
const PAGE = 20;

type Found<Item> = { state: "idle" | "searching" | "found" | "failed"; items: readonly Item[] };
const NOTHING = { state: "idle", items: [] } as const;

/** Looks for people and for messages in all rooms, as one types into the room list's field. */
export class RoomSearch {
  readonly #client: Pick<MoimClient, "searchUsers" | "searchMessages">;
  #query = $state("");
  #people: Found<User> = $state.raw(NOTHING);
  #messages: Found<Message> = $state.raw(NOTHING);
  #nextCursor: string | null = $state(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Pick<MoimClient, "searchUsers" | "searchMessages">) {
    this.#client = client;
  }

  get query(): string {
    return this.#query;
  }
  get isActive(): boolean {
    return this.#query.trim() !== "";
  }
  get people(): Found<User> {
    return this.#people;
  }
  get messages(): Found<Message> {
    return this.#messages;
  }
  get hasMoreMessages(): boolean {
    return this.#nextCursor !== null;
  }

  type(query: string): void {
    this.#query = query;
    clearTimeout(this.#timer);
    this.#nextCursor = null;
    const wanted = query.trim();
    if (wanted === "") {
      this.#people = NOTHING;
      this.#messages = NOTHING;
      return;
    }
    // What was found before stays until the answer is there: a list that blinks is hard to read.
    this.#people = { ...this.#people, state: "searching" };
    this.#messages = { ...this.#messages, state: "searching" };
    this.#timer = setTimeout(() => {
      void this.#findPeople(wanted);
      void this.#findMessages(wanted);
    }, PAUSE_MS);
  }

  /** The connection is back: what failed for want of it need not be typed again. */
  tryAgain(): void {
    const query = this.#query.trim();
    if (this.#people.state === "failed") {
      this.#people = { ...this.#people, state: "searching" };
      void this.#findPeople(query);
    }
    if (this.#messages.state === "failed") {
      this.#messages = { ...this.#messages, state: "searching" };
      void this.#findMessages(query);
    }
  }

  /** The next page of messages; a failure leaves those that are there. */
  async more(): Promise<void> {
    const cursor = this.#nextCursor;
    const query = this.#query.trim();
    if (cursor === null || query === "") return;
    const page = await this.#client.searchMessages({ query, cursor, limit: PAGE });
    if (this.#query.trim() !== query || this.#nextCursor !== cursor) return;
    this.#messages = { state: "found", items: [...this.#messages.items, ...page.messages] };
    this.#nextCursor = page.nextCursor;
  }

  async #findPeople(query: string): Promise<void> {
    const found = await settled(this.#client.searchUsers(query));
    if (this.#query.trim() === query) this.#people = found;
  }

  async #findMessages(query: string): Promise<void> {
    let nextCursor: string | null = null;
    const page = this.#client.searchMessages({ query, limit: PAGE }).then((answer) => {
      nextCursor = answer.nextCursor;
      return answer.messages;
    });
    const found = await settled(page);
    if (this.#query.trim() !== query) return;
    this.#messages = found;
    this.#nextCursor = nextCursor;
  }
}

async function settled<Item>(answer: Promise<readonly Item[]>): Promise<Found<Item>> {
  try {
    return { state: "found", items: await answer };
  } catch {
    return { state: "failed", items: [] };
  }
}
