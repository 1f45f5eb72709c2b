import type { MoimClient } from "@moim/client";
import type { User } from "@moim/protocol";

const PAUSE_MS = 200;

/** People found as one types, and those chosen from them. */
export class PeopleSearch {
  readonly #client: Pick<MoimClient, "searchUsers">;
  #query = $state("");
  #found: readonly User[] = $state.raw([]);
  /** The query that `found` answers; older answers that come late are dropped. */
  #answered = $state("");
  #failure: unknown = $state.raw(null);
  #chosen: readonly User[] = $state.raw([]);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Pick<MoimClient, "searchUsers">) {
    this.#client = client;
  }

  get query(): string {
    return this.#query;
  }
  get found(): readonly User[] {
    return this.#found;
  }
  get chosen(): readonly User[] {
    return this.#chosen;
  }
  get failure(): unknown {
    return this.#failure;
  }
  get isSearching(): boolean {
    return this.#query.trim() !== this.#answered && this.#failure === null;
  }

  type(query: string): void {
    // The end of a composition is told like a change, and changes nothing.
    if (query === this.#query) return;
    this.#query = query;
    this.#failure = null;
    clearTimeout(this.#timer);
    if (query.trim() === "") this.#take("", []);
    else this.#timer = setTimeout(() => this.#look(query.trim()), PAUSE_MS);
  }

  isChosen(userId: string): boolean {
    return this.#chosen.some((user) => user.id === userId);
  }

  toggle(user: User): void {
    if (this.isChosen(user.id)) this.remove(user.id);
    else this.#chosen = [...this.#chosen, user];
  }

  remove(userId: string): void {
    this.#chosen = this.#chosen.filter((user) => user.id !== userId);
  }

  async #look(query: string): Promise<void> {
    try {
      const found = await this.#client.searchUsers(query);
      if (this.#query.trim() === query) this.#take(query, found);
    } catch (error) {
      if (this.#query.trim() === query) this.#failure = error;
    }
  }

  #take(query: string, found: readonly User[]): void {
    this.#answered = query;
    this.#found = found;
  }
}
