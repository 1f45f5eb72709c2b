import type { PayloadOf } from "@moim/protocol";
import type { Readable } from "../api.ts";
import { TYPING_FORGOTTEN_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { Value } from "../value.ts";

/** Who is typing in one room, this user left out. Nobody is told when somebody stops for good. */
export class TypingUsers {
  readonly #clock: Clock;
  readonly #ownUserId: string;
  readonly #view = new Value<readonly string[]>([]);
  readonly #cancels = new Map<string, () => void>();

  constructor(clock: Clock, ownUserId: string) {
    this.#clock = clock;
    this.#ownUserId = ownUserId;
  }

  /** User ids, by when they began. */
  get view(): Readable<readonly string[]> {
    return this.#view;
  }

  receive({ userId, typing }: PayloadOf<"room:typing">): void {
    if (userId === this.#ownUserId) return;
    if (typing) this.#begun(userId);
    else this.stopped(userId);
  }

  /** Also when what was typed has come. */
  stopped(userId: string): void {
    this.#cancels.get(userId)?.();
    if (this.#cancels.delete(userId)) this.#show();
  }

  clear(): void {
    for (const userId of [...this.#cancels.keys()]) this.stopped(userId);
  }

  #begun(userId: string): void {
    this.#cancels.get(userId)?.();
    const forget = this.#clock.after(TYPING_FORGOTTEN_MS, () => this.stopped(userId));
    this.#cancels.set(userId, forget);
    this.#show();
  }

  #show(): void {
    const userIds = [...this.#cancels.keys()];
    if (userIds.join() !== this.#view.current.join()) this.#view.set(userIds);
  }
}
