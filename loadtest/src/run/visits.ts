import type { ClientEventName, DataOf, RequestOf } from "@moim/protocol";
import type { RoomChanges } from "../clients/changes.ts";
import type { RawClient } from "../clients/raw-client.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import type { Ledger, SentRoom } from "./ledger.ts";
import type { Receiving, RoomStart } from "./receiving.ts";
import type { Tally } from "./tally.ts";

export type VisitsParts = {
  place: number;
  userId: string;
  /** Where this user comes and goes. */
  rooms: readonly SentRoom[];
  client: RawClient;
  receiving: Receiving;
  tally: Tally;
  ledger: Ledger;
  random: () => number;
  later(ms: number, run: () => void): void;
};

type ToldRoom = { id: string; rev: number; lastSeq: number };

const LEAVE_SHARE = 0.5;
const STAY_MS = { least: 300, more: 1_200 } as const;
/** What comes of a room before one is told of it, or after one has left it. */
const EARLY_PACKETS_MAX = 200;

/**
 * A guest's side of the rooms that others let it into and take it out of again: follows each while it is in it,
 * sometimes leaves by itself, and notes all that it gets to see, in it or not.
 */
export class Visits {
  readonly #parts: VisitsParts;
  readonly #rooms: ReadonlyMap<string, SentRoom>;
  readonly #inside = new Set<SentRoom>();
  readonly #early = new Map<string, RoomChanges[]>();
  #isOpen = false;

  constructor(parts: VisitsParts) {
    this.#parts = parts;
    this.#rooms = new Map(parts.rooms.map((room) => [room.roomId, room]));
  }

  /** Those that it is in now. */
  get inside(): readonly SentRoom[] {
    return [...this.#inside];
  }

  has(roomId: string): boolean {
    return this.#rooms.has(roomId);
  }

  /** While people talk, it may leave. */
  set isOpen(isOpen: boolean) {
    this.#isOpen = isOpen;
  }

  /** `room:added` */
  added({ id, rev, lastSeq }: ToldRoom): void {
    const room = this.#rooms.get(id);
    if (room === undefined) return;
    this.#enter(room, { roomId: id, rev, seq: lastSeq });
    void this.#lookBack(room);
    const { random, later } = this.#parts;
    if (random() < LEAVE_SHARE) {
      later(STAY_MS.least + random() * STAY_MS.more, () => void this.#leave(room));
    }
  }

  /** `room:removed` */
  removed(roomId: string): void {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return;
    this.#forget(room);
    void this.#ask(room);
  }

  /** On a new connection, or after the server has said that something may be missing. */
  recheck(): void {
    for (const room of this.#rooms.values()) {
      this.#forget(room);
      void this.#ask(room);
    }
  }

  /** Changes of a room that is not followed; false if it is none of these. */
  foreign(packet: RoomChanges): boolean {
    if (!this.#rooms.has(packet.roomId)) return false;
    const early = this.#early.get(packet.roomId) ?? [];
    this.#early.set(packet.roomId, early);
    early.push(packet);
    if (early.length > EARLY_PACKETS_MAX) early.shift();
    return true;
  }

  /** Whatever came of one of the rooms: whether it may is known when all workers are asked. */
  saw({ roomId, changes }: RoomChanges): void {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return;
    const gotMicros = machineMicros();
    for (const { key, intendedMicros } of changes) {
      if (key >= 0) this.#note(room, intendedMicros, gotMicros);
    }
  }

  #enter(room: SentRoom, start: RoomStart): void {
    const { receiving } = this.#parts;
    receiving.follow(start);
    this.#inside.add(room);
    const early = this.#early.get(room.roomId) ?? [];
    this.#early.delete(room.roomId);
    for (const packet of early) receiving.changes(packet);
  }

  #forget(room: SentRoom): void {
    this.#parts.receiving.forget(room.roomId);
    this.#inside.delete(room);
  }

  /** Whether it is in the room, as it finds out by asking. */
  async #ask(room: SentRoom): Promise<void> {
    const sinceMicros = machineMicros();
    const answer = await this.#request("room:get", { roomId: room.roomId });
    if (answer === undefined) return;
    this.#note(room, sinceMicros, machineMicros());
    if (this.#inside.has(room)) return;
    const { id, rev, lastSeq } = answer.room;
    this.#enter(room, { roomId: id, rev, seq: lastSeq });
  }

  /** Nothing of before one's invitation is to be seen. */
  async #lookBack({ roomId }: SentRoom): Promise<void> {
    const { userId, place, tally } = this.#parts;
    const page = await this.#request("message:page", { roomId });
    const invitation = page?.messages.findLast(
      ({ notice }) => notice?.type === "invited" && notice.userIds?.includes(userId),
    );
    if (page === undefined || invitation === undefined) return;
    const oldest = page.messages[0]?.seq ?? invitation.seq;
    if (oldest >= invitation.seq) return;
    const since = `was invited at ${invitation.seq}`;
    tally.violate("wrongRoom", `room ${roomId}: user ${place} ${since} and may read ${oldest}`);
  }

  async #leave(room: SentRoom): Promise<void> {
    if (!this.#isOpen || !this.#inside.has(room)) return;
    const { place: user, ledger, tally } = this.#parts;
    const askedMicros = machineMicros();
    const answer = await this.#request("room:leave", { roomId: room.roomId });
    if (answer === undefined) return;
    tally.counters.moves++;
    const toldMicros = machineMicros();
    ledger.moves.push({ room: room.index, user, isIn: false, askedMicros, toldMicros });
  }

  /** Undefined: refused, or without an answer. */
  #request<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<DataOf<Name> | undefined> {
    return this.#parts.client.request(name, request).catch(() => undefined);
  }

  #note({ index }: SentRoom, sinceMicros: number, gotMicros: number): void {
    this.#parts.ledger.sights.push({
      room: index,
      user: this.#parts.place,
      sinceMicros,
      gotMicros,
    });
  }
}
