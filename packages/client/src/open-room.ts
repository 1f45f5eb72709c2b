import type { OpenRoom, PendingMessage, Readable, TimelineView } from "./api.ts";
import type { SignedIn } from "./signed-in.ts";
import type { RoomTimeline } from "./timeline/room-timeline.ts";

/** One use of a room, by one part of a page or program. */
export class OpenedRoom implements OpenRoom {
  readonly roomId: string;
  readonly #signedIn: SignedIn;
  readonly #timeline: RoomTimeline;
  #isClosed = false;

  constructor(roomId: string, signedIn: SignedIn) {
    this.roomId = roomId;
    this.#signedIn = signedIn;
    this.#timeline = signedIn.timelines.open(roomId);
    signedIn.rooms.ensure(roomId);
  }

  get timeline(): Readable<TimelineView> {
    return this.#timeline.view;
  }

  send(text: string, options: { replyTo?: number } = {}): Promise<PendingMessage> {
    return this.#signedIn.outbox.add(this.roomId, text, options.replyTo ?? null);
  }

  retry(clientId: string): Promise<void> {
    return this.#signedIn.outbox.retry(this.roomId, clientId);
  }

  discard(clientId: string): Promise<void> {
    return this.#signedIn.outbox.discard(this.roomId, clientId);
  }

  loadOlder(): Promise<void> {
    return this.#timeline.loadOlder();
  }

  async reload(): Promise<void> {
    this.#signedIn.rooms.ensure(this.roomId);
    await this.#timeline.reload();
  }

  markRead(seq: number): void {
    this.#signedIn.rooms.markRead(this.roomId, seq);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signedIn.timelines.close(this.roomId);
  }
}
