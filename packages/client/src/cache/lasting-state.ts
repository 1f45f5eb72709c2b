import type { Me, User } from "@moim/protocol";
import { STORAGE_TIMEOUT_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { inTime } from "../in-time.ts";
import type { CachedPart, CachedRooms, CachedTimeline, ClientCache } from "./client-cache.ts";

/** What is left of last time. */
export type Remembered = {
  session: { me: Me; sessionId: string } | null;
  rooms: CachedRooms | null;
  users: readonly User[];
  timelines: ReadonlyMap<string, CachedTimeline>;
};

export const NOTHING_REMEMBERED: Remembered = {
  session: null,
  rooms: null,
  users: [],
  timelines: new Map(),
};

export type LastingStateParts = {
  cache: ClientCache;
  clock: Clock;
  log(event: string, details: Record<string, unknown>): void;
};

/**
 * The cache as the client uses it: one user's at a time, in turn, and never in the way: after the
 * first failure it is left alone.
 */
export class LastingState {
  readonly #parts: LastingStateParts;
  #userId: string | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #hasFailed = false;

  constructor(parts: LastingStateParts) {
    this.#parts = parts;
  }

  /** What is left of the user who was last signed in here. */
  async load(): Promise<Remembered> {
    const records = (await this.#inTurn((cache) => cache.load())) ?? [];
    const last = records.find(({ name }) => name === "session");
    if (last?.name !== "session") return NOTHING_REMEMBERED;
    const own = records.filter(({ userId }) => userId === last.userId);
    return own.reduce(withRecord, { ...NOTHING_REMEMBERED, session: last.value });
  }

  /** From now on this user's; nothing of anybody else is left. */
  begin(me: Me, sessionId: string): void {
    this.#userId = me.id;
    void this.#inTurn((cache) => cache.keepOnly(me.id));
    this.put([{ name: "session", id: "", value: { me, sessionId } }]);
  }

  /** Nobody's any more. Resolves once it is empty. */
  async end(): Promise<void> {
    this.#userId = null;
    // Also where it has failed before: what it holds must not outlive the session.
    this.#hasFailed = false;
    await this.#inTurn((cache) => cache.keepOnly(null));
  }

  put(parts: readonly CachedPart[]): void {
    const userId = this.#userId;
    if (userId === null || parts.length === 0) return;
    const records = parts.map((part) => ({ ...part, userId }));
    // In turn: what is asked for before the end is put before the clearing, and cleared with the rest.
    void this.#inTurn((cache) => cache.put(records));
  }

  removeTimeline(roomId: string): void {
    const userId = this.#userId;
    if (userId === null) return;
    void this.#inTurn((cache) => cache.remove(userId, "timeline", roomId));
  }

  #inTurn<Result>(work: (cache: ClientCache) => Promise<Result>): Promise<Result | undefined> {
    const result = this.#turn.then(() => this.#attempt(work));
    this.#turn = result;
    return result;
  }

  async #attempt<Result>(
    work: (cache: ClientCache) => Promise<Result>,
  ): Promise<Result | undefined> {
    if (this.#hasFailed) return undefined;
    const { cache, clock, log } = this.#parts;
    try {
      return await inTime(work(cache), STORAGE_TIMEOUT_MS, clock);
    } catch (error) {
      this.#hasFailed = true;
      log("cache lost", { error });
      return undefined;
    }
  }
}

function withRecord(remembered: Remembered, part: CachedPart): Remembered {
  switch (part.name) {
    case "session":
      return remembered;
    case "rooms":
      return { ...remembered, rooms: part.value };
    case "users":
      return { ...remembered, users: part.value };
    case "timeline":
      return { ...remembered, timelines: new Map(remembered.timelines).set(part.id, part.value) };
  }
}
