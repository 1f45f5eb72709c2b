import type { MoimClient } from "@moim/client";

/** Long enough that a burst of keys is one question. */
const PAUSE_MS = 350;

export type Availability = "unasked" | "asking" | "free" | "taken";

/** Asks whether a nickname is free once typing pauses; only the answer to the last one counts. */
export class NicknameCheck {
  readonly #client: Pick<MoimClient, "isNicknameAvailable">;
  #availability: Availability = $state("unasked");
  #nickname = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Pick<MoimClient, "isNicknameAvailable">) {
    this.#client = client;
  }

  get availability(): Availability {
    return this.#availability;
  }

  /** `null` where the nickname is not worth asking about. */
  ask(nickname: string | null): void {
    clearTimeout(this.#timer);
    this.#nickname = nickname ?? "";
    this.#availability = nickname === null ? "unasked" : "asking";
    if (nickname !== null) this.#timer = setTimeout(() => this.#look(nickname), PAUSE_MS);
  }

  /** An answer that has not come yet is of no use any more. */
  giveUp(): void {
    if (this.#availability === "asking") this.ask(null);
  }

  async #look(nickname: string): Promise<void> {
    let availability: Availability;
    try {
      availability = (await this.#client.isNicknameAvailable(nickname)) ? "free" : "taken";
    } catch {
      // Not worth a word: signing up asks again, and says so if it fails.
      availability = "unasked";
    }
    if (this.#nickname === nickname) this.#availability = availability;
  }
}
