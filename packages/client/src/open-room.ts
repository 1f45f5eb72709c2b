import type { Message } from "@moim/protocol";
import type { MembersView, OpenRoom, PendingMessage, Readable, TimelineView } from "./api.ts";
import type { RoomPeople } from "./rooms/people-in-rooms.ts";
import type { SignedIn } from "./signed-in.ts";
import type { RoomTimeline } from "./timeline/room-timeline.ts";

/** One use of a room, by one part of a page or program. */
export class OpenedRoom implements OpenRoom {
  readonly roomId: string;
  readonly #signedIn: SignedIn;
  readonly #timeline: RoomTimeline;
  readonly #people: RoomPeople;
  #isClosed = false;

  constructor(roomId: string, signedIn: SignedIn) {
    this.roomId = roomId;
    this.#signedIn = signedIn;
    this.#timeline = signedIn.timelines.open(roomId);
    this.#people = signedIn.people.open(roomId);
    signedIn.rooms.ensure(roomId);
    signedIn.users.refreshSoon();
  }

  get timeline(): Readable<TimelineView> {
    return this.#timeline.view;
  }

  get typing(): Readable<readonly string[]> {
    return this.#people.typing.view;
  }

  get members(): Readable<MembersView> {
    return this.#people.members;
  }

  async send(text: string, options: { replyTo?: number } = {}): Promise<PendingMessage> {
    // Whoever writes goes on from the newest message, also where another place is on its way.
    this.#timeline.wantNewest();
    const pending = await this.#signedIn.outbox.add(this.roomId, text, options.replyTo ?? null);
    this.#people.signal.sent();
    return pending;
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

  loadNewer(): Promise<void> {
    return this.#timeline.loadNewer();
  }

  showAround(seq: number): Promise<void> {
    return this.#timeline.showAround(seq);
  }

  showNewest(): Promise<void> {
    return this.#timeline.showNewest();
  }

  message(seq: number): Readable<Message | null | undefined> {
    return this.#timeline.message(seq);
  }

  async edit(seq: number, text: string): Promise<Message> {
    const { roomId } = this;
    return this.#taken(await this.#signedIn.command("message:edit", { roomId, seq, text }));
  }

  async delete(seq: number): Promise<Message> {
    const { roomId } = this;
    return this.#taken(await this.#signedIn.command("message:delete", { roomId, seq }));
  }

  async react(seq: number, emoji: string, on: boolean): Promise<Message> {
    const { roomId } = this;
    return this.#taken(await this.#signedIn.command("message:react", { roomId, seq, emoji, on }));
  }

  setTyping(typing: boolean): void {
    if (!this.#isClosed) this.#people.signal.set(typing);
  }

  async reload(): Promise<void> {
    this.#signedIn.rooms.ensure(this.roomId);
    await this.#timeline.reload();
  }

  dropOld(): void {
    this.#timeline.dropOld();
  }

  markRead(seq: number): void {
    this.#signedIn.rooms.markRead(this.roomId, seq);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signedIn.timelines.close(this.roomId);
    this.#signedIn.people.close(this.roomId);
  }

  /** The answer is the announcement's twin: whichever comes first is shown. */
  #taken({ message }: { message: Message }): Message {
    this.#signedIn.receive(this.roomId, [message]);
    return message;
  }
}
