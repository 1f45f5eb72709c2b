import type { ClientEventName, DataOf, Message, RequestOf, SyncedRoom } from "@moim/protocol";
import type { Readable } from "../api.ts";
import { Timelines } from "../timeline/timelines.ts";
import { FakeRequests } from "./fake-requests.ts";
import { ManualClock, settled } from "./manual-clock.ts";
import { ALICE, BOB, message, ROOM_ID } from "./messages.ts";

const PAGE = 4;
export const SYNC_CHANGES = 3;
export const SYNC_BEHIND = 7;
export const QUOTED = [2, 7, 15];
type Step = { kind: string; pick: number };

/** What a server does with one room, in small numbers so that every border is met. */
export class RoomServer {
  readonly messages: Message[] = [];
  rev = 0;
  historyFromSeq: number;

  constructor(historyFromSeq: number) {
    this.historyFromSeq = historyFromSeq;
  }

  send(): Message {
    const seq = this.messages.length + 1;
    const sent = message({ seq, rev: ++this.rev, senderId: seq % 2 ? ALICE : BOB });
    this.messages.push(sent);
    return sent;
  }

  change(pick: number): Message | undefined {
    const index = this.messages.length ? pick % this.messages.length : -1;
    const old = this.messages[index];
    if (!old) return undefined;
    const rev = ++this.rev;
    const changed = { ...old, rev, text: `changed at ${rev}`, editedAt: rev };
    this.messages[index] = changed;
    return changed;
  }

  visible(): Message[] {
    return this.messages.filter(({ seq }) => seq >= this.historyFromSeq);
  }

  page({ before = Number.POSITIVE_INFINITY, after }: { before?: number; after?: number }) {
    if (after !== undefined) {
      const newer = this.visible().filter(({ seq }) => seq > after);
      return { messages: newer.slice(0, PAGE), rev: this.rev, hasMore: newer.length > PAGE };
    }
    const older = this.visible().filter(({ seq }) => seq < before);
    return { messages: older.slice(-PAGE), rev: this.rev, hasMore: older.length > PAGE };
  }

  sync(roomId: string, rev: number): SyncedRoom {
    const missing = this.visible()
      .filter((held) => held.rev > rev)
      .sort((one, other) => one.rev - other.rev);
    if (this.rev - rev > SYNC_BEHIND) {
      return { roomId, rev: this.rev, changes: [], more: false, reset: true };
    }
    const changes = missing.slice(0, SYNC_CHANGES);
    const more = missing.length > SYNC_CHANGES;
    const upTo = more ? (changes.at(-1)?.rev ?? rev) : this.rev;
    return { roomId, rev: upTo, changes, more, reset: false };
  }
}

/** A room's timeline, its server, and a network in between that a test plays with. */
export class RoomScene {
  readonly clock = new ManualClock();
  readonly requests = new FakeRequests();
  readonly server: RoomServer;
  timelines: Timelines;
  quotes: Readable<Message | null | undefined>[] = [];
  readonly #messagesMax: number;
  readonly announced: Message[][] = [];
  readonly delivered: Message[][] = [];
  readonly answers: (() => void)[] = [];
  /** Some delivery on a live connection did not take place: the server's promise is then to say where it stands. */
  hasLost = false;
  /** Whoever reads here has jumped since they wrote last, or has never written. */
  isElsewhere = true;
  /** What had been committed when the connection was made. */
  revAtConnect = 0;

  constructor(historyFromSeq: number, messagesBefore: number, messagesMax = 1_000) {
    this.server = new RoomServer(historyFromSeq);
    for (let count = 0; count < messagesBefore; count++) this.server.send();
    this.#messagesMax = messagesMax;
    this.timelines = this.#page();
  }

  #page(): Timelines {
    const timelines = new Timelines({
      ownUserId: ALICE,
      requests: this.requests,
      patientRequests: { request: (name, request) => this.#patiently(name, request) },
      clock: this.clock,
      random: () => 0.5,
      messagesMax: this.#messagesMax,
      onHeld: () => {},
      onGone: () => {},
      pending: () => [],
      room: () => null,
      roomIsCurrent: () => true,
    });
    timelines.open(ROOM_ID);
    return timelines;
  }

  /** Quotes are looked at from now on. */
  withQuotes(): this {
    const timeline = this.timelines.open(ROOM_ID);
    this.quotes = QUOTED.map((seq) => timeline.message(seq));
    for (const quote of this.quotes) quote.subscribe(() => {});
    return this;
  }

  /** Nobody waits for a quote: it is asked for until it is there. Jumps are given up, so that they fail, too. */
  async #patiently<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<DataOf<Name>> {
    try {
      return await this.requests.request(name, request);
    } catch (error) {
      if (!("limit" in request) || request.limit !== 1) throw error;
      return this.#patiently(name, request);
    }
  }

  /** The page is closed and opened again, with what is left of last time; then it is connected. */
  reopen(): void {
    const left = new Map(this.timelines.toRemember().map((each) => [each.roomId, each]));
    this.timelines.stop();
    this.announced.length = 0;
    this.answers.length = 0;
    this.requests.cut();
    this.timelines = this.#page();
    this.timelines.remember(left);
    if (this.quotes.length > 0) this.withQuotes();
    this.#connected();
  }

  get view() {
    const timeline = this.timelines.get(ROOM_ID);
    if (!timeline) throw new Error("not held");
    return timeline.view.current;
  }

  /** What this member may not see is a gap that only the server can explain. */
  announce(change: Message | undefined): void {
    if (!change) return;
    if (change.seq >= this.server.historyFromSeq) this.announced.push([change]);
    else this.hasLost = true;
  }

  deliver(packet: Message[] | undefined): void {
    if (!packet) return;
    this.delivered.push(packet);
    this.timelines.receive(ROOM_ID, packet);
  }

  /** The server reads now; when the answer arrives is another matter. */
  handle(pick: number): void {
    const [asked] = this.requests.asked.splice(pick % Math.max(1, this.requests.asked.length), 1);
    if (!asked) return;
    if (asked.name === "message:page") {
      const page = this.server.page(asked.request as RequestOf<"message:page">);
      this.answers.push(() => asked.resolve(page));
    } else {
      const { rooms } = asked.request as RequestOf<"room:sync">;
      const answer = { rooms: rooms.map(({ roomId, rev }) => this.server.sync(roomId, rev)) };
      this.answers.push(() => asked.resolve(answer));
    }
  }

  reconnect(): void {
    // Answers that were on their way are lost too; their requests count as unanswered.
    for (const answer of this.answers.splice(0)) answer();
    // No loss that needs telling: what is committed by now, the next sync must bring.
    this.announced.length = 0;
    this.requests.cut();
    this.#connected();
  }

  #connected(): void {
    this.revAtConnect = this.server.rev;
    this.timelines.catchUp();
  }

  async run(step: Step): Promise<void> {
    const at = (list: readonly unknown[]) => (list.length ? step.pick % list.length : 0);
    switch (step.kind) {
      case "send":
        this.announce(this.server.send());
        break;
      case "change":
        this.announce(this.server.change(step.pick));
        break;
      case "deliver":
        this.deliver(this.announced.splice(at(this.announced), 1)[0]);
        break;
      case "lose":
        if (this.announced.splice(at(this.announced), 1).length > 0) this.hasLost = true;
        break;
      case "repeat":
        this.deliver(this.delivered[at(this.delivered)]);
        break;
      case "handle":
        this.handle(step.pick);
        break;
      case "answer":
        this.answers.splice(at(this.answers), 1)[0]?.();
        break;
      case "refuse":
        this.requests.cut();
        break;
      case "reconnect":
        this.reconnect();
        break;
      case "reopen":
        this.reopen();
        break;
      case "head":
        this.timelines.get(ROOM_ID)?.head(this.server.rev);
        break;
      case "older":
        this.timelines
          .get(ROOM_ID)
          ?.loadOlder()
          .catch(() => {});
        break;
      case "newer":
        this.timelines
          .get(ROOM_ID)
          ?.loadNewer()
          .catch(() => {});
        break;
      case "jump":
        this.isElsewhere = true;
        this.timelines
          .get(ROOM_ID)
          ?.showAround(step.pick)
          .catch(() => {});
        break;
      case "toNewest":
        this.timelines
          .get(ROOM_ID)
          ?.showNewest()
          .catch(() => {});
        break;
      case "write":
        this.timelines.get(ROOM_ID)?.wantNewest();
        this.isElsewhere = false;
        break;
      case "wait":
        await this.clock.advance(step.pick * 20);
    }
    await settled();
  }

  /** The network is well again: everything arrives, or the server says where it stands. */
  async heal(): Promise<void> {
    for (const packet of this.announced.splice(0)) this.deliver(packet);
    if (this.hasLost) this.timelines.get(ROOM_ID)?.head(this.server.rev);
    for (let round = 0; round < 60; round++) {
      await this.clock.advance(2_000);
      while (this.requests.asked.length > 0) this.handle(0);
      for (const answer of this.answers.splice(0)) answer();
      await settled();
    }
  }

  /** Everything asked for is answered at once. */
  async during(loading: Promise<void> | undefined): Promise<void> {
    await settled();
    while (this.requests.asked.length > 0) this.handle(0);
    for (const answer of this.answers.splice(0)) answer();
    await loading;
  }

  /** What of the server's messages lies within the window. */
  shownOf(all: readonly Message[]): Message[] {
    const shown = messagesOf(this);
    const [first, last] = [shown[0]?.seq ?? 0, shown.at(-1)?.seq ?? 0];
    return all.filter(
      ({ seq }) => (seq >= first || !this.view.hasOlder) && (seq <= last || !this.view.hasNewer),
    );
  }

  async loadEverything(): Promise<void> {
    const timeline = this.timelines.get(ROOM_ID);
    for (let page = 0; page < 60 && this.view.hasNewer; page++) {
      await this.during(timeline?.loadNewer());
    }
    for (let page = 0; page < 60 && this.view.hasOlder; page++) {
      await this.during(timeline?.loadOlder());
    }
  }
}

export function messagesOf(scene: RoomScene): Message[] {
  return scene.view.items.flatMap((item) => (item.kind === "message" ? [item.message] : []));
}
