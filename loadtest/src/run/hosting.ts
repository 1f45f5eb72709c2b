import type { RawClient } from "../clients/raw-client.ts";
import { Refused } from "../clients/raw-client.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import type { Ledger, SentRoom } from "./ledger.ts";
import type { Tally } from "./tally.ts";
import type { Guest } from "./tasks.ts";

/** A room of one's own with those who come to it and go. */
export type Hosted = { room: SentRoom; guests: readonly Guest[] };

export type HostingParts = {
  client: Pick<RawClient, "request">;
  tally: Tally;
  ledger: Ledger;
  random: () => number;
  wait(ms: number): Promise<void>;
};

/** Everything is answered within 5 s; what was asked for on a connection that ended comes about by then, or never. */
const UNANSWERED_MICROS = 10_000_000;
const PAUSE_MS = { least: 200, more: 800 } as const;

/** An owner's side of visits: lets guests in and takes them out again, until it is told to stop. */
export class Hosting {
  readonly #parts: HostingParts;
  readonly #inside = new Set<Guest>();
  #isOpen = false;

  constructor(parts: HostingParts) {
    this.#parts = parts;
  }

  /** Resolves once `close` was called and what was under way then is over. */
  async host(hosted: readonly Hosted[]): Promise<void> {
    this.#isOpen = true;
    await Promise.all(hosted.map((one) => this.#hostOne(one)));
  }

  close(): void {
    this.#isOpen = false;
  }

  async #hostOne({ room, guests }: Hosted): Promise<void> {
    const { random, wait } = this.#parts;
    while (true) {
      await wait(PAUSE_MS.least + random() * PAUSE_MS.more);
      const guest = guests[Math.floor(random() * guests.length)];
      if (!this.#isOpen || guest === undefined) return;
      if (this.#inside.has(guest)) await this.#remove(room, guest);
      else await this.#invite(room, guest);
    }
  }

  async #invite(room: SentRoom, guest: Guest): Promise<void> {
    const { client, ledger, tally } = this.#parts;
    const askedMicros = machineMicros();
    const request = { roomId: room.roomId, userIds: [guest.userId] };
    let toldMicros: number;
    try {
      await client.request("room:invite", request);
      toldMicros = machineMicros();
    } catch (error) {
      if (error instanceof Refused) return;
      // The connection has ended: it may have come about, now or a little later.
      toldMicros = askedMicros + UNANSWERED_MICROS;
    }
    this.#inside.add(guest);
    tally.counters.moves++;
    const move = { room: room.index, user: guest.place, isIn: true };
    ledger.moves.push({ ...move, askedMicros, toldMicros });
  }

  async #remove(room: SentRoom, guest: Guest): Promise<void> {
    const { client, ledger, tally } = this.#parts;
    const askedMicros = machineMicros();
    const request = { roomId: room.roomId, userId: guest.userId };
    try {
      await client.request("room:remove", request);
    } catch (error) {
      // It has left by itself, which it says itself; without an answer nobody knows.
      if (error instanceof Refused && error.code === "not_found") this.#inside.delete(guest);
      return;
    }
    this.#inside.delete(guest);
    tally.counters.moves++;
    const move = { room: room.index, user: guest.place, isIn: false, askedMicros };
    ledger.moves.push({ ...move, toldMicros: machineMicros() });
  }
}
