import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Cluster, startCluster } from "@moim/local";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Line } from "../gateway/caller.ts";
import { Bystanders } from "./support/bystanders.ts";
import { EventCallers, eventInputs } from "./support/event-inputs.ts";
import type { Known } from "./support/grammar.ts";
import { COLLECTING, Memory } from "./support/memory.ts";
import { Neighbour } from "./support/neighbour.ts";
import { nodeInputs, tryOutOnNode } from "./support/node-inputs.ts";
import { mint, type Person } from "./support/people.ts";
import { rawInputs, tryOutRaw } from "./support/raw-inputs.ts";
import { ROUTES, RouteCallers, routeInputs } from "./support/route-inputs.ts";

/** `pnpm fuzz --inputs 10000 --seed 7` sets them. */
const INPUTS = Number(process.env.MOIM_FUZZ_INPUTS ?? 500);
const SEED = Number(process.env.MOIM_FUZZ_SEED ?? 20_261_130);
/** Of the inputs: the rest, a tenth, are raw bytes. */
const EVENTS = Math.ceil(INPUTS * 0.5);
const REQUESTS = Math.ceil(INPUTS * 0.4);
/** Of what a node itself answers over HTTP there is not much. */
const NODE_REQUESTS = Math.ceil(INPUTS * 0.05);
const LONG_MS = 500_000;
const SAMPLES = 40;
const INPUTS_PER_SAMPLE_MIN = 60;
/** Of the contract, and what a busy machine may add. */
const ANSWERED_WITHIN_MS = 5_000;
const BUSY_MS = 5_000;
const REQUESTS_TO_ALL = 180;
/** What a run of any length may keep: caches that fill up, compiled code. */
const HEAP_MIB_MAX = 16;
/** Beside the heap: buffers, pictures' pixels, and what the allocator keeps for later. */
const RSS_MIB_MAX = 64;

let cluster: Cluster;
let bystanders: Bystanders;
let neighbour: Neighbour;
let onSockets: Person[];
let onRoutes: Person[];
let known: Known;
let memory: Memory;

beforeAll(async () => {
  cluster = await startCluster({
    // The other hears of it all by Redis.
    ...{ nodes: 2, spareNodes: 0, connectionsPerSecond: 1_000 },
    environment: COLLECTING,
  });
  const [node, other] = cluster.nodes;
  if (node === undefined || other === undefined) throw new Error("no node");
  const [first, second, third, ...others] = await mint(cluster, "fz", 163);
  if (!(first && second && third)) throw new Error("nobody was minted");
  onSockets = others.slice(0, 80);
  onRoutes = others.slice(80);
  bystanders = await Bystanders.begin(cluster.url, [first, second]);
  neighbour = await Neighbour.settle(`http://127.0.0.1:${other.port}`, third);
  known = await furnish(`http://127.0.0.1:${node.port}`, onSockets, [first, second], third);
  memory = new Memory([cluster.auth, ...cluster.nodes]);
});
afterAll(() => cluster?.stop());

/** Rooms with messages in them for those on sockets and somebody who does nothing, and one of the bystanders, where nobody may look. */
async function furnish(
  url: string,
  people: readonly Person[],
  strangers: Person[],
  quiet: Person,
): Promise<Known> {
  const [owner, ...members] = people;
  if (owner === undefined) throw new Error("nobody");
  const line = await Line.open(url, owner);
  const roomId: string[] = [bystanders.roomId];
  for (const title of ["one", "two", "three"]) {
    const userIds = [...members, quiet].map(({ userId }) => userId);
    const request = { kind: "group", clientId: randomUUID(), title, userIds };
    const { room } = (await line.ask("room:create", request)) as { room: { id: string } };
    roomId.push(room.id);
    for (const text of ["said", "written 한글"]) {
      await line.ask("message:send", { roomId: room.id, clientId: randomUUID(), text });
    }
  }
  line.close();
  const userId = [...people, ...strangers].slice(-20).map((person) => person.userId);
  const cursor = [
    { at: Date.now(), roomId: roomId[1], seq: 1 },
    { at: 253_402_300_799_999, roomId: roomId[0], userId: userId[0] },
    { at: 1e308, roomId: "'", seq: -1 },
  ].map((place) => Buffer.from(JSON.stringify(place)).toString("base64url"));
  const clientId = [randomUUID(), randomUUID()];
  const token = people.slice(-2).map(({ accessToken }) => accessToken);
  const onHttp = {
    email: Array.from({ length: 20 }, (_, index) => `FZ-${index}@Example.org`),
    password: ["correct-horse-1", "correct-horse-1", "x"],
    newPassword: ["correct-horse-2"],
    currentPassword: ["correct-horse-1"],
    name: ["Some One", "이름"],
    query: ["fz", "한", "%_"],
    nickname: ["fz0", ...Array.from({ length: 20 }, (_, index) => `Fz_새${index}`)],
    id: onRoutes.map(({ sessionId }) => sessionId),
    ids: [
      onRoutes
        .slice(0, 3)
        .map((person) => person.userId)
        .join(","),
    ],
    refreshToken: onRoutes.slice(0, 20).map(({ refreshToken }) => refreshToken),
    avatarUrl: ["https://example.org/a.png", "javascript:alert(1)", "https://a:b@example.org/"],
    emoji: ["👍", "👩‍👩‍👧", "🇰🇷"],
    contentHash: ["a".repeat(64)],
  };
  return { roomId, userId, userIds: userId, cursor, clientId, token, ...onHttp };
}

/** Tries inputs one after the other; a failure names its seed, and the input made as small as it gets. */
async function fuzz<Input>(
  inputs: fc.Arbitrary<Input>,
  count: number,
  tryOut: (input: Input) => Promise<string[]>,
): Promise<void> {
  let tried = 0;
  const inputsPerSample = Math.max(Math.ceil(count / SAMPLES), INPUTS_PER_SAMPLE_MIN);
  const property = fc.asyncProperty(inputs, async (input) => {
    if (tried++ % inputsPerSample === 0) await memory.sample(inputsPerSample);
    const complaints = await tryOut(input);
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
  });
  const details = await fc.check(property, { seed: SEED, numRuns: count });
  if (details.failed) {
    throw new Error(`${details.errorInstance}\n${fc.defaultReportMessage(details)}`);
  }
  expect(details.numRuns).toBe(count);
}

describe(`whatever is sent (seed ${SEED})`, () => {
  test(
    "as an event is answered as the contract has it",
    async () => {
      const [node] = cluster.nodes;
      const callers = new EventCallers(`http://127.0.0.1:${node?.port}`, onSockets);
      await fuzz(eventInputs(known), EVENTS, (input) => callers.tryOut(input));
      callers.close();
      process.stdout.write(`events: ${JSON.stringify(Object.fromEntries(callers.outcomes))}\n`);
      // Otherwise none of it came further than the schema.
      expect(callers.outcomes.get("ok")).toBeGreaterThan(EVENTS / 10);
      expect(callers.outcomes.get("rate_limited") ?? 0).toBeLessThan(EVENTS / 10);
    },
    LONG_MS,
  );

  test(
    "to a route is answered as the reference has it",
    async () => {
      const ports = { service: cluster.auth.port, proxy: cluster.nginx.port };
      const callers = new RouteCallers(ports, onRoutes);
      await fuzz(routeInputs(known), REQUESTS, (input) => callers.tryOut(input));
      callers.close();
      process.stdout.write(`routes: ${JSON.stringify(Object.fromEntries(callers.outcomes))}\n`);
      const asked = new Set([...callers.outcomes.keys()].map((name) => name.replace(/ \d+$/, "")));
      // A few requests do not come to every route.
      if (REQUESTS >= REQUESTS_TO_ALL) expect([...asked].sort()).toEqual([...ROUTES].sort());
    },
    LONG_MS,
  );

  test(
    "as bytes that are hardly HTTP is refused or closed",
    async () => {
      const ports = {
        auth: cluster.auth.port,
        chat: cluster.nodes[0]?.port ?? 0,
        proxy: cluster.nginx.port,
      };
      await fuzz(rawInputs, INPUTS - EVENTS - REQUESTS, (input) => tryOutRaw(input, ports));
    },
    LONG_MS,
  );

  test("to a node's own paths is answered as what it is", async () => {
    const { port = 0 } = cluster.nodes[0] ?? {};
    await fuzz(nodeInputs, NODE_REQUESTS, (input) => tryOutOnNode(port, input));
  });

  test("nobody else notices", async () => {
    const peace = await bystanders.end();
    process.stdout.write(`bystanders: ${JSON.stringify(peace)}\n`);
    expect(peace).toMatchObject({ heard: peace.sent, lostConnections: 0 });
    expect(peace.sent).toBeGreaterThan(20);
    expect(peace.slowestMs).toBeLessThan(ANSWERED_WITHIN_MS + BUSY_MS);
    const { heard, lostFor } = neighbour.leave();
    process.stdout.write(`on the other node: ${JSON.stringify(heard)}\n`);
    expect(lostFor).toBeUndefined();
    // More than furnishing its rooms took: otherwise nothing of it has crossed.
    expect(heard["room:changes"] ?? 0).toBeGreaterThan(10);
  });

  test("no process calls anything of it a bug, ends, or keeps memory of it", async () => {
    const services = [cluster.auth, ...cluster.nodes];
    for (const { name, process: running } of services) {
      expect(running.exit()).toBeUndefined();
      const log = readFileSync(join(cluster.logFolder, `${name}.log`), "utf8");
      expect(log.split("\n").filter((line) => line.includes('"level":"error"'))).toEqual([]);
    }
    const growth = memory.growth();
    process.stdout.write(`memory: ${JSON.stringify(growth)}\n`);
    for (const { heapMib, rssMib } of growth) {
      expect(heapMib).toBeLessThan(HEAP_MIB_MAX);
      expect(rssMib).toBeLessThan(RSS_MIB_MAX);
    }
  });
});
