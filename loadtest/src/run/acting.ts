import { changeOf, type WireChange } from "../clients/changes.ts";
import type { LoadClient, MessageChange } from "../clients/load-client.ts";
import type { RoomView } from "../receive/room-view.ts";
import type { Ledger, SentRoom } from "./ledger.ts";
import type { Tally } from "./tally.ts";

export type ActingParts = {
  place: number;
  userId: string;
  client: Pick<LoadClient, "change" | "read" | "typing">;
  tally: Tally;
  ledger: Ledger;
  random: () => number;
};

/** For each message that is sent. */
const SHARES = { read: 0.3, typing: 0.2, react: 0.15, edit: 0.1, delete: 0.04 } as const;
const EMOJI = ["👍", "😀", "🎉", "❤️"] as const;
/** Who edits or deletes, does so to one of so many own messages. */
const OWN_MAX = 8;
/** The message was deleted meanwhile: the server is right. */
const EXPECTED_CODE = "conflict";

type Own = { room: SentRoom; seq: number };

/** What a person does beside writing: reads, types, reacts, edits and deletes. */
export class Acting {
  readonly #parts: ActingParts;
  readonly #own: Own[] = [];
  #waiting = 0;
  #edits = 0;

  constructor(parts: ActingParts) {
    this.#parts = parts;
  }

  /** Changes without an answer. */
  get waiting(): number {
    return this.#waiting;
  }

  /** An own message that may be edited and deleted. */
  wrote(room: SentRoom, seq: number): void {
    this.#own.push({ room, seq });
    if (this.#own.length > OWN_MAX) this.#own.shift();
  }

  /** Whatever comes to this person's mind, in this room and with its own messages. */
  act(room: SentRoom, view: RoomView): void {
    const { client, tally, random } = this.#parts;
    const { roomId } = room;
    if (view.seq > view.startSeq && random() < SHARES.read) {
      tally.counters.reads++;
      client.read(roomId, view.seq);
    }
    if (random() < SHARES.typing) {
      tally.counters.typings++;
      client.typing(roomId);
    }
    if (view.lastTalkSeq > 0 && random() < SHARES.react) {
      const emoji = EMOJI[Math.floor(random() * EMOJI.length)] ?? EMOJI[0];
      const on = random() < 0.8;
      void this.#change(room, { what: "react", roomId, seq: view.lastTalkSeq, emoji, on });
    }
    if (random() < SHARES.edit) this.#edit();
    if (random() < SHARES.delete) this.#delete();
  }

  #edit(): void {
    const own = this.#own[Math.floor(this.#parts.random() * this.#own.length)];
    if (own === undefined) return;
    const { room, seq } = own;
    const text = `edit ${++this.#edits} by ${this.#parts.place}`;
    void this.#change(room, { what: "edit", roomId: room.roomId, seq, text });
  }

  #delete(): void {
    const at = Math.floor(this.#parts.random() * this.#own.length);
    const [own] = this.#own.splice(at, 1);
    if (own === undefined) return;
    const { room, seq } = own;
    void this.#change(room, { what: "delete", roomId: room.roomId, seq });
  }

  async #change(room: SentRoom, change: MessageChange): Promise<void> {
    const { client, tally, ledger } = this.#parts;
    this.#waiting++;
    try {
      const message = await client.change(change);
      tally.counters.changes++;
      const { seq, rev, state } = changeOf(message);
      ledger.changed.push({ room: room.index, seq, rev, state });
      if (this.#isDone(change, message)) return;
      const what = `room ${room.roomId}: the ${change.what} of message ${seq} was answered`;
      tally.violate("outOfOrder", `${what}, but does not show`);
    } catch (error) {
      // Without a code the connection has ended: whether it was stored is open.
      const code = (error as { code?: string }).code;
      if (code === undefined) tally.counters.changesCut++;
      else if (code !== EXPECTED_CODE) tally.error(`${change.what}: ${code}`);
    } finally {
      this.#waiting--;
    }
  }

  #isDone(change: MessageChange, message: WireChange): boolean {
    switch (change.what) {
      case "edit":
        return message.text === change.text;
      case "delete":
        return message.text === null && Boolean(message.deletedAt);
      case "react": {
        const mine = message.reactions?.find(({ emoji }) => emoji === change.emoji);
        return (mine?.userIds.includes(this.#parts.userId) ?? false) === change.on;
      }
    }
  }
}
