import { backoffMs } from "../backoff.ts";
import { AROUND_PAGE, TIMELINE_PAGE } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";
import { type Recording, Recordings } from "./recordings.ts";
import {
  fromNewestPage,
  fromPagesAround,
  messageAt,
  type Page,
  type Timeline,
  withHead,
  withNewerPage,
  withNewest,
  withOlderPage,
  withOldest,
} from "./timeline.ts";

export type RoomPagesParts = {
  roomId: string;
  requests: Requests;
  /** Waits for a connection, and repeats what got no answer. */
  patientRequests: Pick<Requests, "request">;
  clock: Clock;
  random: () => number;
  /** Messages held at the most. */
  messagesMax: number;
  held(): Timeline | null;
  /** Begun anew. `hasGap`: deliveries may have been missed since the page was asked for. */
  onLoaded(timeline: Timeline, hasGap: boolean): void;
  /** Longer by a page at one end; says nothing of what may be missing at the other. */
  onExtended(timeline: Timeline): void;
  onGone(): void;
  /** The first page is refused for good. */
  onRefused(): void;
  /** What is being loaded has changed. */
  onProgress(): void;
};

/** The newest page, or one around a `seq`. */
type Place = number | "newest";
type Pages = { newest: Page } | { older: Page; newer: Page };

/**
 * Reads pages of one room and fits them to what arrives meanwhile. One page in each direction at a
 * time; a jump ends the one before it.
 */
export class RoomPages {
  readonly recordings = new Recordings();
  readonly #parts: RoomPagesParts;
  #jump: { place: Place; done: Promise<void> } | null = null;
  /**
   * What has to be loaded, whatever else is wished for: it is under way, or next after the jump that is, or
   * waits for its next try. Ended by whatever is loaded.
   */
  #owed: Place | null = null;
  #older: Promise<void> | null = null;
  #newer: Promise<void> | null = null;
  /** Counts what ended everything: an answer to an earlier request is dropped. */
  #era = 0;
  #attempt = 0;
  /** Null while nothing waits for another try. */
  #cancelRetry: (() => void) | null = null;
  #isStopped = false;

  constructor(parts: RoomPagesParts) {
    this.#parts = parts;
  }

  get isLoadingOlder(): boolean {
    return this.#older !== null;
  }

  get isLoadingNewer(): boolean {
    return this.#newer !== null;
  }

  /** To another place than the newest message. */
  get isGoingElsewhere(): boolean {
    return typeof this.#jump?.place === "number" || typeof this.#owed === "number";
  }

  /**
   * Reads anew what is shown, or the newest page when nothing is; never rejects. Tried until something is
   * loaded, as long as there is a connection. Leaves a jump under way its turn, unless a `place` is named: that
   * jump ends then.
   */
  async loadAnew(place?: Place): Promise<void> {
    this.#endRetry();
    this.#owed = place ?? this.#owed ?? this.#placeShown();
    const isJoined = place === undefined || this.#jump?.place === place;
    const joined = isJoined ? this.#jump?.done : undefined;
    await (joined ?? this.#jumpTo(this.#owed, this.#parts.requests)).catch(() => {});
  }

  /**
   * Resolves once the message is held, or another jump has begun; rejects with `not_found` when it may not be
   * seen.
   */
  showAround(seq: number): Promise<void> {
    return this.#goTo(seq, messageAt(this.#parts.held(), seq) !== undefined);
  }

  showNewest(): Promise<void> {
    return this.#goTo("newest", this.#parts.held()?.hasNewer === false);
  }

  /** Rejects with `MoimError` when the page could not be had; calling again is fine. */
  loadOlder(): Promise<void> {
    this.#older ??= this.#loadOlder().finally(() => {
      this.#older = null;
      this.#parts.onProgress();
    });
    this.#parts.onProgress();
    return this.#older;
  }

  /** As `loadOlder`. */
  loadNewer(): Promise<void> {
    this.#newer ??= this.#loadNewer().finally(() => {
      this.#newer = null;
      this.#parts.onProgress();
    });
    this.#parts.onProgress();
    return this.#newer;
  }

  /** What was asked for before is dropped when it comes. */
  giveUp(): void {
    this.#era++;
    this.#clear();
  }

  stop(): void {
    this.#isStopped = true;
    this.giveUp();
  }

  #placeShown(): Place {
    const held = this.#parts.held();
    const middle = held?.messages[Math.floor(held.messages.length / 2)];
    return held?.hasNewer && middle ? middle.seq : "newest";
  }

  async #goTo(place: Place, isHeld: boolean): Promise<void> {
    if (isHeld && !this.#jump && this.#owed === null) return;
    // What has to be loaded anew is loaded where somebody wants to be.
    if (isHeld && this.#owed !== null) this.#owed = place;
    await (this.#jump?.place === place
      ? this.#jump.done
      : this.#jumpTo(place, this.#parts.patientRequests));
  }

  #jumpTo(place: Place, requests: Pick<Requests, "request">): Promise<void> {
    const jump: { place: Place; done: Promise<void> } = { place, done: Promise.resolve() };
    this.#jump = jump;
    jump.done = this.#read(place, requests, () => this.#jump === jump && !this.#isStopped);
    return jump.done;
  }

  async #read(
    place: Place,
    requests: Pick<Requests, "request">,
    isCurrent: () => boolean,
  ): Promise<void> {
    await this.recordings.during(async (recording) => {
      const pages = await this.#readPages(place, requests).catch((caught: unknown) => {
        // Nobody waits for this place any more.
        if (!isCurrent()) return null;
        this.#failed(MoimError.from(caught), place);
        throw caught;
      });
      if (pages && isCurrent()) this.#loaded(pages, recording);
    });
  }

  #loaded(pages: Pages, { changes, head, hasGap }: Recording): void {
    const loaded =
      "newest" in pages
        ? fromNewestPage(pages.newest, changes)
        : fromPagesAround(pages.older, pages.newer, changes);
    this.#attempt = 0;
    this.#clear();
    this.#parts.onLoaded(withHead(loaded, head), hasGap);
  }

  async #readPages(place: Place, requests: Pick<Requests, "request">): Promise<Pages> {
    const { roomId } = this.#parts;
    if (place === "newest") {
      return { newest: await requests.request("message:page", { roomId, limit: TIMELINE_PAGE }) };
    }
    const [older, newer] = await Promise.all([
      requests.request("message:page", { roomId, before: place + 1, limit: AROUND_PAGE }),
      requests.request("message:page", { roomId, after: place, limit: AROUND_PAGE }),
    ]);
    if (older.messages.at(-1)?.seq !== place) throw new MoimError("not_found", "no such message");
    return { older, newer };
  }

  /** Of a jump that was wished for hears who wished it; what has to be loaded is all the same. */
  #failed(error: MoimError, place: Place): void {
    this.#jump = null;
    // Nothing is shown yet: somebody has to load something.
    this.#owed ??= this.#parts.held() ? null : "newest";
    if (this.#owed === null || this.#cancelRetry) return;
    if (error.retryable) this.#tryLater(error);
    else if (place !== this.#owed) void this.loadAnew();
    else this.#refused(error, place);
  }

  #tryLater({ retryAfterMs = 0 }: MoimError): void {
    const { requests, clock, random } = this.#parts;
    if (requests.isReady()) {
      const waitMs = Math.max(backoffMs(this.#attempt++, random), retryAfterMs);
      this.#cancelRetry = clock.after(waitMs, () => void this.loadAnew());
    } else {
      // The next connection begins anew.
      this.#clear();
    }
  }

  #refused({ code }: MoimError, place: Place): void {
    const { held, onGone, onRefused } = this.#parts;
    if (code !== "not_found") {
      this.#clear();
      if (!held()) onRefused();
    } else if (place === "newest") {
      onGone();
    } else {
      // What was shown is not to be had any more, or the whole room is not.
      void this.loadAnew("newest");
    }
  }

  /** Nothing is under way, nor has to be loaded. */
  #clear(): void {
    this.#jump = null;
    this.#owed = null;
    this.#endRetry();
  }

  #endRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  async #loadOlder(): Promise<void> {
    const { roomId, requests, held, onExtended, messagesMax } = this.#parts;
    const era = this.#era;
    const before = held()?.messages[0]?.seq;
    if (before === undefined || !held()?.hasOlder) return;
    await this.recordings.during(async ({ changes }) => {
      const page = await requests.request("message:page", { roomId, before, limit: TIMELINE_PAGE });
      const timeline = held();
      if (!timeline || era !== this.#era) return;
      const longer = withOlderPage(timeline, before, page, changes);
      onExtended(withOldest(longer, messagesMax));
    });
  }

  async #loadNewer(): Promise<void> {
    const { roomId, requests, held, onExtended, messagesMax } = this.#parts;
    const era = this.#era;
    const after = held()?.messages.at(-1)?.seq;
    if (after === undefined || !held()?.hasNewer) return;
    await this.recordings.during(async ({ changes }) => {
      const page = await requests.request("message:page", { roomId, after, limit: TIMELINE_PAGE });
      const timeline = held();
      if (!timeline || era !== this.#era) return;
      const longer = withNewerPage(timeline, after, page, changes);
      onExtended(withNewest(longer, messagesMax));
    });
  }
}
