import { backoffMs } from "../backoff.ts";
import { AROUND_PAGE, TIMELINE_PAGE } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";
import { Recordings } from "./recordings.ts";
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

/**
 * Reads pages of one room and fits them to what arrives meanwhile. One page in each direction at a
 * time; a jump ends the one before it.
 */
export class RoomPages {
  readonly recordings = new Recordings();
  readonly #parts: RoomPagesParts;
  #jump: { place: Place; done: Promise<void> } | null = null;
  #older: Promise<void> | null = null;
  #newer: Promise<void> | null = null;
  /** Counts what ended everything: an answer to an earlier request is dropped. */
  #era = 0;
  #attempt = 0;
  #cancelRetry: () => void = () => {};
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

  /**
   * Reads anew what is shown, or the newest page when nothing is; never rejects. Joins a jump under
   * way. Tried again as long as there is a connection.
   */
  async loadAnew(place: Place = this.#placeShown()): Promise<void> {
    this.#cancelRetry();
    if (this.#jump) return void (await this.#jump.done.catch(() => {}));
    try {
      await this.#jumpTo(place, this.#parts.requests);
    } catch (caught) {
      this.#afterFailure(MoimError.from(caught), place);
    }
  }

  /** Resolves once the message is held; rejects with `not_found` when it may not be seen. */
  async showAround(seq: number): Promise<void> {
    if (this.#jump || !messageAt(this.#parts.held(), seq)) await this.#jumpByWish(seq);
  }

  async showNewest(): Promise<void> {
    if (this.#jump || this.#parts.held()?.hasNewer !== false) await this.#jumpByWish("newest");
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
    this.#cancelRetry();
    this.#era++;
    this.#jump = null;
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

  async #jumpByWish(place: Place): Promise<void> {
    if (this.#jump?.place === place) return this.#jump.done;
    try {
      await this.#jumpTo(place, this.#parts.patientRequests);
    } catch (error) {
      // Nothing is shown yet: somebody has to load something.
      if (!this.#parts.held()) void this.loadAnew();
      throw error;
    }
  }

  #jumpTo(place: Place, requests: Pick<Requests, "request">): Promise<void> {
    const jump: { place: Place; done: Promise<void> } = { place, done: Promise.resolve() };
    this.#jump = jump;
    const isCurrent = () => this.#jump === jump && !this.#isStopped;
    jump.done = this.#read(place, requests, isCurrent).finally(() => {
      if (this.#jump === jump) this.#jump = null;
    });
    return jump.done;
  }

  async #read(
    place: Place,
    requests: Pick<Requests, "request">,
    isCurrent: () => boolean,
  ): Promise<void> {
    await this.recordings.during(async (recording) => {
      const pages = await this.#readPages(place, requests).catch((error: unknown) => {
        // Nobody waits for this place any more.
        if (!isCurrent()) return null;
        throw error;
      });
      if (!pages || !isCurrent()) return;
      const loaded =
        "newest" in pages
          ? fromNewestPage(pages.newest, recording.changes)
          : fromPagesAround(pages.older, pages.newer, recording.changes);
      this.#attempt = 0;
      this.#parts.onLoaded(withHead(loaded, recording.head), recording.hasGap);
    });
  }

  async #readPages(
    place: Place,
    requests: Pick<Requests, "request">,
  ): Promise<{ newest: Page } | { older: Page; newer: Page }> {
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

  #afterFailure(error: MoimError, place: Place): void {
    const { requests, clock, random, held, onGone, onRefused } = this.#parts;
    if (this.#isStopped || this.#jump) return;
    if (error.code === "not_found") {
      // What was shown is not to be had any more, or the whole room is not.
      if (place === "newest") onGone();
      else void this.loadAnew("newest");
      return;
    }
    if (!error.retryable) {
      if (!held()) onRefused();
      return;
    }
    // Without a connection the next one begins anew.
    if (!requests.isReady()) return;
    const waitMs = Math.max(backoffMs(this.#attempt++, random), error.retryAfterMs ?? 0);
    this.#cancelRetry();
    this.#cancelRetry = clock.after(waitMs, () => void this.loadAnew());
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
