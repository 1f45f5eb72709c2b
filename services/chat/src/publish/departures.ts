import type { PayloadOf } from "@moim/protocol";

/** Word of a join that comes later than so many departures is left to `MembershipRepair`. */
const DEPARTURES_MAX = 10_000;

/**
 * Somebody left a group with its change `rev`, noted at the place `seq`; or a direct room, of which these were the newest:
 * whoever comes back sees what is after them.
 */
export type Departure = { roomId: string; userId: string; rev: number; seq: number };

/** As whoever has left is told of it. */
export type Removal = Departure & { reason: PayloadOf<"room:removed">["reason"] };

/**
 * Who left which room lately, and when in the room's own time. Two nodes tell of a join and of the
 * departure after it in any order: what is told of the past must not bring anybody back.
 */
export class Departures {
  readonly #revs = new Map<string, number>();

  note({ roomId, userId, rev }: Pick<Departure, "roomId" | "userId" | "rev">): void {
    const key = keyOf(roomId, userId);
    const newest = Math.max(rev, this.#revs.get(key) ?? 0);
    // Behind the others: the oldest are forgotten first.
    this.#revs.delete(key);
    this.#revs.set(key, newest);
    if (this.#revs.size <= DEPARTURES_MAX) return;
    for (const oldest of this.#revs.keys()) {
      this.#revs.delete(oldest);
      return;
    }
  }

  /** Whether the user has left again since the room stood at `rev`, as far as is known here. */
  isSince(roomId: string, userId: string, rev: number): boolean {
    return (this.#revs.get(keyOf(roomId, userId)) ?? 0) > rev;
  }
}

function keyOf(roomId: string, userId: string): string {
  return `${roomId} ${userId}`;
}
