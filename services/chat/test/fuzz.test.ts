import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Answer, clientEvents, isErrorCode } from "@moim/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestClient } from "./support/client.ts";
import { type Malformed, malformedPackets } from "./support/malformed.ts";
import { at, startWorld, urlOf, type World } from "./support/nodes.ts";
import { RawSocket } from "./support/raw-socket.ts";

/** `pnpm fuzz` sets them; whole requests with several faults are tried in tests/security. */
const SEED = Number(process.env.MOIM_FUZZ_SEED ?? 20_261_122);
const FRAMES = Number(process.env.MOIM_FUZZ_INPUTS ?? 300);
/** Below the burst of a socket's events and of a user's sends, so that each packet is read. */
const PACKETS_PER_CLIENT = 25;

let world: World;
let roomId: string;
let neighbours: TestClient[];
beforeAll(async () => {
  world = await startWorld();
  const group = await world.group(2);
  roomId = group.roomId;
  neighbours = group.clients;
});
afterAll(() => world.close());

/** The neighbours talk as if nothing was. */
async function expectUnharmed(): Promise<void> {
  const message = await at(neighbours, 0).send(roomId, "still here");
  expect(await at(neighbours, 1).change(roomId, message.rev)).toEqual(message);
  expect(neighbours.every((client) => client.socket.connected)).toBe(true);
  expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  const bugs = at(world.nodes, 0).logs.filter((line) => line.includes('"level":"error"'));
  expect(bugs).toEqual([]);
}

/** Each answered; the packets whose answer is not one of the contract's. */
async function strangelyAnswered(packets: readonly Malformed[]): Promise<string[]> {
  const strange: string[] = [];
  for (let start = 0; start < packets.length; start += PACKETS_PER_CLIENT) {
    const client = await world.connect(world.issuer.newUser());
    const some = packets.slice(start, start + PACKETS_PER_CLIENT);
    await Promise.all(
      some.map(async ({ kind, event, request }) => {
        const answer = await client.askAnything(event, request);
        if (!isOfTheContract(answer)) strange.push(`${kind}: ${JSON.stringify(answer)}`);
      }),
    );
    expect(client.socket.connected).toBe(true);
    client.close();
  }
  return strange;
}

function isOfTheContract(answer: Answer<unknown>): boolean {
  if (answer.ok) return typeof answer.data === "object";
  const { code, message, retryable } = answer.error;
  const isKnown = isErrorCode(code) && !["internal", "rate_limited", "unavailable"].includes(code);
  return isKnown && message.length > 0 && message.length < 500 && retryable === false;
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

describe("malformed packets", () => {
  const packets = malformedPackets();

  it("are of 200 kinds and more", () => {
    expect(new Set(packets.map(({ kind }) => kind)).size).toBeGreaterThan(200);
    expect(new Set(packets.map(({ event }) => event))).toEqual(new Set(Object.keys(clientEvents)));
  });

  it("are each answered with a code of the contract, and nobody else notices", async () => {
    expect(await strangelyAnswered(packets)).toEqual([]);
    await expectUnharmed();
  });

  it("leave nothing behind: what they took is free again", async () => {
    await strangelyAnswered(packets.slice(0, 200));
    const before = heapBytes();
    for (let round = 0; round < 3; round++) await strangelyAnswered(packets.slice(0, 200));
    expect(heapBytes() - before).toBeLessThan(30 * 1024 * 1024);
  });
});

describe("malformed frames", () => {
  const VALID = [
    '42["room:list",{}]',
    '423["room:get",{"roomId":1,"roomId":{}}]',
    '424["room:list",{"limit":1e999,"cursor":"\\ud800"}]',
    `425["room:list",${"[".repeat(20_000)}${"]".repeat(20_000)}]`,
    `421["room:get",{"roomId":"0197a4c0-0000-7000-8000-000000000001"}]`,
    '422["message:send",{"text":"한글 😀"}]',
    '451-3["room:list",{"_placeholder":true,"num":0}]',
    '431[{"ok":true}]',
    "40{}",
    "41",
    "44{}",
    "2",
    "3probe",
  ];
  const edit = fc.record({
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    remove: fc.nat(4),
    insert: fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom(
        "{",
        "[",
        '"',
        "\\",
        "\u0000",
        "-",
        "/",
        ",",
        "0",
        "9".repeat(25),
        "__proto__",
      ),
    ),
  });
  const frame = fc
    .tuple(fc.constantFrom(...VALID), fc.array(edit, { minLength: 1, maxLength: 3 }))
    .map(([text, edits]) =>
      edits.reduce((changed, { at: place, remove, insert }) => {
        const start = Math.floor(place * changed.length);
        return changed.slice(0, start) + insert + changed.slice(start + remove);
      }, text),
    );

  it("end their own connection at the most (seeded)", async () => {
    const token = await world.issuer.token(world.issuer.newUser());
    let raw = await RawSocket.ready(urlOf(world.nodes, 0), token);
    let ended = 0;
    for (const text of fc.sample(frame, { seed: SEED, numRuns: FRAMES })) {
      raw.send(text);
      raw.send('42777["room:list",{}]');
      // Answered or closed: never nothing.
      await raw.answer(777).catch(() => undefined);
      raw.frames.length = 0;
      if (raw.closeCode === undefined) continue;
      ended++;
      raw = await RawSocket.ready(urlOf(world.nodes, 0), token);
    }
    expect(ended).toBeGreaterThan(10);
    expect(ended).toBeLessThan(FRAMES);
    raw.end();
    await expectUnharmed();
  }, 500_000);
});
