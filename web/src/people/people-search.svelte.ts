import type { MoimClient } from "@moim/client";
import type { User } from "@moim/protocol";
import { searchable } from "../rooms/room-filter.ts";
import { containsWithInitials } from "./hangul-initials.ts";

const PAUSE_MS = 200;

/**
 * People found as one types, and those chosen from them. Those one talks with are there before anything is
 * typed, and found at once, also by the consonants of their names.
 */
export class PeopleSearch {
  readonly #client: Pick<MoimClient, "searchUsers">;
  readonly #known: () => readonly User[];
  #query = $state("");
  #found: readonly User[] = $state.raw([]);
  /** The query that `found` answers; older answers that come late are dropped. */
  #answered = $state("");
  #failure: unknown = $state.raw(null);
  #chosen: readonly User[] = $state.raw([]);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Pick<MoimClient, "searchUsers">, known: () => readonly User[]) {
    this.#client = client;
    this.#known = known;
  }

  get query(): string {
    return this.#query;
  }
  get found(): readonly User[] {
    const known = this.#knownMatches();
    const ids = new Set(known.map(({ id }) => id));
    return [...known, ...this.#found.filter(({ id }) => !ids.has(id))];
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

  /** The connection is back: what failed for want of it need not be typed again. */
  tryAgain(): void {
    if (this.#failure === null) return;
    this.#failure = null;
    void this.#look(this.#query.trim());
  }

  /** Whether this is an answer to what is typed now; what the server has found may be one to what was before. */
  isMeant(user: User): boolean {
    return !this.isSearching || this.#knownMatches().some(({ id }) => id === user.id);
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

  #knownMatches(): User[] {
    const query = searchable(this.#query);
    return this.#known().filter((user) => isNamedLike(user, query));
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

function isNamedLike({ name, nickname }: User, query: string): boolean {
  return [name, nickname].some((text) => containsWithInitials(searchable(text), query));
}
