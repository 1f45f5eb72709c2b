import { type DataOf, PAGE_LIMITS, type SyncedRoom } from "@moim/protocol";
import { type Change, changeOf } from "../clients/changes.ts";
import { type RawClient, Refused } from "../clients/raw-client.ts";
import type { Noticed, RoomView } from "../receive/room-view.ts";

export type CatchingUpParts = {
  client: RawClient;
  noticed: Noticed;
  error(code: string): void;
  wait(ms: number): Promise<void>;
};

/** Fetches what a receiver has missed, as the server's word or a new connection asks for. */
export class CatchingUp {
  readonly #parts: CatchingUpParts;
  readonly #wanted = new Set<RoomView>();
  #running: Promise<boolean> | undefined;

  constructor(parts: CatchingUpParts) {
    this.#parts = parts;
  }

  /**
   * Resolves to true once these rooms, and whatever was asked for meanwhile, are held; to false when the
   * connection has ended before.
   */
  fetch(views: Iterable<RoomView>): Promise<boolean> {
    for (const view of views) this.#wanted.add(view);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<boolean> {
    while (this.#wanted.size > 0) {
      // Whoever is told of twenty rooms in one tick asks once.
      await this.#parts.wait(0);
      const views = [...this.#wanted].slice(0, PAGE_LIMITS.syncRooms);
      for (const view of views) this.#wanted.delete(view);
      try {
        await this.#sync(views);
      } catch (error) {
        if (!(error instanceof Refused)) {
          this.#wanted.clear();
          return false;
        }
        this.#parts.error(error.code);
        for (const view of views) this.#wanted.add(view);
        await this.#parts.wait(Math.max(error.retryAfterMs, 100));
      }
    }
    return true;
  }

  async #sync(views: readonly RoomView[]): Promise<void> {
    const progress = new Map(
      views.map((view) => [view.roomId, { view, rev: view.rev, changes: [] as Change[] }]),
    );
    while (progress.size > 0) {
      const asked = [...progress].map(([roomId, { rev }]) => ({ roomId, rev }));
      const answer: DataOf<"room:sync"> = await this.#parts.client.request("room:sync", {
        rooms: asked,
      });
      for (const room of answer.rooms) {
        const held = progress.get(room.roomId);
        if (held === undefined) continue;
        if (await this.#takePage(room, held)) progress.delete(room.roomId);
      }
    }
  }

  /** True once the room is complete. */
  async #takePage(
    room: SyncedRoom,
    held: { view: RoomView; rev: number; changes: Change[] },
  ): Promise<boolean> {
    if ("gone" in room) return true;
    if (room.reset) {
      const page = await this.#parts.client.request("message:page", { roomId: room.roomId });
      held.view.reset(page.rev, page.messages.at(-1)?.seq ?? 0, this.#parts.noticed);
      return true;
    }
    held.changes.push(...room.changes.map(changeOf));
    held.rev = room.more ? (room.changes.at(-1)?.rev ?? room.rev) : room.rev;
    if (room.more) return false;
    held.view.fetched(held.changes, held.rev, this.#parts.noticed);
    return true;
  }
}
