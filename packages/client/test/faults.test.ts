import { type Cluster, type Network, seededRandom, startCluster, TcpProxy } from "@moim/local";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OpenRoom } from "../src/index.ts";
import { newPerson, type Person, pendingOf, textsOf, until } from "./support/people.ts";

/** What a failing seed did is in the error; run it alone to see it again. */
const SEEDS = [20_261_122, 5];
const STEPS = 36;
const STEP_MS_MAX = 350;
const NETWORKS: readonly Network[] = [
  ...(["well", "well", "slow", "answers lost", "half-open", "down"] as const),
];

let cluster: Cluster;
const proxies: TcpProxy[] = [];
beforeAll(async () => {
  cluster = await startCluster({
    nodes: 2,
    connectionsPerSecond: 1_000,
    connectionsBurst: 1_000,
    environment: { ACCESS_TOKEN_TTL_SECONDS: "5" },
  });
  for (let count = 0; count < 2; count++) proxies.push(await TcpProxy.start(cluster.url));
}, 180_000);
afterAll(async () => {
  for (const proxy of proxies) await proxy.stop();
  await cluster?.stop();
});

type Talker = { name: string; person: Person; room: OpenRoom; proxy: TcpProxy | undefined };

/** Alice and Bob each behind a network of their own, Carol on a good one. */
async function talkers(): Promise<Talker[]> {
  const [alice, bob] = proxies;
  const people = await Promise.all(
    [alice, bob, undefined].map((proxy) => newPerson(proxy?.url ?? cluster.url)),
  );
  const [first, ...others] = people;
  const userIds = others.map(({ userId }) => userId);
  const roomId = (await first?.client.createGroup({ userIds })) ?? "";
  return people.map((person, index) => ({
    name: ["alice", "bob", "carol"][index] ?? "",
    person,
    room: person.client.openRoom(roomId),
    proxy: [alice, bob][index],
  }));
}

/** Somebody says something, or somebody's network changes. */
async function act(talking: readonly Talker[], random: () => number, said: string[]) {
  const who = talking[Math.floor(random() * talking.length)];
  if (!who) return "nobody";
  const chance = random();
  if (chance < 0.6 || !who.proxy) {
    const text = `${who.name} ${said.length}`;
    said.push(text);
    await who.room.send(text);
    return `says ${text}`;
  }
  if (chance < 0.75) {
    who.proxy.cut();
    return `cut ${who.name}`;
  }
  who.proxy.network = NETWORKS[Math.floor(random() * NETWORKS.length)] ?? "well";
  if (random() < 0.3) who.person.hints.tell("online");
  return `${who.name} ${who.proxy.network}`;
}

test.each(SEEDS)(
  "seed %i: whatever the networks do, nothing is lost, doubled or reordered",
  async (seed) => {
    const random = seededRandom(seed);
    const talking = await talkers();
    const said: string[] = [];
    const story: string[] = [];
    try {
      for (let step = 0; step < STEPS; step++) {
        story.push(await act(talking, random, said));
        await new Promise((resolve) => setTimeout(resolve, random() * STEP_MS_MAX));
      }
      for (const proxy of proxies) proxy.network = "well";
      for (const { person } of talking) person.hints.tell("visible");
      const isComplete = (room: OpenRoom) =>
        until(
          room.timeline,
          (view) => pendingOf(view).length === 0 && textsOf(view).length >= said.length,
          90_000,
        );
      const views = await Promise.all(talking.map(({ room }) => isComplete(room)));
      const [order = [], ...rest] = views.map(textsOf);
      expect([...order].sort(), story.join("\n")).toEqual([...said].sort());
      for (const other of rest) expect(other, story.join("\n")).toEqual(order);
      for (const { name } of talking) {
        const own = (text: string) => text.startsWith(name);
        expect(order.filter(own), story.join("\n")).toEqual(said.filter(own));
      }
    } finally {
      for (const { person } of talking) await person.client.stop();
    }
  },
  180_000,
);
