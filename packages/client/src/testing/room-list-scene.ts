import type { RequestOf } from "@moim/protocol";
import { MoimError } from "../moim-error.ts";
import { RoomList } from "../rooms/room-list.ts";
import { FakeRequests } from "./fake-requests.ts";
import { ManualClock, settled } from "./manual-clock.ts";
import { ALICE, BOB } from "./messages.ts";
import { RoomListServer, type Told } from "./room-list-server.ts";

export const ROOM_IDS = ["a", "b", "c", "d", "e", "f"];
export type Step = { kind: string; room: string; pick: number };

const LOST = () => new MoimError("unavailable", "connection lost");

/** The list of one device of Alice's, who has another; what comes over its socket comes in order. */
export class RoomListScene {
  readonly clock = new ManualClock();
  readonly requests = new FakeRequests();
  readonly server: RoomListServer;
  readonly list: RoomList;
  readonly #pageSize: number;
  /** On their way to the device: what it is told, and answers, by when the server had read them. */
  #wire: { arrive(): void; cut(): void }[] = [];
  /** Read by the server, and not sent yet. */
  #answers: { send(): void; cut(): void }[] = [];
  readonly #unheard = new Set<string>();
  #losesNext = false;

  constructor(pageSize: number, openRooms: readonly string[]) {
    this.#pageSize = pageSize;
    this.server = new RoomListServer(ROOM_IDS, (told) => this.#tell(told));
    this.list = new RoomList({
      ownUserId: ALICE,
      requests: this.requests,
      clock: this.clock,
      random: () => 0.5,
      openRooms: () => openRooms,
      onChanged: () => {},
    });
    this.#wire = [];
    this.list.catchUp();
  }

  async run({ kind, room, pick }: Step): Promise<void> {
    if (kind === "say") this.server.say(room, pick === 0 ? ALICE : BOB);
    if (kind === "erase") this.server.erase(room, pick);
    if (kind === "read elsewhere") this.server.read(room, pick);
    if (kind === "mute elsewhere") this.server.mute(room, pick % 2 === 0);
    if (kind === "remove") this.server.remove(room);
    if (kind === "invite") this.server.invite(room);
    if (kind === "read") this.list.markRead(room, (this.list.get(room)?.lastSeq ?? 0) - (pick % 3));
    if (kind === "more") this.list.loadMore().catch(() => {});
    if (kind === "lose") this.#losesNext = true;
    if (kind === "handle") this.#handle(pick);
    if (kind === "answer") this.#answers.splice(pick % (this.#answers.length || 1), 1)[0]?.send();
    if (kind === "arrive") for (let count = 0; count <= pick % 3; count++) await this.#arrive();
    if (kind === "wait") await this.clock.advance(pick * 50);
    if (kind === "reconnect") this.#reconnect();
    await settled();
  }

  /** Lost announcements are told of, and everything is answered until nothing is asked for any more. */
  async heal(): Promise<void> {
    for (const roomId of this.#unheard) this.server.tellHead(roomId);
    for (let quietMs = 0; quietMs < 120_000; quietMs += 1_000) {
      while (this.requests.asked.length + this.#answers.length + this.#wire.length > 0) {
        quietMs = 0;
        this.#handle(0);
        this.#answers.shift()?.send();
        await this.#arrive();
      }
      await this.clock.advance(1_000);
      if (this.clock.now() > 100_000_000) throw new Error("it goes on asking");
    }
  }

  #tell(told: Told): void {
    const { name } = told;
    if (name === "room:changes" && this.#losesNext) {
      this.#losesNext = false;
      this.#unheard.add(told.payload.roomId);
      return;
    }
    this.#wire.push({ arrive: () => this.#hear(told), cut: () => {} });
  }

  #hear({ name, payload }: Told): void {
    if (name === "room:changes") this.list.receive(payload.roomId, payload.changes);
    if (name === "room:head") this.list.head(payload.roomId, payload.rev);
    if (name === "room:read") this.list.read(payload);
    if (name === "room:changed") this.list.changed(payload.room);
    if (name === "room:added") this.list.added(payload.room);
    if (name === "room:removed") this.list.removed(payload.roomId);
  }

  async #arrive(): Promise<void> {
    this.#wire.shift()?.arrive();
    await settled();
  }

  /** The server reads what one of the requests asks for. */
  #handle(pick: number): void {
    const { asked } = this.requests;
    const [request] = asked.splice(pick % (asked.length || 1), 1);
    if (!request) return;
    const answer = this.#answerTo(request.name, request.request);
    const arrive = () =>
      answer === undefined
        ? request.reject(new MoimError("not_found", "no such room"))
        : request.resolve(answer);
    const cut = () => request.reject(LOST());
    this.#answers.push({ send: () => this.#wire.push({ arrive, cut }), cut });
  }

  #answerTo(name: string, request: unknown): unknown {
    if (name === "room:list") {
      const { cursor } = request as RequestOf<"room:list">;
      return this.server.page(cursor, this.#pageSize);
    }
    if (name === "room:get") {
      const room = this.server.summary((request as RequestOf<"room:get">).roomId);
      return room && { room };
    }
    const { roomId, seq } = request as RequestOf<"room:read">;
    const readSeq = this.server.read(roomId, seq);
    return readSeq === undefined ? undefined : { readSeq, unreadTotal: 0 };
  }

  #reconnect(): void {
    const cut = [...this.#answers.splice(0), ...this.#wire.splice(0)];
    this.requests.cut();
    for (const each of cut) each.cut();
    this.list.catchUp();
  }
}
