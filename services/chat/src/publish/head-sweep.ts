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
  /** As in `RoomDelivery`. */
  departuresHeeded(): Promise<boolean>;
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
    const { clock, localRoomIds, logger, readHeads } = this.#options;
    try {
      const roomIds = localRoomIds();
      const behind: Head[] = [];
      for (let start = 0; start < roomIds.length; start += ROOMS_PER_QUERY) {
        const heads = await readHeads(roomIds.slice(start, start + ROOMS_PER_QUERY));
        behind.push(...heads.filter((head) => this.#isBehind(head)));
      }
      if (behind.length === 0) return;
      await new Promise<void>((resolve) => {
        clock.after(CONFIRM_AFTER_MS, resolve);
      });
      await this.#announce(behind.filter((head) => this.#isBehind(head)));
    } catch (error) {
      logger.warn({ err: error }, "head sweep failed");
    }
  }

  /**
   * What was lost may be that somebody left: the room goes on from there once they are out. Until that is
   * known, what follows finds the gap still there.
   */
  async #announce(behind: readonly Head[]): Promise<void> {
    const { delivery, departuresHeeded, emitHead } = this.#options;
    if (behind.length === 0) return;
    for (const { roomId, rev } of behind) emitHead(roomId, rev);
    if (!(await departuresHeeded())) return;
    for (const { roomId, rev } of behind) delivery.advance(roomId, rev);
  }

  #isBehind({ roomId, rev }: Head): boolean {
    return rev > (this.#options.delivery.deliveredRev(roomId) ?? 0);
  }
}
