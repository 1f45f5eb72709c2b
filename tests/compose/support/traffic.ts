import type { OpenRoom, TimelineView } from "@moim/client";
import { type Member, newMember, nodeOf, until } from "./people.ts";

/** The gateway lets 10 connections a second through from one address; so many come at first. */
const ARRIVAL_MS = 150;

export type TrafficShape = {
  readonly rooms: number;
  readonly membersPerRoom: number;
  /** Between two messages of one member. */
  readonly everyMs: number;
};

/** One member's way from one node to the next. */
export type Move = { readonly lostAt: number; readonly backAt: number };

/** What everybody sees in the end. */
export type Verdict = {
  readonly sent: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Rooms whose members do not all see the same order. */
  readonly divided: number;
};

type Room = { readonly members: readonly Talker[]; readonly sent: string[] };
type Talker = { readonly member: Member; readonly room: OpenRoom };

/** Groups of people who talk all the time, each message with a text of its own. */
export class Traffic {
  readonly members: readonly Member[];
  readonly #rooms: readonly Room[];
  readonly #moves: Move[] = [];
  #timers: NodeJS.Timeout[] = [];
  #count = 0;

  private constructor(rooms: readonly Room[]) {
    this.#rooms = rooms;
    this.members = rooms.flatMap((room) => room.members.map(({ member }) => member));
    for (const member of this.members) this.#watch(member);
  }

  static async gather(url: string, shape: TrafficShape): Promise<Traffic> {
    const rooms: Room[] = [];
    for (let index = 0; index < shape.rooms; index += 1) {
      const members: Member[] = [];
      for (let place = 0; place < shape.membersPerRoom; place += 1) {
        members.push(await newMember(url));
        await new Promise((resolve) => setTimeout(resolve, ARRIVAL_MS));
      }
      rooms.push({ members: await openRoom(members), sent: [] });
    }
    return new Traffic(rooms);
  }

  begin(everyMs: number): void {
    for (const room of this.#rooms) {
      for (const { member, room: open } of room.members) {
        const say = () => {
          const text = `${member.nickname} says ${this.#count++}`;
          room.sent.push(text);
          void open.send(text);
        };
        this.#timers.push(setInterval(say, everyMs));
      }
    }
  }

  /** Stops, waits until nothing is under way, and compares every screen with what was sent. */
  async finish(): Promise<Verdict> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    let divided = 0;
    const lost: string[] = [];
    const doubled: string[] = [];
    for (const { members, sent } of this.#rooms) {
      const screens = await Promise.all(members.map(({ room }) => settled(room, sent.length)));
      if (new Set(screens.map((screen) => screen.join("\n"))).size > 1) divided += 1;
      for (const screen of screens) {
        const seen = new Set(screen);
        lost.push(...sent.filter((text) => !seen.has(text)));
        doubled.push(...screen.filter((text, index) => screen.indexOf(text) !== index));
      }
    }
    const sent = this.#rooms.reduce((sum, room) => sum + room.sent.length, 0);
    return { sent, lost, doubled, divided };
  }

  /** All since the last call. */
  takeMoves(): Move[] {
    return this.#moves.splice(0);
  }

  nodes(): Set<string | undefined> {
    return new Set(this.members.map(nodeOf));
  }

  async leave(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await Promise.all(this.members.map(({ client }) => client.stop()));
  }

  #watch({ client }: Member): void {
    let lostAt: number | undefined;
    client.connection.subscribe(({ state }) => {
      if (state !== "ready") {
        lostAt ??= Date.now();
        return;
      }
      if (lostAt !== undefined) this.#moves.push({ lostAt, backAt: Date.now() });
      lostAt = undefined;
    });
  }
}

async function openRoom(members: readonly Member[]): Promise<Talker[]> {
  const [first, ...others] = members;
  if (first === undefined) throw new Error("a room needs members");
  const roomId = await first.client.createGroup({ userIds: others.map(({ userId }) => userId) });
  const talkers = members.map((member) => ({ member, room: member.client.openRoom(roomId) }));
  await Promise.all(talkers.map(({ room }) => until(room.timeline, isReady)));
  return talkers;
}

function isReady({ state }: TimelineView): boolean {
  return state === "ready";
}

/** The confirmed texts once nothing waits any more and all have come, or after long enough. */
async function settled({ timeline }: OpenRoom, count: number): Promise<string[]> {
  const isSettled = (view: TimelineView) =>
    textsOf(view).length >= count && view.items.every(({ kind }) => kind === "message");
  await until(timeline, isSettled).catch(() => {});
  return textsOf(timeline.current);
}

function textsOf({ items }: TimelineView): string[] {
  return items.flatMap((item) =>
    item.kind === "message" && item.message.text !== null ? [item.message.text] : [],
  );
}
