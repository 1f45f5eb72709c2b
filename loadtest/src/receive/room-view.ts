import type { Change } from "../clients/changes.ts";

/**
 * After a lost announcement the server says so within 5 s (guarantee 4 of the protocol). Later than
 * this, with a second for busy machines, a gap is one that nobody would have noticed: a loss.
 */
export const UNTOLD_GAP_MS = 6_000;

/** What a receiver noticed; the first four are violations, whenever they happen. */
export type Noticed = {
  /** A change did not come, and within `UNTOLD_GAP_MS` the server did not say that there was one. */
  silentGap(rev: number): void;
  /** A change came after a later one, and the server had not said that it would. */
  outOfOrder(rev: number): void;
  /** A message that was sent to another room, or a change of a room that one is not in. */
  wrongRoom(): void;
  /** A change came twice on one connection. A violation, unless its sender has repeated the message. */
  repeated(key: number): void;
  /** New to this receiver; `how` it came. */
  taken(change: Change, how: "live" | "fetched"): void;
};

type Gap = { sinceMs: number; isTold: boolean };

/**
 * What one receiver holds of one room: the client's half of the contract as far as it can be checked
 * without keeping messages. It holds every change up to `rev`; what came too early waits until the gap
 * before it is closed, by the late change itself or by fetching. A receiver fetches when the server
 * tells it to and at no other time, so that a gap which the server does not know of is found.
 */
export class RoomView {
  readonly roomId: string;
  readonly #roomTag: number;
  /** Complete up to here. */
  rev: number;
  /** The newest message held. */
  seq: number;
  /** Of messages, with notices, since the beginning of the run. */
  count = 0;
  /** Of `fingerprint` of each of them: equal sums are equal messages, whatever way they came. */
  sum = 0;
  /** Too far behind to be told one by one: sum and count say nothing any more. */
  isReset = false;
  /** The newest change that came live on this connection. */
  #liveRev: number;
  #gaps: Map<number, Gap> | undefined;
  #early: Map<number, Change> | undefined;

  constructor(roomId: string, roomTag: number, rev: number, seq: number) {
    this.roomId = roomId;
    this.#roomTag = roomTag;
    this.rev = rev;
    this.seq = seq;
    this.#liveRev = rev;
  }

  /** Changes are missing before some that have come. */
  get hasGap(): boolean {
    return this.#gaps !== undefined && this.#gaps.size > 0;
  }

  /** A new connection is subscribed: whatever is announced from now on comes on it. */
  reconnected(): void {
    this.#liveRev = this.rev;
    // What came early on the old one is fetched with the rest; what was missing is no gap any more.
    this.#early = undefined;
    this.#gaps = undefined;
  }

  /** The server says by itself that something is missing: `room:head`, `resync`. */
  told(): void {
    for (const gap of this.#gaps?.values() ?? []) gap.isTold = true;
  }

  /** One change of a `room:changes`. */
  live(change: Change, nowMs: number, noticed: Noticed): void {
    const { rev } = change;
    if (rev <= this.#liveRev) {
      this.#again(change, noticed);
      return;
    }
    for (let missing = Math.max(this.#liveRev, this.rev) + 1; missing < rev; missing++) {
      this.#gaps ??= new Map();
      this.#gaps.set(missing, { sinceMs: nowMs, isTold: false });
    }
    this.#liveRev = rev;
    // Fetched before it came.
    if (rev <= this.rev) return;
    if (rev === this.rev + 1) {
      this.#take(change, "live", noticed);
      this.#takeEarly(noticed);
      return;
    }
    this.#early ??= new Map();
    this.#early.set(rev, change);
  }

  /**
   * The whole answer to a fetch, over all of its pages: the newest change of each message that changed,
   * up to `rev`.
   */
  fetched(changes: readonly Change[], rev: number, noticed: Noticed): void {
    const heldSeq = this.seq;
    const seen = new Set<number>();
    for (const change of changes) {
      if (change.rev <= this.rev || change.seq <= heldSeq || seen.has(change.seq)) continue;
      seen.add(change.seq);
      this.#count(change, "fetched", noticed);
    }
    this.#advance(rev, noticed);
  }

  /**
   * What a client shows that orders and fetches by itself: message after message, each once. An edited
   * one shows again under its number.
   */
  shown(change: Change, noticed: Noticed): void {
    this.rev = Math.max(this.rev, change.rev);
    if (change.seq <= this.seq) return;
    for (let missing = this.seq + 1; missing < change.seq; missing++) noticed.silentGap(missing);
    this.#count(change, "live", noticed);
  }

  /** The server does not tell the changes one by one any more: only its newest state. */
  reset(rev: number, seq: number, noticed: Noticed): void {
    this.isReset = true;
    this.seq = Math.max(this.seq, seq);
    this.#advance(rev, noticed);
  }

  /** Reports each gap of which the server has kept silent for too long; true if there was one. */
  checkGaps(nowMs: number, noticed: Noticed): boolean {
    let found = false;
    for (const [rev, gap] of this.#gaps ?? []) {
      if (gap.isTold || nowMs - gap.sinceMs < UNTOLD_GAP_MS) continue;
      gap.isTold = true;
      found = true;
      noticed.silentGap(rev);
    }
    return found;
  }

  #advance(rev: number, noticed: Noticed): void {
    if (rev <= this.rev) return;
    this.rev = rev;
    for (const missing of this.#gaps?.keys() ?? []) {
      if (missing <= rev) this.#gaps?.delete(missing);
    }
    for (const early of this.#early?.keys() ?? []) if (early <= rev) this.#early?.delete(early);
    this.#takeEarly(noticed);
  }

  #again(change: Change, noticed: Noticed): void {
    const gap = this.#gaps?.get(change.rev);
    if (gap === undefined) {
      noticed.repeated(change.key);
      return;
    }
    if (!gap.isTold) noticed.outOfOrder(change.rev);
    this.#gaps?.delete(change.rev);
    if (change.rev === this.rev + 1) {
      this.#take(change, "live", noticed);
      this.#takeEarly(noticed);
    } else if (change.rev > this.rev) this.#early?.set(change.rev, change);
  }

  #takeEarly(noticed: Noticed): void {
    for (let next = this.#early?.get(this.rev + 1); next; next = this.#early?.get(this.rev + 1)) {
      this.#early?.delete(next.rev);
      this.#take(next, "live", noticed);
    }
  }

  #take(change: Change, how: "live" | "fetched", noticed: Noticed): void {
    this.rev = change.rev;
    if (change.seq <= this.seq) return;
    // New messages are numbered one by one.
    if (change.seq !== this.seq + 1) noticed.outOfOrder(change.rev);
    this.#count(change, how, noticed);
  }

  #count(change: Change, how: "live" | "fetched", noticed: Noticed): void {
    if (change.key >= 0 && change.roomTag !== this.#roomTag) noticed.wrongRoom();
    this.seq = Math.max(this.seq, change.seq);
    this.count++;
    this.sum = (this.sum + fingerprint(change.seq, change.key)) | 0;
    noticed.taken(change, how);
  }
}

/** 32 bits of a message's place and identity, mixed so that sums of them do not cancel out. */
export function fingerprint(seq: number, key: number): number {
  let mixed = Math.imul(seq, 0x9e37_79b1) ^ Math.imul(key % 2 ** 32, 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ Math.floor(key / 2 ** 32), 0x2c1b_3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a_2d39);
  return mixed ^ (mixed >>> 15);
}
