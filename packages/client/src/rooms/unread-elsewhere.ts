import type { Message, RoomSummary } from "@moim/protocol";
import { isNews } from "./room-entry.ts";

/**
 * How much is unread in rooms that are further back than the list reaches, and not known otherwise: what is
 * left of the server's total without those that are known.
 */
export class UnreadElsewhere {
  readonly #ownUserId: string;
  /** What was said in rooms that are not known yet: it is not among these. */
  readonly #heard = new Map<string, Set<number>>();
  /** Less than none where rooms are known of which the list will say that they are no part of it. */
  #count = 0;

  constructor(ownUserId: string) {
    this.#ownUserId = ownUserId;
  }

  get count(): number {
    return Math.max(0, this.#count);
  }

  /** By the server's total over all rooms, those known included. */
  told(total: number, known: readonly RoomSummary[]): void {
    this.#heard.clear();
    this.#count = total - unreadOf(known);
  }

  /** Which rooms the list holds is settled. */
  settle(): void {
    this.#count = this.count;
  }

  /** In a room that is not known yet. */
  hear(roomId: string, changes: readonly Message[]): void {
    const seqs = this.#heard.get(roomId) ?? new Set();
    this.#heard.set(roomId, seqs);
    for (const change of changes) if (isNews(change, this.#ownUserId)) seqs.add(change.seq);
  }

  /** From now on this room is known. */
  learn({ id, readSeq, lastSeq, unread }: RoomSummary): void {
    const heard = [...(this.#heard.get(id) ?? [])].filter((seq) => seq > readSeq && seq <= lastSeq);
    this.#heard.delete(id);
    const before = Math.max(0, unread - heard.length);
    this.#count = Math.max(0, this.#count - before);
  }

  /** A room that is further back is known no longer. */
  add(unread: number): void {
    this.#count += unread;
  }

  forget(roomId: string): void {
    this.#heard.delete(roomId);
  }
}

export function unreadOf(rooms: readonly RoomSummary[]): number {
  return rooms.reduce((sum, { unread }) => sum + unread, 0);
}
