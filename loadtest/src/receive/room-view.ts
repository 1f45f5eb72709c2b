import type { Change } from "../clients/changes.ts";
import { Arrivals } from "./arrivals.ts";
import type { FirstStates } from "./first-states.ts";
import { HeldMessages } from "./held-messages.ts";

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
  taken(change: Change, how: Way): void;
};

/** `filled`: an earlier answer had left it out, because it was changed just then. */
export type Way = "live" | "fetched" | "filled";

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
  /** Changes up to here were before this receiver's time, whenever they are announced. */
  readonly #startRev: number;
  readonly #messages: HeldMessages;
  /** Complete up to here. */
  rev: number;
  /** Too far behind to be told one by one: sum and count say nothing any more. */
  isReset = false;
  readonly #arrivals: Arrivals;
  /** Came before what is missing between. */
  #early: Map<number, Change> | undefined;

  constructor({ roomId, roomTag, rev, seq, first }: RoomViewStart) {
    this.roomId = roomId;
    this.#roomTag = roomTag;
    this.#startRev = rev;
    this.#messages = new HeldMessages(seq, first);
    this.rev = rev;
    this.#arrivals = new Arrivals(rev);
  }

  get startSeq(): number {
    return this.#messages.startSeq;
  }

  get seq(): number {
    return this.#messages.seq;
  }

  get lastTalkSeq(): number {
    return this.#messages.lastTalkSeq;
  }

  get count(): number {
    return this.#messages.count;
  }

  get sum(): number {
    return this.#messages.sum;
  }

  /**
   * The connection has ended: whatever comes on the next one comes anew, also what another node is late with
   * and this receiver holds already.
   */
  disconnected(): void {
    this.#arrivals.restart(this.rev);
    this.#early = undefined;
  }

  /** The server says by itself that something is missing: `room:head`, `resync`. */
  told(): void {
    this.#arrivals.told();
  }

  /** Its reader had stopped reading. */
  readAgain(nowMs: number): void {
    this.#arrivals.readAgain(nowMs);
  }

  /** One change of a `room:changes`. */
  live(change: Change, nowMs: number, noticed: Noticed): void {
    const { rev } = change;
    if (rev <= this.#startRev) return;
    const arrival = this.#arrivals.come(rev, this.rev, nowMs);
    if (arrival === "repeated") noticed.repeated(change, this.roomId);
    if (arrival === "late") noticed.outOfOrder(rev, this.roomId);
    if (arrival === "repeated" || arrival === "held") return;
    if (rev === this.rev + 1) {
      this.#take(change, "live", noticed);
      this.#takeEarly(noticed);
    } else if (rev > this.rev) {
      this.#early ??= new Map();
      this.#early.set(rev, change);
    }
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
        if (isNew) this.#count(change, "fetched", noticed);
        else if (this.#messages.fillHole(change.seq)) this.#count(change, "filled", noticed);
        else this.#messages.alter(change);
        seen.add(change.seq);
      }
      lastRev = change.rev;
    }
    for (let seq = heldSeq + 1; seq < this.seq; seq++) {
      if (!seen.has(seq)) this.#messages.leaveHole(seq);
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
      this.#messages.alter(change);
      return;
    }
    for (let missing = this.seq + 1; missing < change.seq; missing++)
      noticed.silentGap(missing, this.roomId);
    this.#count(change, "live", noticed);
  }

  /** The server does not tell the changes one by one any more: only its newest state. */
  reset(rev: number, seq: number, noticed: Noticed): void {
    this.isReset = true;
    this.#messages.skipTo(seq);
    this.#advance(rev, noticed);
  }

  /** Reports each gap of which the server has kept silent for too long; true if there was one. */
  checkGaps(nowMs: number, noticed: Noticed): boolean {
    const overdue = this.#arrivals.takeOverdue(nowMs);
    for (const rev of overdue) noticed.silentGap(rev, this.roomId);
    return overdue.length > 0;
  }

  #advance(rev: number, noticed: Noticed): void {
    const isNew = rev > this.rev;
    this.#arrivals.fetchedUpTo(isNew ? rev : undefined);
    if (!isNew) return;
    this.rev = rev;
    for (const early of this.#early?.keys() ?? []) if (early <= rev) this.#early?.delete(early);
    this.#takeEarly(noticed);
  }

  #takeEarly(noticed: Noticed): void {
    for (let next = this.#early?.get(this.rev + 1); next; next = this.#early?.get(this.rev + 1)) {
      this.#early?.delete(next.rev);
      this.#take(next, "live", noticed);
    }
  }

  #take(change: Change, how: Way, noticed: Noticed): void {
    this.rev = change.rev;
    const isFilled = this.#messages.fillHole(change.seq);
    if (change.seq <= this.seq && !isFilled) {
      this.#messages.alter(change);
      return;
    }
    // New messages are numbered one by one.
    if (change.seq > this.seq + 1) noticed.outOfOrder(change.rev, this.roomId);
    this.#count(change, how, noticed);
  }

  #count(change: Change, how: Way, noticed: Noticed): void {
    if (change.key >= 0 && change.roomTag !== this.#roomTag) noticed.wrongRoom(this.roomId);
    this.#messages.add(change);
    noticed.taken(change, how);
  }
}
