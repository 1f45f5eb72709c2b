import type { Logger } from "@moim/service";
import type { Clock } from "../clock.ts";
import type { RoomDelivery } from "./room-delivery.ts";

/** Interval and confirmation together stay below the 5 s that the contract allows a silent gap. */
export const HEAD_SWEEP_INTERVAL_MS = 2_500;
/** Rooms in one question to the database. */
const ROOMS_PER_QUERY = 1_000;
/** A change that is just being delivered is no gap. */
const CONFIRM_AFTER_MS = 750;

type Head = { roomId: string; rev: number };

export type HeadSweepOptions = {
  clock: Clock;
  logger: Logger;
  delivery: RoomDelivery;
  /** Rooms with at least one socket on this node. */
  localRoomIds(): string[];
  readHeads(roomIds: readonly string[]): Promise<Head[]>;
  emitHead(roomId: string, rev: number): void;
};

/**
 * Finds announcements that were lost, whatever lost them: compares what this node has delivered
 * with what the database holds, and tells the room's sockets to fetch where it is behind.
 */
export class HeadSweep {
  readonly #options: HeadSweepOptions;

  constructor(options: HeadSweepOptions) {
    this.#options = options;
  }

  /** One sweep. Never rejects: without the database there is nothing to compare with. */
  async run(): Promise<void> {
    const { clock, delivery, localRoomIds, logger, readHeads } = this.#options;
    try {
      const roomIds = localRoomIds();
      const behind: Head[] = [];
      for (let start = 0; start < roomIds.length; start += ROOMS_PER_QUERY) {
        const heads = await readHeads(roomIds.slice(start, start + ROOMS_PER_QUERY));
        behind.push(
          ...heads.filter(({ roomId, rev }) => rev > (delivery.deliveredRev(roomId) ?? 0)),
        );
      }
      if (behind.length === 0) return;
      await new Promise<void>((resolve) => {
        clock.after(CONFIRM_AFTER_MS, resolve);
      });
      for (const head of behind) this.#announceIfStillBehind(head);
    } catch (error) {
      logger.warn({ err: error }, "head sweep failed");
    }
  }

  #announceIfStillBehind({ roomId, rev }: Head): void {
    const { delivery, emitHead } = this.#options;
    if (rev <= (delivery.deliveredRev(roomId) ?? 0)) return;
    emitHead(roomId, rev);
    delivery.advance(roomId, rev);
  }
}
