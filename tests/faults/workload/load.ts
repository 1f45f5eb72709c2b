import { MoimError } from "@moim/client";
import type { Message } from "@moim/protocol";
import type { Talker } from "./talker.ts";

/** A group whose owner leaves, is invited again as the last one, and leaves when it is their turn. */
export type HandedOn = { roomId: string; heirs: readonly Talker[] };

export type LoadOptions = {
  /** The first owns the rooms. */
  talkers: readonly Talker[];
  /** Comes and goes: invited, removed, leaving by itself. */
  guest: Talker | undefined;
  /** All are in the first one, and some in the others. */
  roomIds: readonly string[];
  handedOn: HandedOn;
  randomOf: (name: string) => () => number;
  /** Between what one person does and what they do next, on average. */
  pauseMs: number;
  /** How many messages are written at once, now and then. */
  burst: number;
  /** Characters that each text has at least. */
  padding: number;
};

/** What a person may be told in the middle of a fault, or of somebody else's doing. */
const ORDINARY = new Set([
  ...["unavailable", "conflict", "rate_limited"],
  ...["token_expired", "session_revoked"],
]);
/** Whoever comes and goes may find the door closed. */
const ORDINARY_FOR_GUESTS = new Set([...ORDINARY, "not_found"]);
const EMOJIS = ["👍", "❤️", "🎉"];
const NEWEST = 12;
/** How many of the messages answer another. */
const ANSWERS = 0.25;

type Turn = { talker: Talker; random: () => number; count: number };

/** People who talk: they type, write, answer, change, delete, react, read, mute, rename, come and go, each at their own seeded pace. */
export class Load {
  /** Answers that no fault explains. */
  readonly unexpected: string[] = [];
  /** How often somebody was brought in or left. */
  guestMoves = 0;
  readonly #options: LoadOptions;
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  start(): void {
    const { talkers, guest, handedOn, randomOf } = this.#options;
    const talking = [...talkers, ...(guest ? [guest] : [])];
    const turns = talking.map((talker) => this.#talk(talker, randomOf(talker.client)));
    if (guest) turns.push(this.#moveGuest(guest, randomOf("guest's moves")));
    turns.push(this.#handOn(handedOn, randomOf("handing on")));
    this.#running = Promise.all(turns);
  }

  /** Resolves once everything that was begun has been answered or given up. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #talk(talker: Talker, random: () => number): Promise<void> {
    const turn = { talker, random, count: 0 };
    while (await this.#pause(random, this.#options.pauseMs)) {
      if (talker.isGone) return;
      const ordinary = talker === this.#options.guest ? ORDINARY_FOR_GUESTS : ORDINARY;
      await this.#tolerant(talker.client, ordinary, () => this.#act(turn));
    }
  }

  async #act(turn: Turn): Promise<void> {
    const { talker, random } = turn;
    const { roomIds, burst } = this.#options;
    const roomId = roomIds[random() < 0.7 ? 0 : Math.floor(random() * roomIds.length)] ?? "";
    const chance = random();
    if (chance < 0.68) {
      if (random() < 0.6) talker.rooms.get(roomId)?.setTyping(true);
      return this.#write(turn, roomId, 1);
    }
    if (chance < 0.72) return this.#write(turn, roomId, burst);
    const room = talker.rooms.get(roomId);
    const newest = newestOf(talker, roomId);
    const own = newest.filter(({ senderId }) => senderId === talker.userId);
    if (!room) return;
    if (chance < 0.8 && own[0])
      await room.edit(own[0].seq, `${talker.client} again ${turn.count++}`);
    else if (chance < 0.84 && own.at(-1)) await room.delete(own.at(-1)?.seq ?? 0);
    else if (chance < 0.92) await this.#react(turn, roomId, newest);
    else if (chance < 0.97) room.markRead(newest.at(-1)?.seq ?? 0);
    else if (chance < 0.985) await talker.moim.setMuted(roomId, random() < 0.5);
    else
      await talker.moim.rename(
        roomIds[0] ?? "",
        `as ${talker.client} says ${turn.count++}`.slice(0, 60),
      );
  }

  async #write(turn: Turn, roomId: string, times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      const text = `${turn.talker.client} ${turn.count++}`;
      const answered = answeredBy(turn, roomId);
      await turn.talker.write(roomId, text.padEnd(this.#options.padding, " 가나다"), answered);
    }
  }

  async #react({ talker, random }: Turn, roomId: string, newest: Message[]): Promise<void> {
    const message = newest[Math.floor(random() * newest.length)];
    const emoji = EMOJIS[Math.floor(random() * EMOJIS.length)];
    if (message && emoji) await talker.rooms.get(roomId)?.react(message.seq, emoji, random() < 0.7);
  }

  async #moveGuest(guest: Talker, random: () => number): Promise<void> {
    const { talkers, roomIds, pauseMs } = this.#options;
    const [owner] = talkers;
    const [roomId] = roomIds;
    if (!owner || !roomId) return;
    const moves = [
      () => owner.moim.invite(roomId, [guest.userId]),
      () => owner.moim.removeMember(roomId, guest.userId),
      () => owner.moim.invite(roomId, [guest.userId]),
      () => guest.moim.leave(roomId),
    ];
    for (let index = 0; await this.#pause(random, pauseMs * 3); index += 1) {
      const move = moves[index % moves.length];
      if (!move) continue;
      await this.#tolerant("moving the guest", ORDINARY_FOR_GUESTS, async () => {
        await move();
        this.guestMoves += 1;
      });
    }
  }

  async #handOn({ roomId, heirs }: HandedOn, random: () => number): Promise<void> {
    const pause = () => this.#pause(random, this.#options.pauseMs * 3);
    const tolerant = (work: () => Promise<unknown>) =>
      this.#tolerant("handing a room on", ORDINARY_FOR_GUESTS, work);
    for (let turn = 0; await pause(); turn += 1) {
      const [owner, ...others] = fromTurn(heirs, turn);
      if (!owner) return;
      await tolerant(() => owner.moim.leave(roomId));
      // Until all are in it again: a group that everybody has left is gone.
      for (let asking = 0; await pause(); asking += 1) {
        const inviting = others[asking % others.length];
        const userIds = heirs.flatMap(({ userId }) => (userId === inviting?.userId ? [] : userId));
        if (inviting && (await tolerant(() => inviting.moim.invite(roomId, userIds)))) break;
      }
    }
  }

  /** Resolves to whether it was done. */
  async #tolerant(
    what: string,
    ordinary: ReadonlySet<string>,
    work: () => Promise<unknown>,
  ): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const isOrdinary = error instanceof MoimError && ordinary.has(error.code);
      if (!isOrdinary)
        this.unexpected.push(`${what}: ${error instanceof Error ? error.stack : String(error)}`);
      return false;
    }
  }

  /** False once the load is to stop. */
  async #pause(random: () => number, meanMs: number): Promise<boolean> {
    const { signal } = this.#stop;
    if (signal.aborted) return false;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, random() * 2 * meanMs);
      signal.addEventListener("abort", end);
    });
    return !signal.aborted;
  }
}

function fromTurn<Item>(items: readonly Item[], turn: number): Item[] {
  const first = turn % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

/** Now and then somebody answers what stands on their screen. */
function answeredBy({ talker, random }: Turn, roomId: string): number | null {
  if (random() >= ANSWERS) return null;
  const newest = newestOf(talker, roomId);
  return newest[Math.floor(random() * newest.length)]?.seq ?? null;
}

function newestOf(talker: Talker, roomId: string): Message[] {
  const items = talker.rooms.get(roomId)?.timeline.current.items ?? [];
  return items
    .slice(-NEWEST)
    .flatMap((item) => (item.kind === "message" ? [item.message] : []))
    .filter(({ kind, deletedAt }) => kind === "text" && deletedAt === null);
}
