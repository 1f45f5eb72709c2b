import type { Change } from "../clients/changes.ts";
import { fingerprint } from "./fingerprint.ts";
import type { FirstStates } from "./first-states.ts";
import { Gaps } from "./gaps.ts";

/** What a receiver noticed; the first four are violations, whenever they happen. */
export type Noticed = {
  /** A change did not come, and within `UNTOLD_GAP_MS` the server did not say that there was one. */
  silentGap(rev: number, roomId: string): void;
  /** A change came after a later one, and the server had not said that it would. */
  outOfOrder(rev: number, roomId: string): void;
  /** A message that was sent to another room, or a change of a room that one is not in. */
  wrongRoom(roomId: string): void;
  /** A change came twice on one connection. A violation, unless its sender has repeated the message. */
  repeated(change: Change, roomId: string): void;
  /** New to this receiver; `how` it came. */
  taken(change: Change, how: "live" | "fetched"): void;
};

export type RoomViewStart = {
  roomId: string;
  roomTag: number;
  /** The room's newest change and message when this receiver's time begins. */
  rev: number;
  seq: number;
  /** Shared by all receivers of the room in this process. */
  first: FirstStates;
};

/**
 * What one receiver holds of one room: the client's half of the contract as far as it can be checked
 * without keeping messages. It holds every change up to `rev`; what came too early waits until the gap
 * before it is closed, by the late change itself or by fetching. A receiver fetches when the server
 * tells it to and at no other time, so that a gap which the server does not know of is found.
 */
export class RoomView {
  readonly roomId: string;
  readonly #roomTag: number;
  readonly #first: FirstStates;
  /** Changes up to here were before this receiver's time, whenever they are announced. */
  readonly #startRev: number;
  /** The newest message of that time: how it and those before it look is not followed. */
  readonly startSeq: number;
  /** Complete up to here. */
  rev: number;
  /** The newest message held. */
  seq: number;
  /** The newest one that a person wrote; 0 before the first. */
  lastTalkSeq = 0;
  /** Of messages, with notices, since `startSeq`. */
  count = 0;
  /** Of `fingerprint` of each of them as it is now: equal sums are equal messages, whatever way they came. */
  sum = 0;
  /** Too far behind to be told one by one: sum and count say nothing any more. */
  isReset = false;
  /** The newest change that came live on this connection. */
  #liveRev: number;
  readonly #gaps = new Gaps();
  /** What was held when this connection began, and of it what has come on it all the same. */
  #heldRev = 0;
  #heldAgain: Set<number> | undefined;
  #early: Map<number, Change> | undefined;
  /** Messages that an answer left out: changed meanwhile, they come with a later change. */
  #holes: Set<number> | undefined;
  /** Fetching on a new connection: until that is done, what comes before the rest is no gap to be told of. */
  #isCatchingUp = false;
  /** By `seq`: where they differ from the `first` ones. */
  #states: Map<number, number> | undefined;

  constructor({ roomId, roomTag, rev, seq, first }: RoomViewStart) {
    this.roomId = roomId;
    this.#roomTag = roomTag;
    this.#first = first;
    this.#startRev = rev;
    this.startSeq = seq;
    this.rev = rev;
    this.seq = seq;
    this.#liveRev = rev;
  }

  /**
   * The connection has ended: whatever comes on the next one comes anew, also what another node is late with
   * and this receiver holds already. What the old one missed is fetched, and no gap any more.
   */
  disconnected(): void {
    this.#liveRev = this.rev;
    this.#heldRev = this.rev;
    this.#heldAgain = undefined;
    this.#isCatchingUp = true;
    this.#early = undefined;
    this.#gaps.clear();
  }

  /** The server says by itself that something is missing: `room:head`, `resync`. */
  told(): void {
    this.#gaps.told();
  }

  /** One change of a `room:changes`. */
  live(change: Change, nowMs: number, noticed: Noticed): void {
    const { rev } = change;
    if (rev <= this.#startRev) return;
    if (rev <= this.#heldRev) {
      this.#heldAgain ??= new Set();
      if (this.#heldAgain.has(rev)) noticed.repeated(change, this.roomId);
      this.#heldAgain.add(rev);
      return;
    }
    if (rev <= this.#liveRev) {
      this.#again(change, noticed);
      return;
    }
    for (let missing = this.#liveRev + 1; missing < rev; missing++) {
      const isFetched = missing <= this.rev;
      this.#gaps.open(missing, { sinceMs: nowMs, isTold: this.#isCatchingUp, isFetched });
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
    let lastRev = -1;
    for (const change of changes) {
      if (change.rev === lastRev) noticed.repeated(change, this.roomId);
      else if (change.rev < lastRev) noticed.outOfOrder(change.rev, this.roomId);
      else if (change.rev > this.rev) {
        const isNew = change.seq > heldSeq && !seen.has(change.seq);
        if (isNew || this.#holes?.delete(change.seq)) this.#count(change, "fetched", noticed);
        else this.#alter(change);
        seen.add(change.seq);
      }
      lastRev = change.rev;
    }
    for (let seq = heldSeq + 1; seq < this.seq; seq++) {
      if (seen.has(seq)) continue;
      this.#holes ??= new Set();
      this.#holes.add(seq);
    }
    this.#advance(rev, noticed);
  }

  /**
   * What a client shows that orders and fetches by itself: message after message, each once. A changed
   * one shows again under its number.
   */
  shown(change: Change, noticed: Noticed): void {
    if (change.seq <= this.startSeq) return;
    this.rev = Math.max(this.rev, change.rev);
    if (change.seq <= this.seq) {
      this.#alter(change);
      return;
    }
    for (let missing = this.seq + 1; missing < change.seq; missing++)
      noticed.silentGap(missing, this.roomId);
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
    const overdue = this.#gaps.takeOverdue(nowMs);
    for (const rev of overdue) noticed.silentGap(rev, this.roomId);
    return overdue.length > 0;
  }

  #advance(rev: number, noticed: Noticed): void {
    this.#isCatchingUp = false;
    if (rev <= this.rev) return;
    this.rev = rev;
    this.#gaps.fetchedUpTo(rev);
    for (const early of this.#early?.keys() ?? []) if (early <= rev) this.#early?.delete(early);
    this.#takeEarly(noticed);
  }

  #again(change: Change, noticed: Noticed): void {
    const gap = this.#gaps.close(change.rev);
    if (gap === undefined) {
      noticed.repeated(change, this.roomId);
      return;
    }
    if (gap.isFetched) return;
    if (!gap.isTold) noticed.outOfOrder(change.rev, this.roomId);
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
    const isFilled = this.#holes?.delete(change.seq) ?? false;
    if (change.seq <= this.seq && !isFilled) {
      this.#alter(change);
      return;
    }
    // New messages are numbered one by one.
    if (change.seq > this.seq + 1) noticed.outOfOrder(change.rev, this.roomId);
    this.#count(change, how, noticed);
  }

  #count(change: Change, how: "live" | "fetched", noticed: Noticed): void {
    if (change.key >= 0 && change.roomTag !== this.#roomTag) noticed.wrongRoom(this.roomId);
    const { seq, key, state } = change;
    this.seq = Math.max(this.seq, seq);
    if (key >= 0) this.lastTalkSeq = Math.max(this.lastTalkSeq, seq);
    this.count++;
    this.sum = (this.sum + fingerprint(seq, key, state)) | 0;
    if (this.#first.of(seq, state) !== state) this.#differ(seq, state);
    noticed.taken(change, how);
  }

  /** A message that is held already is another one now. */
  #alter({ seq, key, state }: Change): void {
    if (seq <= this.startSeq) return;
    const before = this.#states?.get(seq) ?? this.#first.of(seq, state);
    this.sum = (this.sum - fingerprint(seq, key, before) + fingerprint(seq, key, state)) | 0;
    this.#differ(seq, state);
  }

  #differ(seq: number, state: number): void {
    this.#states ??= new Map();
    this.#states.set(seq, state);
  }
}
