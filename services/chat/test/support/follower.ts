import { expect } from "vitest";
import type { TestClient } from "./client.ts";

const FIRST_HOLE_WITHIN = 10_000;

/** Does what the protocol asks of a client of one room: takes what comes, fetches when told. */
export class Follower {
  readonly client: TestClient;
  readonly #roomId: string;
  readonly #held = new Set<number>();
  #hasFetched = false;

  constructor(client: TestClient, roomId: string) {
    this.client = client;
    this.#roomId = roomId;
    for (const { rev } of client.changes(roomId)) this.#held.add(rev);
    client.socket.on("room:changes", (payload: { roomId: string; changes: { rev: number }[] }) => {
      if (payload.roomId === roomId) for (const { rev } of payload.changes) this.#held.add(rev);
    });
    client.socket.on("room:head", (payload: { roomId: string }) => {
      if (payload.roomId === roomId) void this.#fetch();
    });
    client.socket.on("resync", () => void this.#fetch());
  }

  /** The revs that it lacks, of those from 1 to `last`. */
  missing(last: number): number[] {
    return Array.from({ length: last }, (_, index) => index + 1).filter(
      (rev) => !this.#held.has(rev),
    );
  }

  /** All arrive up to `last`: live and in order, but for whom a busy node told to fetch what came too late. */
  async expectAll(last: number): Promise<void> {
    await expect.poll(() => this.missing(last)).toEqual([]);
    if (this.#hasFetched) return;
    const revs = this.client.changes(this.#roomId).map(({ rev }) => rev);
    expect(revs).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  }

  /** To its end, and again where the database did not answer in time. */
  async #fetch(): Promise<void> {
    this.#hasFetched = true;
    for (let isMore = true; isMore; ) {
      const rev = (this.missing(FIRST_HOLE_WITHIN)[0] ?? FIRST_HOLE_WITHIN) - 1;
      const request = { rooms: [{ roomId: this.#roomId, rev }] };
      // Its socket has gone: nobody waits for it any more.
      const answer = await this.client.insist("room:sync", request).catch(() => undefined);
      const room = answer?.rooms[0];
      if (!room || "gone" in room) return;
      for (const change of room.changes) this.#held.add(change.rev);
      isMore = room.more;
    }
  }
}
