import type { MoimClient } from "@moim/client";
import type { User } from "@moim/protocol";
import { SvelteSet } from "svelte/reactivity";
import { fromStore } from "svelte/store";
import type { Words } from "../i18n/english.ts";
import { Pictures } from "./pictures.svelte.ts";

/** How long a person may be unknown before the page says so instead of leaving the name open. */
const LOOK_UP_PATIENCE_MS = 4_000;
const NAME_STILL_OPEN = "…";

/** Names and pictures of people by id, reactive: reading one asks for it. */
export class People {
  readonly pictures = new Pictures();
  readonly #client: Pick<MoimClient, "user">;
  readonly #held = new Map<string, { readonly current: User | null }>();
  readonly #givenUp = new SvelteSet<string>();

  constructor(client: Pick<MoimClient, "user">) {
    this.#client = client;
  }

  /** Whoever signs in next asks anew: what was held belongs to a session that is over. */
  forget(): void {
    this.#held.clear();
    this.#givenUp.clear();
  }

  find(userId: string): User | null {
    let held = this.#held.get(userId);
    if (held === undefined) {
      held = fromStore(this.#client.user(userId));
      this.#held.set(userId, held);
      setTimeout(() => this.#givenUp.add(userId), LOOK_UP_PATIENCE_MS);
    }
    return held.current;
  }

  /** The name, "…" while it is being fetched, a word for an account that is gone or unknown. */
  nameOf(userId: string, words: Pick<Words, "unknownPerson" | "deletedPerson">): string {
    const user = this.find(userId);
    if (user !== null) return isDeleted(user) ? words.deletedPerson : user.name;
    return this.#givenUp.has(userId) ? words.unknownPerson : NAME_STILL_OPEN;
  }
}

/** An account that was deleted keeps its id, and nothing else. */
export function isDeleted(user: User): boolean {
  return user.name === "" && user.nickname === "";
}
