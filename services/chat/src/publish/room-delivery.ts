import type { Message } from "@moim/protocol";
import type { Clock } from "../clock.ts";

/** How long changes that came too early wait for those before them. */
const GAP_WAIT_MS = 100;

export type RoomDeliveryOptions = {
  clock: Clock;
  /** Whether a socket of this node is in the room. Only such rooms are remembered. */
  hasSockets(roomId: string): boolean;
  /**
   * Writes one `room:changes` to every socket of the room on this node, but for those that may not
   * see the changes: these are told of the new `rev` alone.
   */
  emit(roomId: string, delivery: Delivery): void;
  /**
   * What is missing may be that somebody left. Resolves once who left lately receives nothing here, or to
   * false where that is not known. Never rejects.
   */
  departuresHeeded(): Promise<boolean>;
  /** What came before these changes, the newest of which is `rev`, did not come in time. */
  onGap(roomId: string, rev: number): void;
};

/** One commit's changes of a room, in order of `rev`, without a gap; or a message sent again. */
export type Delivery = {
  changes: readonly Message[];
  commit: CommitStamp | undefined;
};

/**
 * When a commit's answer reached the node that made it, by that node's own clock. Where `from` is
 * another node, the time until now contains the difference between two machines' clocks: it is
 * measured apart from this node's own, and no less than 0. Undefined for what was stored before.
 */
export type CommitStamp = { at: number; from: "own" | "other" };

type RoomState = {
  deliveredRev: number;
  /** Early changes by their first `rev`; undefined until there are some, which most rooms never see. */
  early: Map<number, Delivery> | undefined;
  cancelWait: (() => void) | undefined;
};

/**
 * Puts a room's changes in order of `rev` before they reach this node's sockets. Two nodes that
 * commit to one room right after each other announce in any order; so do two transactions of one
 * node. Early changes wait a moment; if what is missing does not come, they are delivered all the
 * same, to those who are still members, and clients see the gap and fetch it.
 */
export class RoomDelivery {
  readonly #options: RoomDeliveryOptions;
  readonly #rooms = new Map<string, RoomState>();

  constructor(options: RoomDeliveryOptions) {
    this.#options = options;
  }

  /** One commit's changes, of this node or another. */
  deliver(roomId: string, delivery: Delivery): void {
    const { changes } = delivery;
    const first = changes[0];
    if (!first) return;
    const room = this.#rooms.get(roomId);
    if (!room) {
      this.begin(roomId, first.rev - 1);
      this.#emit(roomId, delivery);
    } else if (first.rev <= room.deliveredRev + 1) {
      this.#emit(roomId, delivery);
      this.#releaseEarly(roomId, room);
    } else {
      // A repeat may bring the first of a commit's changes alone: it must not displace the others.
      room.early ??= new Map();
      const held = room.early.get(first.rev)?.changes.length ?? 0;
      if (changes.length > held) room.early.set(first.rev, delivery);
      room.cancelWait ??= this.#options.clock.after(
        GAP_WAIT_MS,
        () => void this.#giveUp(roomId, room),
      );
    }
  }

  /** The newest `rev` delivered here; undefined before the first. */
  deliveredRev(roomId: string): number | undefined {
    return this.#rooms.get(roomId)?.deliveredRev;
  }

  /** The room's first socket is here, complete up to `rev`. Changes nothing for a room known already. */
  begin(roomId: string, rev: number): void {
    if (this.#rooms.has(roomId) || !this.#options.hasSockets(roomId)) return;
    this.#rooms.set(roomId, { deliveredRev: rev, early: undefined, cancelWait: undefined });
  }

  /** The room's sockets have been told to fetch up to `rev`, and whoever left by then is out. */
  advance(roomId: string, rev: number): void {
    this.begin(roomId, rev);
    const room = this.#rooms.get(roomId);
    if (!room || rev <= room.deliveredRev) return;
    room.deliveredRev = rev;
    this.#releaseEarly(roomId, room);
  }

  /** No socket of the room is left on this node. */
  forget(roomId: string): void {
    this.#rooms.get(roomId)?.cancelWait?.();
    this.#rooms.delete(roomId);
  }

  #emit(roomId: string, delivery: Delivery): void {
    this.#options.emit(roomId, delivery);
    const room = this.#rooms.get(roomId);
    const last = delivery.changes.at(-1);
    if (room && last && last.rev > room.deliveredRev) room.deliveredRev = last.rev;
  }

  #releaseEarly(roomId: string, room: RoomState): void {
    for (const [first, delivery] of inOrder(room.early)) {
      if (first > room.deliveredRev + 1) return;
      room.early?.delete(first);
      this.#emit(roomId, delivery);
    }
    room.early = undefined;
    room.cancelWait?.();
    room.cancelWait = undefined;
  }

  async #giveUp(roomId: string, room: RoomState): Promise<void> {
    const isHeeded = await this.#options.departuresHeeded();
    // Meanwhile the last socket may have left, or what was missing have come.
    if (this.#rooms.get(roomId) !== room || !room.early) return;
    const early = inOrder(room.early);
    room.cancelWait = undefined;
    room.early = undefined;
    // Otherwise members fetch what nobody else may see; and what follows is early, too, until that is known.
    if (isHeeded) for (const [, delivery] of early) this.#emit(roomId, delivery);
    const revs = early.map(([, { changes }]) => changes.at(-1)?.rev ?? 0);
    this.#options.onGap(roomId, Math.max(...revs));
  }
}

function inOrder(early: ReadonlyMap<number, Delivery> | undefined): [number, Delivery][] {
  return early ? [...early].sort(([a], [b]) => a - b) : [];
}
