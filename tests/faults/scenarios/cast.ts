import type { World } from "../faults/world.ts";
import type { Recorder } from "../history/recorder.ts";
import { Listener } from "../workload/listener.ts";
import type { HandedOn } from "../workload/load.ts";
import type { Minted } from "../workload/minted.ts";
import { Reader } from "../workload/reader.ts";
import { openBrowser, type Tab } from "../workload/tabs.ts";
import { Talker } from "../workload/talker.ts";
import { anotherSession, type Pool } from "./pool.ts";
import type { Scenario } from "./scenario.ts";

const TALKERS = 5;
const READY_WITHIN_MS = 20_000;
/** Members who come while the others talk: that they are there is told to whoever may know. */
const LATECOMERS = 2;
/** So many, of the last talkers, sign out at most. */
const SIGNING_OUT = 2;

export type Gathering = {
  world: World;
  pool: Pool;
  scenario: Scenario;
  recorder: Recorder;
  randomOf(name: string): () => number;
};

/** The people of one run of one scenario. */
export class Cast {
  /** Clients of the package. The first owns the rooms. */
  readonly talkers: Talker[] = [];
  /** Plain sockets: of a member who only listens, of the guest, of the last talker's session, and short-lived ones. */
  readonly listeners: Listener[] = [];
  /** In which people talk. */
  roomIds: string[] = [];
  /** Its owner leaves again and again, so that the next one has it. Nobody talks there. */
  handedOn: HandedOn = { roomId: "", heirs: [] };
  readonly #gathering: Gathering;
  readonly #onlyListening: Minted[] = [];
  readonly #latecomers: Minted[] = [];
  #guest: Talker | undefined;
  #reader: Reader | undefined;

  private constructor(gathering: Gathering) {
    this.#gathering = gathering;
  }

  static async gather(gathering: Gathering): Promise<Cast> {
    const cast = new Cast(gathering);
    try {
      await cast.#join();
      await cast.#makeRooms();
    } catch (error) {
      await cast.leave();
      throw error;
    }
    return cast;
  }

  /** Invited, removed, leaving, and back again. */
  get guest(): Talker {
    if (!this.#guest) throw new Error("there is no guest yet");
    return this.#guest;
  }

  get reader(): Reader {
    if (!this.#reader) throw new Error("there is no reader yet");
    return this.#reader;
  }

  get everybody(): Talker[] {
    return [...this.talkers, ...(this.#guest ? [this.#guest] : [])];
  }

  /** Latecomers come one after the other, the last of them before the time is over. */
  async openLate(withinMs: number, wait: (ms: number) => Promise<void>): Promise<void> {
    for (const [index, who] of this.#latecomers.entries()) {
      await wait(withinMs / (LATECOMERS + 1));
      this.#listen(`latecomer ${index + 1}`, who);
    }
  }

  async leave(): Promise<void> {
    for (const listener of this.listeners) listener.close();
    await this.#reader?.close();
    await Promise.all(this.everybody.map((talker) => talker.leave()));
  }

  async #join(): Promise<void> {
    const { pool, scenario, world } = this.#gathering;
    const { talkers: count = TALKERS, skewsMs = [], hasTwoTabs, expiringSeconds = [] } = scenario;
    const [member, guest, reading, ...others] = await pool.take(count + 3 + LATECOMERS);
    const talking = others.slice(LATECOMERS);
    const [last, second] = [talking.at(-1), talking[1]];
    this.#latecomers.push(...others.slice(0, LATECOMERS));
    if (!member || !guest || !reading || !last || !second) throw new Error("too few people");
    this.#guest = await this.#talker("guest", guest);
    const browser = openBrowser();
    for (const [index, who] of talking.entries()) {
      const tab = hasTwoTabs && who === second ? browser.newTab() : undefined;
      this.talkers.push(await this.#talker(`talker ${index + 1}`, who, skewsMs[index], tab));
    }
    if (hasTwoTabs) {
      const again = await anotherSession(world, second);
      const tab = browser.newTab();
      this.talkers.splice(2, 0, await this.#talker("talker 2's other tab", again, 0, tab));
    }
    const expiring = await Promise.all(expiringSeconds.map((ttl) => pool.takeExpiring(ttl)));
    this.#onlyListening.push(member, reading, ...this.#latecomers, ...expiring.flat());
    const { url } = world.cluster;
    const { recorder } = this.#gathering;
    this.#reader = await Reader.open({ recorder, client: "reader", minted: reading, url });
    const watches = others.map(({ userId }) => userId);
    this.#listen("plain member", member, watches);
    this.#listen("guest's plain socket", guest, watches);
    this.#listen(`talker ${count}'s plain socket`, last, [], true);
    for (const [index, who] of expiring.flat().entries())
      this.#listen(`expiring ${index + 1}`, who, [], true);
  }

  #talker(name: string, minted: Minted, skewMs = 0, shared?: Tab): Promise<Talker> {
    const { recorder, world, randomOf } = this.#gathering;
    const siteUrl = world.cluster.url;
    const random = randomOf(name);
    const more = shared ? { shared } : {};
    return Talker.join({ name, minted, recorder, siteUrl, random, skewMs, ...more });
  }

  #listen(
    client: string,
    minted: Minted,
    watches: readonly string[] = [],
    goesOnAsking = false,
  ): void {
    const { recorder, world } = this.#gathering;
    const { url } = world.cluster;
    const asking = goesOnAsking ? { asksOf: () => this.roomIds[0] } : {};
    this.listeners.push(new Listener({ recorder, client, minted, url, watches, ...asking }));
  }

  /** They join one after the other: who has been there for longer than whom is beyond doubt. */
  async #makeRoomToHandOn(): Promise<HandedOn> {
    const lasting = this.talkers.slice(0, -SIGNING_OUT);
    const isFirstTab = ({ userId }: Talker, index: number) =>
      lasting.findIndex((talker) => talker.userId === userId) === index;
    const heirs = lasting.filter(isFirstTab);
    const [owner, second, ...others] = heirs;
    if (!owner || !second) throw new Error("nobody to hand a room on to");
    const userIds = [second.userId];
    const roomId = await owner.moim.createGroup({ title: "handed on", userIds });
    for (const { userId } of others) await owner.moim.invite(roomId, [userId]);
    for (const talker of lasting) talker.lookAt(roomId);
    return { roomId, heirs };
  }

  /** The first talker's: a group of all, one of half of them, and a room with one of them alone. */
  async #makeRooms(): Promise<void> {
    const [owner, ...others] = this.talkers;
    if (!owner) throw new Error("nobody to own a room");
    await until(() =>
      this.everybody.every(({ moim }) => moim.connection.current.state === "ready"),
    );
    const userIds = [...new Set(others.map(({ userId }) => userId))];
    const listening = this.#onlyListening.map(({ userId }) => userId);
    const all = await owner.moim.createGroup({ title: "all", userIds: [...userIds, ...listening] });
    const half = userIds.slice(0, Math.ceil(userIds.length / 2));
    const some = await owner.moim.createGroup({ title: "some", userIds: half });
    const [first] = others;
    if (!first) throw new Error("nobody to talk with alone");
    // Both make it at once: it is one room, and listed from the first word on.
    const [direct] = await Promise.all([
      owner.moim.createDirect(first.userId),
      first.moim.createDirect(owner.userId),
    ]);
    await owner.moim.openRoom(direct).send("just between us");
    this.roomIds = [all, some, direct];
    this.handedOn = await this.#makeRoomToHandOn();
    await until(() =>
      this.talkers.every(({ rooms }) => rooms.get(all)?.timeline.current.state === "ready"),
    );
  }
}

async function until(fits: () => boolean): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!fits()) {
    if (Date.now() > deadline) throw new Error("the people did not get ready in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
