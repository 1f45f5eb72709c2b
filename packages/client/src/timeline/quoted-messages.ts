import type { Message } from "@moim/protocol";
import { QUOTED_MESSAGES_MAX } from "../bounds.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";

/** Single messages from outside of the window, for quotes: each fetched once, kept up to date. */
export class QuotedMessages {
  readonly #roomId: string;
  readonly #requests: Pick<Requests, "request">;
  /** By when they were asked for, oldest first. */
  readonly #messages = new Map<number, Promise<Message | null>>();

  constructor(roomId: string, requests: Pick<Requests, "request">) {
    this.#roomId = roomId;
    this.#requests = requests;
  }

  /** Null when there is no such message, or none that this member may see. Rejects with `MoimError`. */
  get(seq: number): Promise<Message | null> {
    const known = this.#messages.get(seq);
    if (known) return known;
    const fetched = this.#fetch(seq);
    this.#messages.set(seq, fetched);
    fetched.catch(() => {
      if (this.#messages.get(seq) === fetched) this.#messages.delete(seq);
    });
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= QUOTED_MESSAGES_MAX) break;
      this.#messages.delete(oldest);
    }
    return fetched;
  }

  receive(changes: readonly Message[]): void {
    for (const change of changes) {
      const known = this.#messages.get(change.seq);
      if (!known) continue;
      const newer = known.then((held) => (held && held.rev >= change.rev ? held : change));
      newer.catch(() => {});
      this.#messages.set(change.seq, newer);
    }
  }

  /** Changes may have been missed. */
  forget(): void {
    this.#messages.clear();
  }

  async #fetch(seq: number): Promise<Message | null> {
    try {
      const request = { roomId: this.#roomId, before: seq + 1, limit: 1 };
      const { messages } = await this.#requests.request("message:page", request);
      return messages.find((message) => message.seq === seq) ?? null;
    } catch (caught) {
      const error = MoimError.from(caught);
      if (error.code === "not_found" || error.code === "bad_request") return null;
      throw error;
    }
  }
}
