import type { Message } from "@moim/protocol";
import type { Readable } from "../api.ts";
import { QUOTED_MESSAGES_MAX } from "../bounds.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";
import { Value } from "../value.ts";

type Quoted = Value<Message | null | undefined>;

/**
 * Single messages, for quotes: each fetched once where it is not held, and kept up to date while somebody looks at
 * it. Others are given up when they may be wrong, or are too many: the next call begins a new one.
 */
export class QuotedMessages {
  readonly #roomId: string;
  readonly #requests: Pick<Requests, "request">;
  /** Those asked for first come first. */
  readonly #quoted = new Map<number, Quoted>();
  readonly #fetching = new Set<Quoted>();
  /** Counts when changes may have been missed: what was asked for before is then no answer. */
  #era = 0;

  constructor(roomId: string, requests: Pick<Requests, "request">) {
    this.#roomId = roomId;
    this.#requests = requests;
  }

  /** `held`: as it is in the window. What could not be fetched is tried again by the next call. */
  get(seq: number, held?: Message): Readable<Message | null | undefined> {
    const known = this.#quoted.get(seq);
    const quoted: Quoted = known ?? new Value<Message | null | undefined>(held);
    if (held !== undefined) take(quoted, held);
    if (known === undefined) {
      this.#quoted.set(seq, quoted);
      this.#dropUnused();
    }
    if (quoted.current === undefined && !this.#fetching.has(quoted)) void this.#fetch(seq, quoted);
    return quoted;
  }

  receive(changes: readonly Message[]): void {
    for (const change of changes) {
      const quoted = this.#quoted.get(change.seq);
      if (quoted) take(quoted, change);
    }
  }

  /** Changes may have been missed, but of what is kept up to date by `receive`. */
  renew(isUpToDate: (message: Message) => boolean): void {
    this.#era++;
    this.#fetching.clear();
    for (const [seq, quoted] of this.#quoted) {
      if (!quoted.isWatched) this.#quoted.delete(seq);
      else if (!quoted.current || !isUpToDate(quoted.current)) void this.#fetch(seq, quoted);
    }
  }

  /** The room is not this user's any more. */
  clear(): void {
    this.#era++;
    this.#fetching.clear();
    for (const quoted of this.#quoted.values()) quoted.set(null);
    this.#quoted.clear();
  }

  async #fetch(seq: number, quoted: Quoted): Promise<void> {
    const era = this.#era;
    const before = quoted.current;
    this.#fetching.add(quoted);
    const fetched = await this.#read(seq);
    if (era !== this.#era) return;
    this.#fetching.delete(quoted);
    if (fetched === undefined) return;
    // Nothing has come meanwhile: whatever was known before, this is how it is now.
    if (quoted.current === before) quoted.set(fetched);
    else if (fetched !== null) take(quoted, fetched);
  }

  /** Undefined where there was no answer. */
  async #read(seq: number): Promise<Message | null | undefined> {
    try {
      const request = { roomId: this.#roomId, before: seq + 1, limit: 1 };
      const { messages } = await this.#requests.request("message:page", request);
      return messages.find((message) => message.seq === seq) ?? null;
    } catch (caught) {
      const { code } = MoimError.from(caught);
      return code === "not_found" || code === "bad_request" ? null : undefined;
    }
  }

  #dropUnused(): void {
    for (const [seq, quoted] of this.#quoted) {
      if (this.#quoted.size <= QUOTED_MESSAGES_MAX) return;
      if (!quoted.isWatched) this.#quoted.delete(seq);
    }
  }
}

/** A state is only ever replaced by a newer one. */
function take(quoted: Quoted, message: Message): void {
  if ((quoted.current?.rev ?? 0) < message.rev) quoted.set(message);
}
