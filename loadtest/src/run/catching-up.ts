import { type DataOf, PAGE_LIMITS, type SyncedRoom } from "@moim/protocol";
import { type Change, changeOf } from "../clients/changes.ts";
import { type RawClient, Refused } from "../clients/raw-client.ts";
import type { Noticed, RoomView } from "../receive/room-view.ts";

export type CatchingUpParts = {
  client: Pick<RawClient, "request">;
  noticed: Noticed;
  /** What was fetched because the server had told so at `toldMicros`, and is new to this receiver. */
  onTold(change: Change, toldMicros: number, roomId: string): void;
  /** An answer keeps from this receiver what it asked for: how, in words. */
  onDenied(roomId: string, how: string): void;
  /** Whoever comes and goes may hold what the room's history does not continue. */
  mayVisit(roomId: string): boolean;
  error(code: string): void;
  wait(ms: number): Promise<void>;
};

/** Fetches what a receiver has missed, as the server's word or a new connection asks for. */
export class CatchingUp {
  readonly #parts: CatchingUpParts;
  /** With when the server first told so; undefined where it did not. */
  readonly #wanted = new Map<RoomView, number | undefined>();
  #running: Promise<boolean> | undefined;

  constructor(parts: CatchingUpParts) {
    this.#parts = parts;
  }

  /**
   * `toldMicros`: the server has just said that something is missing. Resolves to true once these rooms, and
   * whatever was asked for meanwhile, are held; to false when the connection has ended before.
   */
  fetch(views: Iterable<RoomView>, toldMicros?: number): Promise<boolean> {
    for (const view of views) this.#want(view, toldMicros);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  #want(view: RoomView, toldMicros: number | undefined): void {
    this.#wanted.set(view, this.#wanted.get(view) ?? toldMicros);
  }

  async #run(): Promise<boolean> {
    while (this.#wanted.size > 0) {
      // Whoever is told of twenty rooms in one tick asks once.
      await this.#parts.wait(0);
      const wanted = [...this.#wanted].slice(0, PAGE_LIMITS.syncRooms);
      for (const [view] of wanted) this.#wanted.delete(view);
      try {
        await this.#sync(wanted);
      } catch (error) {
        if (!(error instanceof Refused)) {
          this.#wanted.clear();
          return false;
        }
        this.#parts.error(error.code);
        for (const [view, toldMicros] of wanted) {
          const toldSince = this.#wanted.get(view);
          this.#wanted.set(view, toldMicros ?? toldSince);
        }
        await this.#parts.wait(Math.max(error.retryAfterMs, 100));
      }
    }
    return true;
  }

  async #sync(wanted: readonly (readonly [RoomView, number | undefined])[]): Promise<void> {
    const progress = new Map(
      wanted.map(([view, toldMicros]): [string, Progress] => [
        view.roomId,
        { view, toldMicros, rev: view.rev, changes: [] },
      ]),
    );
    while (progress.size > 0) {
      const rooms = [...progress].map(([roomId, { rev }]) => ({ roomId, rev }));
      const answer: DataOf<"room:sync"> = await this.#parts.client.request("room:sync", { rooms });
      const answered = new Map(answer.rooms.map((room) => [room.roomId, room]));
      for (const [roomId, held] of progress) {
        const isComplete = await this.#takePage(answered.get(roomId), held);
        if (isComplete) progress.delete(roomId);
      }
    }
  }

  /** True once there is nothing more to ask for: the room is complete, or the server does not answer for it. */
  async #takePage(room: SyncedRoom | undefined, held: Progress): Promise<boolean> {
    const { view, toldMicros } = held;
    const { noticed, onDenied, onTold, mayVisit } = this.#parts;
    if (room === undefined) {
      onDenied(view.roomId, "was left out of the answer");
      return true;
    }
    if ("gone" in room) return true;
    if (room.reset) {
      const behind = room.rev - held.rev;
      if (behind <= PAGE_LIMITS.syncChangesBehind && !mayVisit(view.roomId)) {
        onDenied(view.roomId, `${behind} changes behind, was told to load everything anew`);
      }
      const page = await this.#parts.client.request("message:page", { roomId: room.roomId });
      view.reset(page.rev, page.messages.at(-1)?.seq ?? 0, noticed);
      return true;
    }
    const asked = held.rev;
    held.changes.push(...room.changes.map(changeOf));
    held.rev = room.more ? (room.changes.at(-1)?.rev ?? room.rev) : room.rev;
    if (room.more && held.rev > asked) return false;
    if (room.more) onDenied(view.roomId, "was promised more than the answer holds");
    const told: Noticed =
      toldMicros === undefined
        ? noticed
        : {
            ...noticed,
            taken(change, how) {
              noticed.taken(change, how);
              if (how === "fetched") onTold(change, toldMicros, view.roomId);
            },
          };
    view.fetched(held.changes, held.rev, told);
    return true;
  }
}

/** Of one room, over the pages of its answer. */
type Progress = {
  view: RoomView;
  toldMicros: number | undefined;
  rev: number;
  changes: Change[];
};
