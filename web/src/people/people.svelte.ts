import type { MoimClient } from "@moim/client";
import type { User } from "@moim/protocol";
import { SvelteSet } from "svelte/reactivity";
import { fromStore } from "svelte/store";

/** How long a person may be unknown before the page says so instead of leaving the name open. */
const LOOK_UP_PATIENCE_MS = 4_000;
const NAME_STILL_OPEN = "…";

/** Names and pictures of people by id, reactive: reading one asks for it. */
export class People {
  readonly #client: Pick<MoimClient, "user">;
  readonly #held = new Map<string, { readonly current: User | null }>();
  readonly #givenUp = new SvelteSet<string>();

  constructor(client: Pick<MoimClient, "user">) {
    this.#client = client;
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

  /** The name, "…" while it is being fetched, `unknown` for an account that is gone. */
  nameOf(userId: string, unknown: string): string {
    const user = this.find(userId);
    if (user !== null) return user.name;
    return this.#givenUp.has(userId) ? unknown : NAME_STILL_OPEN;
  }
}
